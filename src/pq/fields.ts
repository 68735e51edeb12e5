/** Reads one field of a decoded array. Each throws `malformed` for another type, length or range. */
import type { CborValue } from './cbor.ts';
import { PqError } from './errors.ts';

/** A field that has to be there; `undefined` comes from an array that is too short. */
type Field = CborValue | undefined;

/** An array of exactly `length` items. */
export function readTuple(value: Field, length: number): readonly CborValue[] {
  const items = readList(value, length);
  if (items.length !== length) throw new PqError('malformed');
  return items;
}

export function readList(value: Field, max: number): readonly CborValue[] {
  if (value === undefined || value === null || typeof value === 'number' || value instanceof Uint8Array || value.length > max)
    throw new PqError('malformed');
  return value;
}

/** Bytes of a length between `min` and `max`; exactly `min` when `max` is left out. */
export function readBytes(value: Field, min: number, max: number = min): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < min || value.length > max) throw new PqError('malformed');
  return value;
}

/** Nothing, or exactly `length` bytes. */
export function readOptional(value: Field, length: number): Uint8Array {
  const bytes = readBytes(value, 0, length);
  if (bytes.length !== 0 && bytes.length !== length) throw new PqError('malformed');
  return bytes;
}

export function readUint(value: Field, max: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || value > max) throw new PqError('malformed');
  return value;
}

export const readFlag = (value: Field): boolean => readUint(value, 1) === 1;

export function readVersion(value: Field, version: number): void {
  if (value !== version) throw new PqError('malformed');
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** UTF-8 text of at most `maxBytes`. */
export function readText(value: Field, maxBytes: number): string {
  const bytes = readBytes(value, 0, maxBytes);
  try {
    return strict.decode(bytes);
  } catch {
    throw new PqError('malformed');
  }
}

/** The bytes of a text. Throws `limit` beyond `maxBytes`. */
export function writeText(text: string, maxBytes: number): Uint8Array {
  const bytes = encoder.encode(text);
  if (bytes.length > maxBytes) throw new PqError('limit');
  return bytes;
}
