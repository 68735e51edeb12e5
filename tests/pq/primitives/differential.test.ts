/** noble against the runtime, with random inputs: whichever of the two a door picks, the bytes must be the same. */
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  randomBytes,
  sign as nativeSign,
  verify as nativeVerify,
} from 'node:crypto';
import { gcm } from '@noble/ciphers/aes.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js';
import { hmac as nobleHmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kemDecapsulateSeed, kemEncapsulate, kemKeys, kemNative, kemNoble } from '../../../src/pq/kem.ts';
import { dh, dsaKeys, dualSign, edPublic, gcmOpen, gcmSeal, hkdf, hmac, sha256, sha512, xPublic } from '../../../src/pq/primitives.ts';
import type { RandomSource } from '../../../src/pq/types.ts';
import { flip, refused } from '../people.ts';
import { fromHex, outcome, toHex } from './vectors.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** Crosses the lengths at which doors change hands and blocks end. */
const data = fc.oneof(fc.uint8Array({ maxLength: 130 }), fc.uint8Array({ minLength: 130, maxLength: 5_000, size: 'max' }));
/** Random places in something of `length` bytes. */
const place = (length: number) => fc.tuple(fc.nat(length - 1), fc.nat(7));
const same = (...all: Uint8Array[]): void => {
  const [first = '', ...others] = all.map(toHex);
  expect(others).toEqual(others.map(() => first));
};
const system: RandomSource = Object.assign((length: number) => new Uint8Array(randomBytes(length)), { native: true } as const);

describe('noble and the runtime agree on', () => {
  it('SHA-256 and SHA-512', () => {
    fc.assert(
      fc.property(data, (message) => {
        same(sha256(message), nobleSha256(message), createHash('sha256').update(message).digest());
        same(sha512(message), nobleSha512(message), createHash('sha512').update(message).digest());
      }),
      { numRuns: 200 },
    );
  });

  it('HMAC-SHA-256', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 140 }), data, (key, message) => {
        same(hmac(key, message), nobleHmac(nobleSha256, key, message), createHmac('sha256', key).update(message).digest());
      }),
      { numRuns: 200 },
    );
  });

  it('HKDF-SHA-256', () => {
    const short = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(data, short, short, fc.integer({ min: 1, max: 300 }), (ikm, salt, info, length) => {
        const native = new Uint8Array(hkdfSync('sha256', ikm, salt, info, length));
        same(hkdf(ikm, salt, info, length), nobleHkdf(nobleSha256, ikm, salt, info, length), native);
      }),
      { numRuns: 200 },
    );
  });

  it('AES-256-GCM, whichever seals and opens, and on what was changed', () => {
    fc.assert(
      fc.property(bytes(32), bytes(12), data, data, fc.nat(), fc.nat(7), (key, nonce, ad, plaintext, at, bit) => {
        const sealed = gcmSeal(key, nonce, ad, plaintext);
        same(sealed, gcm(key, nonce, ad).encrypt(plaintext));
        same(gcmOpen(key, nonce, ad, sealed), gcm(key, nonce, ad).decrypt(sealed), plaintext);
        const changed = flip(sealed, at % sealed.length, bit);
        expect(refused(() => gcmOpen(key, nonce, ad, changed))).toBe('authentication');
        expect(outcome(() => gcm(key, nonce, ad).decrypt(changed))).toBe('refused');
        expect(refused(() => gcmOpen(key, nonce, concatBytes(ad, new Uint8Array(1)), sealed))).toBe('authentication');
      }),
      { numRuns: 100 },
    );
  });

  it('X25519, on arbitrary public keys too', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), bytes(32), (seed, other, arbitrary) => {
        same(xPublic(seed), x25519.getPublicKey(seed));
        same(dh(seed, xPublic(other)), dh(other, xPublic(seed)), x25519.getSharedSecret(other, xPublic(seed)));
        expect(outcome(() => dh(seed, arbitrary))).toBe(outcome(() => x25519.getSharedSecret(seed, arbitrary)));
      }),
      { numRuns: 60 },
    );
  });

  it('Ed25519', () => {
    const pkcs8 = fromHex('302e020100300506032b657004220420');
    const pqSecret = dsaKeys(new Uint8Array(32)).secretKey;
    fc.assert(
      fc.property(bytes(32), data, place(64), (seed, message, [at, bit]) => {
        const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
        const signature = nativeSign(null, message, key);
        const ours = dualSign(seed, pqSecret, new Uint8Array(message));
        same(ours.ed, signature, ed25519.sign(message, seed));
        same(edPublic(seed), ed25519.getPublicKey(seed));
        const changed = flip(new Uint8Array(signature), at, bit);
        const byNoble = outcome(() => ed25519.verify(changed, message, ed25519.getPublicKey(seed), { zip215: false }));
        expect(byNoble === 'true').toBe(nativeVerify(null, message, createPublicKey(key), changed));
      }),
      { numRuns: 60 },
    );
  });
});

describe.runIf(kemNative !== null)('noble and the runtime agree on', () => {
  // Never called where it is null.
  const native = kemNative ?? kemNoble;

  it('ML-DSA-65 keys, and each takes what the other signed', () => {
    const pkcs8 = fromHex('3034020100300b060960864801650304031204228020');
    fc.assert(
      fc.property(bytes(32), data, place(3_309), (seed, message, [at, bit]) => {
        const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
        const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
        const { publicKey, secretKey } = ml_dsa65.keygen(seed);
        same(publicKey, spki.subarray(-1_952));
        expect(ml_dsa65.verify(new Uint8Array(nativeSign(null, message, key)), message, publicKey)).toBe(true);
        const signature = ml_dsa65.sign(message, secretKey, { extraEntropy: false });
        expect(nativeVerify(null, message, createPublicKey(key), signature)).toBe(true);
        const changed = flip(signature, at, bit);
        expect(ml_dsa65.verify(changed, message, publicKey)).toBe(false);
        expect(nativeVerify(null, message, createPublicKey(key), changed)).toBe(false);
      }),
      { numRuns: 15 },
    );
  });

  it('ML-KEM-1024 keys, and each opens what the other encapsulates', () => {
    fc.assert(
      fc.property(bytes(64), bytes(32), (seed, m) => {
        const pair = native.keys(seed);
        const { publicKey, secretKey } = kemNoble.keys(seed);
        same(pair.publicKey, publicKey, kemKeys(seed).publicKey);
        same(pair.secretKey, secretKey, kemKeys(seed).secretKey);
        for (const { ct, secret } of [
          kemNoble.encapsulate(publicKey, () => new Uint8Array(m)),
          native.encapsulate(publicKey, system),
          kemEncapsulate(publicKey, system),
        ]) {
          same(secret, kemNoble.decapsulate(secretKey, ct), native.decapsulate(secretKey, ct));
          same(secret, kemNoble.decapsulateSeed(seed, ct), native.decapsulateSeed(seed, ct));
          same(secret, kemDecapsulateSeed(seed, ct), kemDecapsulateSeed(seed, ct, secretKey));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('the secret that a damaged or arbitrary ciphertext of ML-KEM-1024 yields', () => {
    fc.assert(
      fc.property(bytes(64), place(1_568), bytes(1_568), (seed, [at, bit], arbitrary) => {
        const { publicKey, secretKey } = native.keys(seed);
        const { ct, secret } = native.encapsulate(publicKey, system);
        for (const wrong of [flip(ct, at, bit), arbitrary]) {
          const rejected = native.decapsulateSeed(seed, wrong);
          expect(toHex(rejected)).not.toBe(toHex(secret));
          same(rejected, native.decapsulate(secretKey, wrong), kemNoble.decapsulate(secretKey, wrong));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('which public keys of ML-KEM-1024 are refused', () => {
    const key = kemNoble.keys(new Uint8Array(64).fill(1)).publicKey;
    const fixed = (length: number): Uint8Array => new Uint8Array(length);
    const judge = (publicKey: Uint8Array): void => {
      const byNoble = outcome(() => kemNoble.encapsulate(publicKey, fixed).ct.length > 0);
      expect(outcome(() => native.encapsulate(publicKey, system).ct.length > 0)).toBe(byNoble);
    };
    fc.assert(
      fc.property(place(1_568), fc.nat(1_023), fc.integer({ min: 0, max: 4_095 }), ([at, bit], coefficient, value) => {
        judge(flip(key, at, bit));
        // One 12-bit coefficient set to any value: 3,329 and above must be refused.
        const changed = new Uint8Array(key);
        const pair = 3 * Math.floor(coefficient / 2);
        const middle = changed[pair + 1] ?? 0;
        if (coefficient % 2 === 0) changed.set([value & 0xff, (middle & 0xf0) | (value >> 8)], pair);
        else changed.set([(middle & 0x0f) | ((value & 0x0f) << 4), value >> 4], pair + 1);
        judge(changed);
        expect(outcome(() => kemEncapsulate(changed, system).ct.length > 0)).toBe(value < 3_329 ? 'true' : 'refused');
      }),
      { numRuns: 150 },
    );
    judge(key.slice(1));
    judge(concatBytes(key, new Uint8Array(1)));
  });
});
