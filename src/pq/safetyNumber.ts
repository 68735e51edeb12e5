/** The safety number of two people (B.1): equal on both sides only if both see the same two identities. */
import { PqError } from './errors.ts';
import { readBytes } from './fields.ts';
import { FINGERPRINT_BYTES } from './identity.ts';
import { label } from './labels.ts';
import { concat, equalBytes, sha512 } from './primitives.ts';

/** Makes each guess of an attacker that much dearer. */
const ROUNDS = 5_200;
const GROUPS = 12;
const GROUP_BYTES = 5;

export interface SafetyNumber {
  /** Twelve groups of five digits. */
  digits: string[];
  /** All 64 bytes, for a QR code. */
  qr: Uint8Array;
}

function inOrder(a: Uint8Array, b: Uint8Array): [Uint8Array, Uint8Array] {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  if (at < 0) throw new PqError('identityMismatch');
  return (a[at] ?? 0) < (b[at] ?? 0) ? [a, b] : [b, a];
}

/** The same for (a, b) and (b, a); about 15 ms. Throws `malformed` for what is no fingerprint, `identityMismatch` for twice the same. */
export function safetyNumber(fpA: Uint8Array, fpB: Uint8Array): SafetyNumber {
  const [low, high] = inOrder(readBytes(fpA, FINGERPRINT_BYTES), readBytes(fpB, FINGERPRINT_BYTES));
  const pair = concat(low, high);
  let qr = sha512(concat(label('sn'), pair));
  for (let round = 1; round < ROUNDS; round++) qr = sha512(concat(qr, pair));
  const digits = Array.from({ length: GROUPS }, (_, group) => {
    let value = 0;
    for (const byte of qr.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES)) value = value * 256 + byte;
    return String(value % 100_000).padStart(GROUP_BYTES, '0');
  });
  return { digits, qr };
}

/** Whether what was scanned is the whole number, in constant time. */
export const verifyQr = (scanned: Uint8Array, expected: Uint8Array): boolean => scanned.length === 64 && equalBytes(scanned, expected);
