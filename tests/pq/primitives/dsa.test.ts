/**
 * ML-DSA-65 against Wycheproof and ACVP. Our doors sign and verify with both algorithms at once, so the Ed25519 half is always right
 * here. They know the empty context only, and sign deterministically: what has a context, randomness, a foreign expanded key or a
 * message already hashed (ML-DSA.Sign_internal, which ACVP tests) goes to noble, which is what the doors call.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import * as v from 'valibot';
import { describe, it } from 'vitest';
import { dsaKeys, dualSign, dualVerify, edPublic } from '../../../src/pq/primitives.ts';
import { acvp, hex, outcome, tally, toHex, wycheproof } from './vectors.ts';

const edSeed = new Uint8Array(32).fill(1);
const ed = edPublic(edSeed);
const verifyByDoor = (pq: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean =>
  dualVerify({ ed, pq }, { ed: ed25519.sign(message, edSeed), pq: signature }, message);

const signed = {
  msg: v.optional(hex),
  ctx: v.optional(hex, ''),
  mu: v.optional(hex),
  rnd: v.optional(hex),
  sig: v.string(),
};
type Signed = v.InferOutput<v.ObjectSchema<typeof signed, undefined>>;

/** By the door where it can, else as it would be with a context, randomness, or µ. */
function sign(secretKey: Uint8Array, { msg, ctx, mu, rnd }: Signed): Uint8Array {
  const extraEntropy = rnd ?? false;
  if (msg === undefined) return ml_dsa65.internal.sign(mu ?? new Uint8Array(), secretKey, { externalMu: true, extraEntropy });
  if (ctx.length > 0 || rnd) return ml_dsa65.sign(msg, secretKey, { context: ctx, extraEntropy });
  return dualSign(edSeed, secretKey, msg).pq;
}

describe('ML-DSA-65 agrees with Wycheproof', () => {
  // "invalid": a seed of a wrong length, a context over 255 bytes.
  it('on signing with keys from seeds', () => {
    const count = tally('ML-DSA-65 signing from the seed, Wycheproof');
    for (const { group, test } of wycheproof('mldsa_65_sign_seed', { privateSeed: hex, publicKey: v.nullish(v.string()) }, signed)) {
      const got = outcome(() => {
        const { publicKey, secretKey } = dsaKeys(group.privateSeed);
        if (typeof group.publicKey === 'string' && toHex(publicKey) !== group.publicKey) throw new Error('another public key');
        return sign(secretKey, test);
      });
      count.check(test.tcId, got, test.result === 'valid' ? test.sig : 'refused', test.comment);
    }
    count.finish(105);
  });

  it('on signing with expanded keys', () => {
    const count = tally('ML-DSA-65 signing with the expanded key, Wycheproof');
    for (const { group, test } of wycheproof('mldsa_65_sign_noseed', { privateKey: hex }, signed))
      count.check(
        test.tcId,
        outcome(() => sign(group.privateKey, test)),
        test.result === 'valid' ? test.sig : 'refused',
        test.comment,
      );
    count.finish(78);
  });

  // "invalid" must be false. A signature with a context is true for noble with that context, and false for our door, which has none.
  it('on verification', () => {
    const count = tally('ML-DSA-65 verification, Wycheproof');
    for (const { group, test } of wycheproof('mldsa_65_verify', { publicKey: hex }, { msg: hex, ctx: v.optional(hex, ''), sig: hex })) {
      const withContext = test.ctx.length > 0;
      const byDoor = outcome(() => verifyByDoor(group.publicKey, test.sig, test.msg));
      count.check(test.tcId, byDoor, String(test.result === 'valid' && !withContext), test.comment);
      if (!withContext || test.result !== 'valid') continue;
      const byNoble = outcome(() => ml_dsa65.verify(test.sig, test.msg, group.publicKey, { context: test.ctx }));
      if (byNoble !== 'true') count.check(test.tcId, byNoble, 'true', 'with its context');
    }
    count.finish(210);
  });
});

describe('ML-DSA-65 agrees with ACVP', () => {
  it('on keys from seeds', () => {
    const count = tally('ML-DSA-65 key generation, ACVP');
    for (const { test } of acvp('fips204-0.4.6', 'keyGen', 'ML-DSA-65', {}, { seed: hex, pk: hex, sk: hex })) {
      const { publicKey, secretKey } = dsaKeys(test.seed);
      count.check(test.tcId, toHex(publicKey) + toHex(secretKey), toHex(test.pk) + toHex(test.sk));
    }
    count.finish(25);
  });

  it('on signing, deterministic and randomised', () => {
    const count = tally('ML-DSA-65 signing (internal), ACVP');
    for (const { test } of acvp(
      'fips204-0.4.6',
      'sigGen',
      'ML-DSA-65',
      {},
      { sk: hex, message: hex, signature: hex, rnd: v.optional(hex) },
    )) {
      const extraEntropy = test.rnd ?? false;
      count.check(
        test.tcId,
        outcome(() => ml_dsa65.internal.sign(test.message, test.sk, { extraEntropy })),
        toHex(test.signature),
      );
    }
    count.finish(20);
  });

  it('on verification', () => {
    const count = tally('ML-DSA-65 verification (internal), ACVP');
    for (const { group, test } of acvp(
      'fips204-0.4.6',
      'sigVer',
      'ML-DSA-65',
      { pk: hex },
      { message: hex, signature: hex, testPassed: v.boolean() },
    ))
      count.check(
        test.tcId,
        outcome(() => ml_dsa65.internal.verify(test.signature, test.message, group.pk)),
        String(test.testPassed),
      );
    count.finish(15);
  });
});
