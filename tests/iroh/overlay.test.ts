// needs: unshare namespaces
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { bytesToHex as toHex, hexToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { decodeAddress, encodeAddress } from '../../src/overlay/iroh/address.ts';
import { createIrohOverlay, type IrohOptions } from '../../src/overlay/iroh/iroh.ts';
import type { Overlay } from '../../src/overlay/overlay.ts';
import { codeOf, describeOverlay, sendUntilAnswered, twoAddresses } from '../overlay/compliance.ts';

/** Of child.ts as well. */
const PORT = 47_301;
const never = new AbortController().signal;
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** iroh opens sockets on all interfaces and looks for a router: only where there is nothing but loopback. */
function inEmptyNetwork(): void {
  const others = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (others.length > 0) throw new Error(`this test runs in an empty network namespace only, and there is ${others.join(', ')}`);
}

async function started(more: Partial<IrohOptions> = {}): Promise<Overlay> {
  inEmptyNetwork();
  const overlay = createIrohOverlay({
    mode: 'direct',
    port: null,
    externalAddress: null,
    secretKey: random(32),
    tokens: [],
    keepTokens: () => Promise.resolve(),
    random,
    log: () => undefined,
    ...more,
  });
  await overlay.start(never);
  return overlay;
}

describeOverlay('iroh', async () => {
  const [a, b] = [await started(), await started()];
  return {
    a,
    b,
    stop: async () => {
      await Promise.all([a.stop(), b.stop()]);
    },
  };
});

test('an address leads to the same person when the program is started again', async () => {
  const secretKey = random(32);
  const other = await started();
  // iroh gives a port back only with the process
  const first = spawn(process.execPath, [fileURLToPath(new URL('./child.ts', import.meta.url)), toHex(secretKey)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { address, tokens } = v.parse(
    v.object({ address: v.string(), tokens: v.array(v.string()) }),
    JSON.parse((await first.stdout.setEncoding('utf8').take(1).toArray()).join('')),
  );
  first.stdin.end();
  await once(first, 'close');
  const after = await started({ secretKey, port: PORT, tokens: tokens.map(hexToBytes) });
  after.onDatagram((bytes) => Promise.resolve(bytes));
  const bytes = other.parseAddress(address);
  if (bytes === null) throw new Error('an address was expected');
  expect(await sendUntilAnswered(other, bytes, random(3))).toHaveLength(3);
  await Promise.all([after.stop(), other.stop()]);
});

test('whoever knows the endpoint but no token gets silence, and a flood of wrong tokens does not keep others out', async () => {
  const [a, b, flood] = [await started(), await started(), await started()];
  a.onDatagram((bytes) => Promise.resolve(bytes));
  const { bytes } = await twoAddresses(a);
  const parts = decodeAddress(bytes);
  if (parts === null) throw new Error('an address was expected');
  const wrong = Array.from({ length: 20 }, () => encodeAddress({ ticket: parts.ticket, token: random(16) })).filter(
    (made) => made !== null,
  );
  const codes = await Promise.all(wrong.map((address) => codeOf(flood.send(address, random(1), never))));
  for (const code of codes) expect(code).toBe('timeout');
  expect(await sendUntilAnswered(b, bytes, random(5))).toHaveLength(5);
  await Promise.all([a.stop(), b.stop(), flood.stop()]);
});

test('an address is read back exactly, and nothing else is taken for one', () => {
  const address = encodeAddress({ token: random(16), ticket: `endpoint${'a2'.repeat(70)}` });
  if (address === null) throw new Error('an address was expected');
  expect(address.length % 256).toBe(0);
  expect(encodeAddress(decodeAddress(address) ?? { token: random(16), ticket: '' })).toEqual(address);
  for (let at = 0; at < 6; at += 1) expect(decodeAddress(address.map((byte, index) => (index === at ? byte ^ 1 : byte)))).toBeNull();
  expect(decodeAddress(address.map((byte, at) => (at === address.length - 1 ? 1 : byte)))).toBeNull();
  expect(decodeAddress(new Uint8Array([...address, ...new Uint8Array(256)]))).toBeNull();
  expect(decodeAddress(address.subarray(0, 200))).toBeNull();
  expect(decodeAddress(new Uint8Array(0))).toBeNull();
  expect(encodeAddress({ token: random(16), ticket: `endpoint${'a'.repeat(4_096)}` })).toBeNull();
});
