/** ML-KEM-1024 against Wycheproof and ACVP, by noble and by the runtime. */
import * as v from 'valibot';
import { describe, expect, it, vi } from 'vitest';
import { kemDecapsulate, kemDecapsulateSeed, kemEncapsulate, kemKeys, kemNative, kemNoble, type Kem } from '../../../src/pq/kem.ts';
import { refused } from '../people.ts';
import { acvp, hex, outcome, tally, toHex, wycheproof } from './vectors.ts';

/** What the rest of the room calls. Its source of randomness is deterministic here, so that encapsulation takes the m it is given. */
const doors: Kem = { keys: kemKeys, encapsulate: kemEncapsulate, decapsulate: kemDecapsulate, decapsulateSeed: kemDecapsulateSeed };
const both: [string, Kem][] = [['noble', kemNoble], ...(kemNative ? ([['native', kemNative]] satisfies [string, Kem][]) : [])];
const all: [string, Kem][] = [...both, ['our doors', doors]];
const fixed = (bytes: Uint8Array) => () => new Uint8Array(bytes);

it('the runtime computes ML-KEM where its OpenSSL has it', () => {
  const [major = 0, minor = 0] = process.versions.openssl.split('.').map(Number);
  const hasIt = major > 3 || (major === 3 && minor >= 5);
  expect(kemNative !== null).toBe(hasIt);
});

describe.each(all)('ML-KEM-1024 by %s agrees with Wycheproof', (name, kem) => {
  it('on keys from seeds', () => {
    const count = tally(`ML-KEM-1024 key generation, Wycheproof, ${name}`);
    for (const { test } of wycheproof('mlkem_1024_keygen_seed', {}, { seed: hex, ek: v.string(), dk: v.string() })) {
      const { publicKey, secretKey } = kem.keys(test.seed);
      count.check(test.tcId, toHex(publicKey) + toHex(secretKey), test.ek + test.dk, test.comment);
    }
    count.finish(100);
  });

  // "invalid": a key of a wrong length, or with a coefficient that is not reduced (FIPS 203 §7.2).
  // OpenSSL draws m itself: there a valid key must be taken, and differential.test.ts looks at the values.
  it('on encapsulation and on which public keys are refused', () => {
    const count = tally(`ML-KEM-1024 encapsulation, Wycheproof, ${name}`);
    for (const { test } of wycheproof('mlkem_1024_encaps', {}, { ek: hex, m: hex, c: v.string(), K: v.string() })) {
      const got = outcome(() => {
        const { ct, secret } = kem.encapsulate(test.ek, fixed(test.m));
        if (kem === kemNative) return ct.length === 1_568 && secret.length === 32;
        return Uint8Array.of(...ct, ...secret);
      });
      const expected = kem === kemNative ? 'true' : test.c + test.K;
      count.check(test.tcId, got, test.result === 'valid' ? expected : 'refused', test.comment);
    }
    count.finish(269);
  });

  // "invalid": a seed or ciphertext of a wrong length. Damaged ciphertexts of the right length are "valid": they are rejected implicitly.
  it('on decapsulation from the seed', () => {
    const count = tally(`ML-KEM-1024 decapsulation from the seed, Wycheproof, ${name}`);
    for (const { test } of wycheproof('mlkem_1024', {}, { seed: hex, ek: v.optional(v.string()), c: hex, K: v.string() })) {
      const got = outcome(() => kem.decapsulateSeed(test.seed, test.c));
      count.check(test.tcId, got, test.result === 'valid' ? test.K : 'refused', test.comment);
      if (test.result === 'valid') expect(toHex(kem.keys(test.seed).publicKey)).toBe(test.ek);
    }
    count.finish(202);
  });

  it('on decapsulation with the expanded key', () => {
    const count = tally(`ML-KEM-1024 decapsulation with the expanded key, Wycheproof, ${name}`);
    for (const { test } of wycheproof('mlkem_1024_semi_expanded_decaps', {}, { dk: hex, c: hex, K: v.optional(v.string(), '') })) {
      const got = outcome(() => kem.decapsulate(test.dk, test.c));
      count.check(test.tcId, got, test.result === 'valid' ? test.K : 'refused', test.comment);
    }
    count.finish(9);
  });
});

describe.each(all)('ML-KEM-1024 by %s agrees with ACVP', (name, kem) => {
  it('on keys from seeds', () => {
    const count = tally(`ML-KEM-1024 key generation, ACVP, ${name}`);
    for (const { test } of acvp('fips203-0.4.3', 'keyGen', 'ML-KEM-1024', {}, { d: hex, z: hex, ek: hex, dk: hex })) {
      const { publicKey, secretKey } = kem.keys(Uint8Array.of(...test.d, ...test.z));
      count.check(test.tcId, toHex(publicKey) + toHex(secretKey), toHex(test.ek) + toHex(test.dk));
    }
    count.finish(25);
  });

  it('on encapsulation, and on decapsulation of the same', () => {
    const count = tally(`ML-KEM-1024 encapsulation, ACVP, ${name}`);
    for (const { test } of acvp(
      'fips203-0.4.3',
      'encapDecap',
      'ML-KEM-1024',
      { function: v.literal('encapsulation') },
      { ek: hex, dk: hex, c: hex, k: hex, m: hex },
    )) {
      const { ct, secret } = kem.encapsulate(test.ek, fixed(test.m));
      if (kem === kemNative)
        count.check(
          test.tcId,
          outcome(() => kemNoble.decapsulate(test.dk, ct)),
          toHex(secret),
        );
      else count.check(test.tcId, toHex(ct) + toHex(secret), toHex(test.c) + toHex(test.k));
      expect(toHex(kem.decapsulate(test.dk, test.c))).toBe(toHex(test.k));
    }
    count.finish(25);
  });

  it('on decapsulation, damaged ciphertexts among them', () => {
    const count = tally(`ML-KEM-1024 decapsulation, ACVP, ${name}`);
    for (const { group, test } of acvp('fips203-0.4.3', 'encapDecap', 'ML-KEM-1024', { dk: hex }, { c: hex, k: hex }))
      count.check(
        test.tcId,
        outcome(() => kem.decapsulate(group.dk, test.c)),
        toHex(test.k),
      );
    count.finish(10);
  });
});

describe.each(all)('ML-KEM-1024 by %s', (_, kem) => {
  const { publicKey, secretKey } = kemNoble.keys(new Uint8Array(64).fill(7));
  const m = fixed(new Uint8Array(32));
  const { ct } = kemNoble.encapsulate(publicKey, m);

  it('says malformed for every wrong length', () => {
    const around = (bytes: Uint8Array): Uint8Array[] => [bytes.slice(1), Uint8Array.of(...bytes, 0), new Uint8Array()];
    for (const seed of around(new Uint8Array(64))) expect(refused(() => kem.keys(seed))).toBe('malformed');
    for (const seed of around(new Uint8Array(64))) expect(refused(() => kem.decapsulateSeed(seed, ct))).toBe('malformed');
    for (const key of around(publicKey)) expect(refused(() => kem.encapsulate(key, m))).toBe('malformed');
    for (const key of around(secretKey)) expect(refused(() => kem.decapsulate(key, ct))).toBe('malformed');
    for (const damaged of around(ct)) expect(refused(() => kem.decapsulate(secretKey, damaged))).toBe('malformed');
    for (const damaged of around(ct)) expect(refused(() => kem.decapsulateSeed(new Uint8Array(64), damaged))).toBe('malformed');
  });

  it('leaves the keys and ciphertexts it is given as they are', () => {
    const seed = new Uint8Array(64).fill(7);
    const before = [seed, publicKey, secretKey, ct].map(toHex);
    kem.keys(seed);
    kem.encapsulate(publicKey, m);
    kem.decapsulate(secretKey, ct);
    kem.decapsulateSeed(seed, ct);
    expect([seed, publicKey, secretKey, ct].map(toHex)).toEqual(before);
  });
});

describe('the randomness of an encapsulation', () => {
  const { publicKey } = kemNoble.keys(new Uint8Array(64).fill(7));
  const zeros = (): ReturnType<typeof vi.fn<(length: number) => Uint8Array>> => vi.fn((length) => new Uint8Array(length));

  it('is 32 bytes of the source it is given', () => {
    const source = zeros();
    const { ct, secret } = kemEncapsulate(publicKey, source);
    expect(source.mock.calls).toEqual([[32]]);
    expect(kemEncapsulate(publicKey, zeros())).toEqual({ ct, secret });
    expect(kemNoble.encapsulate(publicKey, zeros())).toEqual({ ct, secret });
  });

  it.runIf(kemNative !== null)("is the runtime's own where the source is the system's", () => {
    const system = Object.assign(zeros(), { native: true } as const);
    const { ct } = kemEncapsulate(publicKey, system);
    expect(system).not.toHaveBeenCalled();
    expect(ct).not.toEqual(kemEncapsulate(publicKey, system).ct);
  });
});

describe('where the runtime', () => {
  type Crypto = typeof import('node:crypto');
  const broken: [string, (real: Crypto) => Partial<Record<keyof Crypto, unknown>>][] = [
    ['lacks encapsulation', () => ({ encapsulate: undefined, decapsulate: undefined })],
    [
      'refuses ML-KEM keys',
      (real) => ({
        createPrivateKey: (input: Parameters<Crypto['createPrivateKey']>[0]) => {
          const key = real.createPrivateKey(input);
          if (key.asymmetricKeyType === 'ml-kem-1024') throw new Error('unsupported');
          return key;
        },
      }),
    ],
    ['decapsulates to something else', () => ({ decapsulate: () => new Uint8Array(32) })],
    [
      'takes public keys that are not reduced',
      (real) => ({ createPublicKey: () => real.createPublicKey(real.generateKeyPairSync('ml-kem-1024').privateKey) }),
    ],
  ];

  it.each(broken)('%s, noble does all of it', async (_, replaced) => {
    vi.resetModules();
    vi.doMock('node:crypto', async (original) => {
      const real = await original<Crypto>();
      return { ...real, ...replaced(real) };
    });
    try {
      const fresh = await import('../../../src/pq/kem.ts');
      expect(fresh.kemNative).toBeNull();
      const seed = new Uint8Array(64).fill(3);
      const { publicKey, secretKey } = fresh.kemKeys(seed);
      const system = Object.assign((length: number) => new Uint8Array(length).fill(5), { native: true } as const);
      const { ct, secret } = fresh.kemEncapsulate(publicKey, system);
      expect(toHex(ct)).toBe(toHex(kemNoble.encapsulate(publicKey, system).ct));
      expect(fresh.kemDecapsulateSeed(seed, ct)).toEqual(secret);
      expect(fresh.kemDecapsulateSeed(seed, ct, secretKey)).toEqual(secret);
      expect(fresh.kemDecapsulate(secretKey, ct)).toEqual(secret);
    } finally {
      vi.doUnmock('node:crypto');
      vi.resetModules();
    }
  });
});
