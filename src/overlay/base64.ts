/** Bytes as text. Veilid writes base64url without padding; people paste either alphabet, with padding, spaces and line ends. */
import { Buffer as Native } from 'node:buffer';

export const toBase64Url = (bytes: Uint8Array): string =>
  Native.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');

/** Reads standard base64 and base64url, with or without padding, white space anywhere; null when it is neither or longer than `maxBytes`. */
export function fromBase64(text: string, maxBytes: number): Uint8Array | null {
  // half of the text may be line ends before it is looked at
  if (text.length > maxBytes * 3 + 16) return null;
  const plain = text.replace(/\s+/g, '').replace(/={1,2}$/, '');
  // what Node reads passes over foreign characters, so they are looked for first
  if (!/^[A-Za-z0-9+/_-]*$/.test(plain) || plain.length % 4 === 1) return null;
  const bytes = Native.from(plain, 'base64');
  // a copy: small Buffers share their memory with others
  return bytes.length > maxBytes ? null : new Uint8Array(bytes);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
