/** Domain separation (B.3): every label starts with the protocol's name, every field of a transcript with its length. */
import { concat, hkdf, sha256 } from './primitives.ts';

const PREFIX = 'sotto/dm/1 ';
const LENGTH_BYTES = 4;
const NO_SALT = new Uint8Array(0);
const utf8 = new TextEncoder();

/** A label, followed by context of fixed length where there is any. */
export const label = (name: string, ...context: readonly Uint8Array[]): Uint8Array => concat(utf8.encode(PREFIX + name), ...context);

export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** LP of B.3: each field after its length as 4 bytes, big-endian. */
export function prefixed(...fields: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(fields.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  const view = new DataView(joined.buffer);
  let at = 0;
  for (const field of fields) {
    view.setUint32(at, field.length);
    joined.set(field, at + LENGTH_BYTES);
    at += LENGTH_BYTES + field.length;
  }
  return joined;
}

/** H of B.3. */
export const transcript = (name: string, ...fields: readonly Uint8Array[]): Uint8Array => sha256(concat(label(name), prefixed(...fields)));

/** HKDF with a label and no salt. */
export const derive = (ikm: Uint8Array, name: string, length: number): Uint8Array => hkdf(ikm, NO_SALT, label(name), length);
