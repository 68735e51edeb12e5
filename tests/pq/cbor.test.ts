import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCbor, encodeCbor, type CborValue } from '../../src/pq/cbor.ts';
import { refused } from './people.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

it.each([
  ['a map', 'a10102'],
  ['a tag', 'c11a00000001'],
  ['a float', 'fb41f0000000000000'],
  ['a text', '6161'],
  ['a negative number', '20'],
  ['a number longer than needed', '1801'],
  ['a number of two bytes that fits one', '190001'],
  ['a length longer than needed', '5801aa'],
  ['an array of indefinite length', '9f01ff'],
  ['bytes of indefinite length', '5f41aaff'],
  ['a simple value', 'f5'],
  ['undefined', 'f7'],
  ['bytes that end early', '42aa'],
  ['an array that ends early', '8201'],
  ['a byte behind the end', '0100'],
  ['nothing', ''],
  ['a number beyond the safe ones', '1b0020000000000000'],
  ['arrays nested too deep', '818181818101'],
  ['an array with a billion items', '9a3b9aca00'],
])('refuses %s', (_, bytes) => {
  expect(refused(() => decodeCbor(hex(bytes), 100))).toBe('malformed');
});

it('refuses more bytes than the caller allows', () => {
  expect(refused(() => decodeCbor(encodeCbor([new Uint8Array(50)]), 40))).toBe('malformed');
});

it('gives back every value it wrote, as bytes of its own', () => {
  const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.maxSafeNat(),
      fc.uint8Array({ maxLength: 300 }),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 5 }),
    ),
  }));
  fc.assert(
    fc.property(value, (written) => {
      const bytes = encodeCbor(written);
      const read = decodeCbor(bytes, 1_000_000);
      bytes.fill(0);
      expect(read).toEqual(written);
    }),
    { numRuns: 200 },
  );
});

it('answers arbitrary bytes with a value or with one error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        expect(encodeCbor(decodeCbor(bytes, 200))).toEqual(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: 'PqError', code: 'malformed' });
      }
    }),
    { numRuns: 1_000 },
  );
});
