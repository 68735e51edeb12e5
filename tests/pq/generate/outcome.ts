/** How a step ends: with a result, or with one of the room's error codes, which towards the network is silence. */
import { PqError, type PqErrorCode } from '../../../src/pq/errors.ts';
import { hexToBytes } from '@noble/hashes/utils.js';
import { concat } from '../../../src/pq/primitives.ts';
import { bytesAt, hex, maybe, numberAt, type Json } from './json.ts';

/** The code `task` is refused with; throws when it is not, or when it is not the expected one. */
export function refusal(task: () => unknown, expected?: PqErrorCode): PqErrorCode {
  try {
    task();
  } catch (error) {
    if (!(error instanceof PqError)) throw error;
    if (expected !== undefined && error.code !== expected) throw new Error(`refused with ${error.code}, not ${expected}`, { cause: error });
    return error.code;
  }
  throw new Error(`it was accepted${expected === undefined ? '' : `, not refused with ${expected}`}`);
}

/** Bytes replaced: at `at`, `remove` bytes go and `insert` comes. */
export interface Edit {
  at: number;
  remove: number;
  insert: Uint8Array;
}

export const edited = (bytes: Uint8Array, { at, remove, insert }: Edit): Uint8Array =>
  concat(bytes.slice(0, at), insert, bytes.slice(at + remove));

/** Long runs of zeros are not written out. */
export const editJson = ({ at, remove, insert }: Edit): Json => ({
  at,
  remove,
  ...(insert.length > 64 && insert.every((byte) => byte === 0) ? { insertZeros: insert.length } : { insert: hex(insert) }),
});

export const editFrom = (json: Json): Edit => ({
  at: numberAt(json, 'at'),
  remove: numberAt(json, 'remove'),
  insert: maybe(json, 'insertZeros') === undefined ? bytesAt(json, 'insert') : new Uint8Array(numberAt(json, 'insertZeros')),
});

/** Differences nearer than this make one edit. */
const NEAR = 12;

/** What makes `changed` of `base`. */
export function difference(base: Uint8Array, changed: Uint8Array): Edit[] {
  if (base.length !== changed.length) return [{ at: 0, remove: base.length, insert: changed }];
  const edits: Edit[] = [];
  for (const [index, byte] of changed.entries()) {
    if (byte === base[index]) continue;
    const last = edits.at(-1);
    if (last && index - (last.at + last.remove) < NEAR) {
      last.remove = index + 1 - last.at;
      last.insert = changed.slice(last.at, index + 1);
    } else edits.push({ at: index, remove: 1, insert: Uint8Array.of(byte) });
  }
  return edits;
}

/** One bit of the byte at `at` turned over. */
export const flipped = (bytes: Uint8Array, at: number, bit = 0): Edit => ({
  at,
  remove: 1,
  insert: Uint8Array.of((bytes[at] ?? 0) ^ (1 << bit)),
});

export interface Span {
  name: string;
  at: number;
  length: number;
}

/** Where the items of a canonical array stand, head and content: for packets, hellos, cards and requests. */
export function itemSpans(bytes: Uint8Array, names: readonly string[]): Span[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headOf = (at: number): { major: number; argument: number; size: number } => {
    const first = view.getUint8(at);
    const info = first & 31;
    if (first === 0xf6) return { major: 7, argument: 0, size: 1 };
    if (info < 24) return { major: first >> 5, argument: info, size: 1 };
    if (info === 24) return { major: first >> 5, argument: view.getUint8(at + 1), size: 2 };
    if (info === 25) return { major: first >> 5, argument: view.getUint16(at + 1), size: 3 };
    if (info === 26) return { major: first >> 5, argument: view.getUint32(at + 1), size: 5 };
    return { major: first >> 5, argument: Number(view.getBigUint64(at + 1)), size: 9 };
  };
  const endOf = (at: number): number => {
    const { major, argument, size } = headOf(at);
    if (major === 2) return at + size + argument;
    let end = at + size;
    if (major === 4) for (let item = 0; item < argument; item++) end = endOf(end);
    return end;
  };
  let next = headOf(0).size;
  return names.map((name) => {
    const at = next;
    next = endOf(at);
    return { name, at, length: next - at };
  });
}

/** The item named `name`. */
export function spanOf(spans: readonly Span[], name: string): Span {
  const span = spans.find((candidate) => candidate.name === name);
  if (!span) throw new Error(`no item ${name}`);
  return span;
}

export const unhex = hexToBytes;
