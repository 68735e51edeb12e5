/** Padding to an exact length: 0x80 and zeros (ISO/IEC 7816-4). */
import { PqError } from './errors.ts';

const MARK = 0x80;
/** What the mark itself takes. */
export const PADDING_BYTES = 1;

/** Throws `limit` when `bytes` and the mark do not fit. */
export function pad(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length + PADDING_BYTES > length) throw new PqError('limit');
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = MARK;
  return padded;
}

/** Only for bytes that were authenticated. Throws `malformed`. */
export function unpad(padded: Uint8Array): Uint8Array {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  if (padded[end] !== MARK) throw new PqError('malformed');
  return padded.slice(0, end);
}
