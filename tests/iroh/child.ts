/** One run of a program with iroh: says its address and tokens, and ends with its input. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { createIrohOverlay } from '../../src/overlay/iroh/iroh.ts';

let tokens: readonly Uint8Array[] = [];
const overlay = createIrohOverlay({
  mode: 'direct',
  port: 47_301,
  externalAddress: null,
  secretKey: hexToBytes(process.argv[2] ?? ''),
  tokens,
  keepTokens: (next) => {
    tokens = next;
    return Promise.resolve();
  },
  random: (length) => new Uint8Array(randomBytes(length)),
  log: (line) => {
    console.error(line);
  },
});
await overlay.start(new AbortController().signal);
console.log(JSON.stringify({ address: overlay.addresses()[0]?.text, tokens: tokens.map((token) => bytesToHex(token)) }));
process.stdin.resume();
await once(process.stdin, 'end');
await overlay.stop();
process.exit(0);
