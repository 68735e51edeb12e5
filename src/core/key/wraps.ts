/** Making and opening the wraps of the key file: each seals the 32-byte master key, which seals the database keys. */
import { bytesToHex, hexToBytes } from './hex.ts';
import type { Argon2Cost } from '../../pq/argon2.ts';
import { concat, wipe } from '../../pq/primitives.ts';
import type { KeyWrap, SealedKeyFile } from '../../store/store.ts';
import type { Derive } from '../dm/backupFile.ts';
import { KeyringError, MAX_WRAPPED_BYTES, type Keyring } from './keyring.ts';
import { seal, SECRET_BYTES, unseal } from './seal.ts';

export type Random = (length: number) => Uint8Array;
export type KeyringWrap = Extract<KeyWrap, { kind: 'keyring' }>;
export type PassphraseWrap = Extract<KeyWrap, { kind: 'passphrase' }>;
export type RecoveryWrap = Extract<KeyWrap, { kind: 'recovery' }>;

/** As for backups: about a second on a computer that runs a browser (RFC 9106 section 4 with four times its memory). */
export const COST: Argon2Cost = { memory: 262_144, passes: 3, lanes: 4 };

const utf8 = new TextEncoder();
const NOTHING = new Uint8Array(0);

const passphraseAd = ({ salt, memory, passes, lanes }: Pick<PassphraseWrap, 'salt' | keyof Argon2Cost>): Uint8Array =>
  utf8.encode(`${salt} ${memory} ${passes} ${lanes}`);

const stretch = async (
  passphrase: string,
  { salt, memory, passes, lanes }: Pick<PassphraseWrap, 'salt' | keyof Argon2Cost>,
  derive: Derive,
  signal: AbortSignal,
): Promise<Uint8Array> => {
  // Typed on another keyboard the same letters may be other code points: NFKC makes them equal.
  const message = utf8.encode(passphrase.normalize('NFKC'));
  try {
    return await derive({ message, salt: hexToBytes(salt), memory, passes, lanes, length: SECRET_BYTES }, signal);
  } finally {
    wipe(message);
  }
};

/** Takes a second or more. */
export async function wrapWithPassphrase(
  master: Uint8Array,
  passphrase: string,
  { random, derive, signal, cost = COST }: { random: Random; derive: Derive; signal: AbortSignal; cost?: Argon2Cost },
): Promise<PassphraseWrap> {
  const open = { salt: bytesToHex(random(32)), memory: cost.memory, passes: cost.passes, lanes: cost.lanes };
  const key = await stretch(passphrase, open, derive, signal);
  const sealed = seal(key, 'passphrase', passphraseAd(open), master, random(32));
  wipe(key);
  return { kind: 'passphrase', ...open, sealed: bytesToHex(sealed) };
}

/** Null: another passphrase, or a damaged wrap. */
export async function openWithPassphrase(
  wrap: PassphraseWrap,
  passphrase: string,
  derive: Derive,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const key = await stretch(passphrase, wrap, derive, signal);
  const master = unseal(key, 'passphrase', passphraseAd(wrap), hexToBytes(wrap.sealed));
  wipe(key);
  return master;
}

/** `recoveryKey`: 32 random bytes, which need no stretching. */
export const wrapWithRecovery = (master: Uint8Array, recoveryKey: Uint8Array, random: Random): RecoveryWrap => ({
  kind: 'recovery',
  sealed: bytesToHex(seal(recoveryKey, 'recovery', NOTHING, master, random(32))),
});
export const openWithRecovery = (wrap: RecoveryWrap, recoveryKey: Uint8Array): Uint8Array | null =>
  unseal(recoveryKey, 'recovery', NOTHING, hexToBytes(wrap.sealed));

const keyringAd = (backend: string, handle: string): Uint8Array => utf8.encode(`${backend} ${handle}`);

/** The keyring keeps a key of its own that seals the master key: what it returns later can be checked. Throws KeyringError. */
export async function wrapWithKeyring(master: Uint8Array, keyring: Keyring, random: Random, signal: AbortSignal): Promise<KeyringWrap> {
  const key = random(SECRET_BYTES);
  try {
    const wrapped = await keyring.wrap(key, signal);
    if (wrapped.length === 0 || wrapped.length > MAX_WRAPPED_BYTES)
      throw new KeyringError('lying', `${keyring.name} returned nothing usable.`);
    const handle = bytesToHex(wrapped);
    const wrap: KeyringWrap = {
      kind: 'keyring',
      backend: keyring.name,
      handle,
      sealed: bytesToHex(seal(key, 'keyring', keyringAd(keyring.name, handle), master, random(32))),
    };
    // One that cannot give back what it took is found out now, and not at the next start.
    const back = await openWithKeyring(wrap, keyring, signal);
    wipe(back);
    return wrap;
  } finally {
    wipe(key);
  }
}

/** Throws KeyringError: `lying` where what the keyring returned does not open the wrap. */
export async function openWithKeyring(wrap: KeyringWrap, keyring: Keyring, signal: AbortSignal): Promise<Uint8Array> {
  const key = await keyring.unwrap(hexToBytes(wrap.handle), signal);
  const master = key.length === SECRET_BYTES ? unseal(key, 'keyring', keyringAd(wrap.backend, wrap.handle), hexToBytes(wrap.sealed)) : null;
  wipe(key);
  if (master?.length !== SECRET_BYTES) {
    throw new KeyringError(
      'lying',
      `${keyring.name} returned something else than what Sotto stored there, or the key file is damaged. Nothing was overwritten.`,
    );
  }
  return master;
}

/** `keys`: 64 hex digits each, the wanted one first. */
export const sealKeys = (master: Uint8Array, keys: readonly string[], random: Random): string => {
  const content = concat(...keys.map(hexToBytes));
  const sealed = bytesToHex(seal(master, 'keys', NOTHING, content, random(32)));
  wipe(content);
  return sealed;
};

/** Null: damaged. */
export function openKeys(master: Uint8Array, { keys }: Pick<SealedKeyFile, 'keys'>): [string, ...string[]] | null {
  const content = unseal(master, 'keys', NOTHING, hexToBytes(keys));
  if (content === null || content.length === 0 || content.length % SECRET_BYTES !== 0) return null;
  const all: string[] = [];
  for (let at = 0; at < content.length; at += SECRET_BYTES) all.push(bytesToHex(content.subarray(at, at + SECRET_BYTES)));
  wipe(content);
  const [first, ...rest] = all;
  return first === undefined ? null : [first, ...rest];
}
