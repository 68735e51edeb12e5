/** V1: canonical CBOR, what a decoder takes and what it refuses, with the reason. */
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/pq/cbor.ts';
import { refusal, unhex } from './outcome.ts';
import { hex, type Json } from './json.ts';

const array = (count: number, item: string): string => {
  const head =
    count < 24 ? (0x80 + count).toString(16) : count < 256 ? `98${count.toString(16)}` : `99${count.toString(16).padStart(4, '0')}`;
  return head + item.repeat(count);
};

const good: readonly [name: string, value: CborValue][] = [
  ['zero', 0],
  ['the largest number in the first byte', 23],
  ['the smallest number of one byte', 24],
  ['the largest number of one byte', 255],
  ['the smallest number of two bytes', 256],
  ['the largest number of two bytes', 65_535],
  ['the smallest number of four bytes', 65_536],
  ['the largest number of four bytes', 4_294_967_295],
  ['the smallest number of eight bytes', 4_294_967_296],
  ['a time in milliseconds', 1_790_000_000_000],
  ['the largest number there is, 2^53 - 1', Number.MAX_SAFE_INTEGER],
  ['no bytes', new Uint8Array(0)],
  ['one byte', Uint8Array.of(0)],
  ['23 bytes', new Uint8Array(23)],
  ['24 bytes: the length takes a byte', new Uint8Array(24)],
  ['256 bytes: the length takes two bytes', new Uint8Array(256)],
  ['null', null],
  ['an empty array', []],
  ['an array of everything', [1, Uint8Array.of(1, 2, 3), null, []]],
  ['arrays four deep', [[[[1]]]]],
  ['23 items', Array.from({ length: 23 }, () => 0)],
  ['24 items: the count takes a byte', Array.from({ length: 24 }, () => 0)],
  ['1,024 items: the most there are', Array.from({ length: 1_024 }, () => 0)],
];

const bad: readonly [bytes: string, reason: string][] = [
  ['', 'nothing'],
  ['1800', 'a number not in its shortest form: 0 in one more byte'],
  ['1817', 'a number not in its shortest form: 23 in one more byte'],
  ['190017', 'a number not in its shortest form: 23 in two bytes'],
  ['1900ff', 'a number not in its shortest form: 255 in two bytes'],
  ['1a0000ffff', 'a number not in its shortest form: 65,535 in four bytes'],
  ['1b00000000ffffffff', 'a number not in its shortest form: 2^32 - 1 in eight bytes'],
  ['1b0020000000000000', 'a number of 2^53'],
  ['1bffffffffffffffff', 'a number of 2^64 - 1'],
  ['18', 'a number without its byte'],
  ['1a000100', 'a number of four bytes cut short'],
  ['1c', 'reserved additional information 28'],
  ['1f', 'a number of indefinite length'],
  ['20', 'a negative number, -1'],
  ['3863', 'a negative number, -100'],
  ['580100', 'a byte string whose length is not in its shortest form'],
  ['59001800'.padEnd(6 + 48, '0'), 'a byte string whose length takes two bytes where one is enough'],
  ['4201', 'a byte string cut short'],
  ['5affffffff', 'a byte string longer than there is'],
  ['5f4101ff', 'a byte string of indefinite length'],
  ['60', 'text, empty'],
  ['6161', 'text'],
  ['7f6161ff', 'text of indefinite length'],
  ['9801f6', 'an array whose count is not in its shortest form'],
  ['8201', 'an array cut short'],
  ['9f01ff', 'an array of indefinite length'],
  ['9f', 'an array of indefinite length that does not end'],
  ['8181818181', 'arrays five deep, cut short'],
  ['818181818101', 'arrays five deep'],
  [array(1_025, '00'), 'an array of 1,025 items'],
  ['9affffffff', 'an array of 2^32 - 1 items'],
  ['a0', 'a map, empty'],
  ['a10102', 'a map'],
  ['a201020103', 'a map with a key twice'],
  ['bf0102ff', 'a map of indefinite length'],
  ['c000', 'a tag: 0'],
  ['c24101', 'a tag: a big number'],
  ['d81c80', 'a tag: a shared value'],
  ['d9d9f700', 'a tag: self-described CBOR'],
  ['f4', 'false'],
  ['f5', 'true'],
  ['f7', 'undefined'],
  ['e0', 'a simple value'],
  ['f820', 'a simple value of one more byte'],
  ['f93c00', 'a float of two bytes'],
  ['fa3f800000', 'a float of four bytes'],
  ['fb3ff0000000000000', 'a float of eight bytes'],
  ['ff', 'a break with nothing to end'],
  ['0000', 'a byte behind the end'],
  ['80f6', 'an item behind the end'],
  ['8101ff', 'a break behind the end'],
  ['82011800', 'an inner number not in its shortest form'],
  ['8220', 'an inner negative number'],
  ['81a0', 'an inner map'],
  ['8161ff', 'inner text'],
];

/** Diagnostic notation (RFC 8949, section 8). */
export function diagnostic(item: CborValue): string {
  if (item === null || typeof item === 'number') return String(item);
  return item instanceof Uint8Array ? `h'${hex(item)}'` : `[${item.map(diagnostic).join(', ')}]`;
}

export function v1(): Json {
  return {
    about:
      'Canonical CBOR. A decoder takes all of `good` as `value` (in diagnostic notation, RFC 8949 section 8), an encoder makes it again; it refuses all of `bad`.',
    good: good.map(([name, item]) => {
      const bytes = encodeCbor(item);
      decodeCbor(bytes, bytes.length);
      return { name, bytes: hex(bytes), value: diagnostic(item) };
    }),
    bad: bad.map(([bytes, reason]) => {
      refusal(() => decodeCbor(unhex(bytes), 4_096), 'malformed');
      return { bytes, reason };
    }),
  };
}
