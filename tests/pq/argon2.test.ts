import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { argon2id, argon2idNative, argon2idNoble, hasNativeArgon2, type Argon2Input } from '../../src/pq/argon2.ts';
import { toHex } from './primitives/vectors.ts';

const example: Argon2Input = {
  message: new Uint8Array(32).fill(1),
  salt: new Uint8Array(16).fill(2),
  secret: new Uint8Array(8).fill(3),
  associated: new Uint8Array(12).fill(4),
  memory: 32,
  passes: 3,
  lanes: 4,
  length: 32,
};
const implementations = [['noble', argon2idNoble] as const, ...(hasNativeArgon2() ? [['OpenSSL', argon2idNative] as const] : [])];

test.each(implementations)('%s gives the tag of RFC 9106 section 5.3', (_, derive) => {
  expect(toHex(derive(example))).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
});

test('both implementations give the same bytes, and any other input gives others', () => {
  const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
  const input = fc.record({
    message: bytes(0, 100),
    salt: bytes(8, 64),
    memory: fc.integer({ min: 64, max: 300 }),
    passes: fc.integer({ min: 1, max: 3 }),
    lanes: fc.integer({ min: 1, max: 4 }),
    length: fc.integer({ min: 16, max: 80 }),
  });
  fc.assert(
    fc.property(input, (one) => {
      const expected = toHex(argon2idNoble(one));
      expect(toHex(argon2id(one))).toBe(expected);
      expect(toHex(argon2id({ ...one, passes: one.passes + 1 }))).not.toBe(expected);
      expect(toHex(argon2id({ ...one, message: Uint8Array.of(...one.message, 0) }))).not.toBe(expected);
    }),
    { numRuns: 30 },
  );
});
