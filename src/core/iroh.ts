/** The iroh overlay of this profile: its key and tokens are kept in the encrypted store. */
import { randomBytes } from 'node:crypto';
import type { IrohConfig } from '../config/config.ts';
import { TOKEN_BYTES } from '../overlay/iroh/address.ts';
import { createIrohOverlay } from '../overlay/iroh/iroh.ts';
import type { Overlay } from '../overlay/overlay.ts';
import type { Store } from '../store/store.ts';

const KEY = 'iroh-key';
const TOKENS = 'iroh-tokens';
const KEY_BYTES = 32;

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** Makes the overlay without starting it. Nothing of the library is loaded before its start. */
export async function openIroh(config: IrohConfig, store: Store, log: (line: string) => void): Promise<Overlay> {
  let secretKey = await store.getSecret(KEY);
  if (secretKey === null) {
    secretKey = random(KEY_BYTES);
    await store.putSecret(KEY, secretKey);
  }
  const kept = (await store.getSecret(TOKENS)) ?? new Uint8Array();
  const tokens = Array.from({ length: Math.floor(kept.length / TOKEN_BYTES) }, (_, index) =>
    kept.slice(index * TOKEN_BYTES, (index + 1) * TOKEN_BYTES),
  );
  const { mode, port, externalAddress } = config;
  return createIrohOverlay({
    mode,
    port,
    externalAddress,
    secretKey,
    tokens,
    keepTokens: async (next) => {
      const bytes = new Uint8Array(next.length * TOKEN_BYTES);
      for (const [index, token] of next.entries()) bytes.set(token, index * TOKEN_BYTES);
      await store.putSecret(TOKENS, bytes);
    },
    random,
    log,
  });
}
