/** Ways to damage bytes, and how it ends. */
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/pq/cbor.ts';
import { PqError } from '../../../src/pq/errors.ts';
import { readList } from '../../../src/pq/fields.ts';
import type { RandomSource } from '../../../src/pq/types.ts';
import { drawn } from './draws.ts';
import type { Json } from './json.ts';
import { flipped, unhex, type Edit, type Span } from './outcome.ts';

const NONE = new Uint8Array(0);
export const PACKET_ITEMS = ['version', 'salt', 'hint', 'pre', 'hdr', 'body', 'mac'];

/** X25519 points of low order (RFC 7748 §6.1): the shared secret would be zeros. */
export const lowOrder: readonly [string, Uint8Array][] = [
  ['0', new Uint8Array(32)],
  ['1', Uint8Array.of(1, ...new Uint8Array(31))],
  ['of order 8', unhex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800')],
  ['p - 1', Uint8Array.of(0xec, ...new Uint8Array(30).fill(0xff), 0x7f)],
  ['p', Uint8Array.of(0xed, ...new Uint8Array(30).fill(0xff), 0x7f)],
];

/** The first coefficient of an ML-KEM key is 4,095, which is no number below q = 3,329. */
export const badModulus = (key: Uint8Array): Uint8Array => Uint8Array.of(0xff, (key[1] ?? 0) | 0x0f, ...key.slice(2));

/** Randomness that a refused step may draw and must not keep. */
export const wasted = (): RandomSource => {
  let index = 0;
  return (length) => drawn('refused', index++, length);
};

export const flips = (bytes: Uint8Array, spans: readonly Span[], of: string): [string, Edit[]][] =>
  spans.flatMap(({ name, at, length }): [string, Edit[]][] => [
    [`${of} ${name}: a bit of its first byte`, [flipped(bytes, at)]],
    [`${of} ${name}: a bit in the middle`, [flipped(bytes, at + (length >> 1), 3)]],
    [`${of} ${name}: a bit of its last byte`, [flipped(bytes, at + length - 1, 7)]],
  ]);

/** Shapes that every structure refuses. */
export const shapes = (bytes: Uint8Array): [string, Edit[]][] => [
  ['empty', [{ at: 0, remove: bytes.length, insert: NONE }]],
  ['the last byte is missing', [{ at: bytes.length - 1, remove: 1, insert: NONE }]],
  ['the second half is missing', [{ at: bytes.length >> 1, remove: bytes.length, insert: NONE }]],
  ['a byte behind the end', [{ at: bytes.length, remove: 0, insert: Uint8Array.of(0) }]],
  ['filled up with zeros to the next bucket', [{ at: bytes.length, remove: 0, insert: new Uint8Array(bytes.length) }]],
  ['another version', [{ at: 1, remove: 1, insert: Uint8Array.of(2) }]],
  [
    'the version not in its shortest form, a byte less at the end',
    [
      { at: 1, remove: 1, insert: Uint8Array.of(0x18, 1) },
      { at: bytes.length, remove: 1, insert: NONE },
    ],
  ],
  ['an array of indefinite length', [{ at: 0, remove: 1, insert: Uint8Array.of(0x9f) }]],
  ['an item less', [{ at: 0, remove: 1, insert: Uint8Array.of((bytes[0] ?? 0) - 1) }]],
  ['an item more', [{ at: 0, remove: 1, insert: Uint8Array.of((bytes[0] ?? 0) + 1) }]],
  ['a map', [{ at: 0, remove: 1, insert: Uint8Array.of(0xa7) }]],
];

/** Replaces items of a canonical array. */
export const withItems = (bytes: Uint8Array, change: (items: CborValue[]) => CborValue[]): Uint8Array =>
  encodeCbor(change([...readList(decodeCbor(bytes, bytes.length), 20)]));

export const replaced =
  (index: number, value: CborValue) =>
  (bytes: Uint8Array): Uint8Array =>
    withItems(bytes, (items) => items.map((item, at) => (at === index ? value : item)));

/** What `task` makes, or the code it is refused with. */
export function ending(task: () => Json): Json {
  try {
    return task();
  } catch (error) {
    if (error instanceof PqError) return { result: 'refused', code: error.code };
    throw error;
  }
}

/** `expected`: `refused` for any code, a code, `opened` or `duplicate`. */
export function check(name: string, outcome: Json, expected: string): void {
  const shown = JSON.stringify(outcome);
  if (!shown.includes(`"${expected}"`)) throw new Error(`${name}: ${shown}, expected ${expected}`);
}
