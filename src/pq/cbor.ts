/**
 * The only CBOR DM/1 speaks (B.5): arrays of unsigned integers, byte strings, null and arrays, in the shortest encoding.
 * `scan` refuses everything else before cbor-x sees it, since cbor-x builds dates, expressions and cyclic objects from tags.
 */
import { Encoder } from 'cbor-x';
import { PqError } from './errors.ts';
import { equalBytes } from './primitives.ts';

export type CborValue = number | Uint8Array | null | readonly CborValue[];

/** Arrays inside arrays. */
const MAX_DEPTH = 4;
/** Items of one array. */
const MAX_ITEMS = 1_024;

const codec = new Encoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false });

/** cbor-x writes numbers of more than 32 bits as floats, unless they are BigInts. */
type Encodable = number | bigint | Uint8Array | null | Encodable[];
function encodable(value: CborValue): Encodable {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) throw new PqError('malformed');
    return value > 0xffff_ffff ? BigInt(value) : value;
  }
  if (value === null || value instanceof Uint8Array) return value;
  return value.map(encodable);
}

/** A copy of its own: cbor-x returns a view of a shared pool, which is wiped. */
export function encodeCbor(value: CborValue): Uint8Array {
  const pooled = codec.encode(encodable(value));
  const bytes = new Uint8Array(pooled);
  pooled.fill(0);
  return bytes;
}

/** Walks one item from `at` and returns where it ends. */
function scan(bytes: Uint8Array, at: number, depth: number): number {
  const first = bytes[at];
  if (first === undefined) throw new PqError('malformed');
  if (first === 0xf6) return at + 1;
  const major = first >> 5;
  const { value, end } = readHead(bytes, at, first & 31);
  if (major === 0) return end;
  if (major === 2) {
    if (value > bytes.length - end) throw new PqError('malformed');
    return end + value;
  }
  if (major !== 4 || value > MAX_ITEMS || depth >= MAX_DEPTH) throw new PqError('malformed');
  let next = end;
  for (let item = 0; item < value; item++) next = scan(bytes, next, depth + 1);
  return next;
}

/** The argument of an item's head: minimal, definite, at most a safe integer. */
function readHead(bytes: Uint8Array, at: number, info: number): { value: number; end: number } {
  if (info < 24) return { value: info, end: at + 1 };
  const width = info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : 0;
  const end = at + 1 + width;
  if (width === 0 || end > bytes.length) throw new PqError('malformed');
  let value = 0;
  for (const byte of bytes.subarray(at + 1, end)) value = value * 256 + byte;
  const smallest = width === 1 ? 24 : 2 ** (4 * width);
  if (!Number.isSafeInteger(value) || value < smallest) throw new PqError('malformed');
  return { value, end };
}

/** Owned, narrow values: byte strings are copied out of the input. */
function narrow(value: unknown): CborValue {
  if (value === null || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(narrow);
  throw new PqError('malformed');
}

/** Decodes all of `bytes` (at most `maxLength`). Throws `malformed` unless encoding the result gives the same bytes. */
export function decodeCbor(bytes: Uint8Array, maxLength: number): CborValue {
  if (bytes.length > maxLength || scan(bytes, 0, 0) !== bytes.length) throw new PqError('malformed');
  // cbor-x leaves a property on the array it reads, so it gets one of its own.
  const own = new Uint8Array(bytes);
  const value = narrow(codec.decode(own));
  own.fill(0);
  const again = encodeCbor(value);
  if (!equalBytes(again, bytes)) throw new PqError('malformed');
  return value;
}
