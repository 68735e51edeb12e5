/** Vectors of the key file, and that every field of a wrap counts. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexToBytes } from '../../src/core/key/hex.ts';
import { readRecoveryText, recoveryText } from '../../src/core/key/recoveryKey.ts';
import { seal, unseal } from '../../src/core/key/seal.ts';
import {
  openKeys,
  openWithPassphrase,
  openWithRecovery,
  sealKeys,
  wrapWithPassphrase,
  wrapWithRecovery,
} from '../../src/core/key/wraps.ts';
import { deriveInWorker } from '../../src/core/slowCrypto/argon2Worker.ts';
import vectors from '../store/keyVectors.json' with { type: 'json' };
import { quick, signal } from './keySupport.ts';

/** Counts up: the vectors were made with it. */
const counting = (): ((length: number) => Uint8Array) => {
  let next = 0;
  return (length) => Uint8Array.from({ length }, () => next++ & 255);
};
const master = hexToBytes(vectors.master);
const cost = { memory: 65_536, passes: 1, lanes: 4 };

test('the wraps of the vectors are made byte for byte, Argon2id and all', async () => {
  const random = counting();
  expect(await wrapWithPassphrase(master, vectors.passphrase, { random, derive: deriveInWorker, signal, cost })).toEqual(vectors.wraps[0]);
  expect(wrapWithRecovery(master, hexToBytes(vectors.recoveryKey), random)).toEqual(vectors.wraps[1]);
  expect(sealKeys(master, vectors.databaseKeys, random)).toBe(vectors.keys);
  expect(recoveryText(hexToBytes(vectors.recoveryKey))).toBe(vectors.recoveryText);
});

test('the vectors open: the same letters in another Unicode form, and the recovery key as text', async () => {
  const [passphrase] = vectors.wraps;
  const wrap = { ...cost, kind: 'passphrase' as const, salt: passphrase?.salt ?? '', sealed: passphrase?.sealed ?? '' };
  expect(await openWithPassphrase(wrap, vectors.passphrase.normalize('NFD'), deriveInWorker, signal)).toEqual(master);
  expect(readRecoveryText(vectors.recoveryText)).toEqual(hexToBytes(vectors.recoveryKey));
  expect(openWithRecovery({ kind: 'recovery', sealed: vectors.wraps[1]?.sealed ?? '' }, hexToBytes(vectors.recoveryKey))).toEqual(master);
  expect(openKeys(master, { keys: vectors.keys })).toEqual(vectors.databaseKeys);
});

test('a seal opens with its own key, purpose and neighbours only, and with no byte changed', () => {
  const key = new Uint8Array(32).fill(1);
  const ad = Uint8Array.of(1, 2);
  const sealed = seal(key, 'recovery', ad, master, new Uint8Array(32).fill(3));
  expect(unseal(key, 'recovery', ad, sealed)).toEqual(master);
  expect(unseal(key, 'keyring', ad, sealed)).toBeNull();
  expect(unseal(key, 'recovery', Uint8Array.of(1), sealed)).toBeNull();
  expect(unseal(new Uint8Array(32), 'recovery', ad, sealed)).toBeNull();
  sealed.forEach((byte, at) => {
    const changed = sealed.slice();
    changed[at] = byte ^ 1;
    expect(unseal(key, 'recovery', ad, changed)).toBeNull();
    expect(unseal(key, 'recovery', ad, sealed.subarray(0, at))).toBeNull();
  });
});

test('a wrap of a passphrase does not open where its parameters were exchanged', async () => {
  const wrap = await wrapWithPassphrase(master, 'p', { random: counting(), derive: quick, signal });
  expect(await openWithPassphrase(wrap, 'p', quick, signal)).toEqual(master);
  const blind = () => Promise.resolve(new Uint8Array(32));
  const made = await wrapWithPassphrase(master, 'p', { random: counting(), derive: blind, signal });
  for (const change of [{ memory: 65_536 }, { passes: 9 }, { lanes: 1 }, { salt: '00'.repeat(32) }])
    expect(await openWithPassphrase({ ...made, ...change }, 'p', blind, signal)).toBeNull();
});

test('a recovery key survives every way of writing it down, and no mistyped character', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(55), (key, at) => {
      const text = recoveryText(key);
      expect(readRecoveryText(` ${text.toLowerCase().replaceAll('-', ' ')}\n`)).toEqual(key);
      const bare = text.replaceAll('-', '');
      const other = bare.charAt(at) === 'Z' ? 'Y' : 'Z';
      expect(readRecoveryText(bare.slice(0, at) + other + bare.slice(at + 1))).toBeNull();
      expect(readRecoveryText(bare.slice(0, at) + bare.slice(at + 1))).toBeNull();
    }),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readRecoveryText(text)).toBeNull();
    }),
  );
});
