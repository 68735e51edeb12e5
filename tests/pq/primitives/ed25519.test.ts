/** Ed25519 against Wycheproof: through our door, whose ML-DSA half is always right here, and OpenSSL beside it. */
import { createPublicKey, verify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { dsaKeys, dualSign, dualVerify, edPublic } from '../../../src/pq/primitives.ts';
import { flip } from '../people.ts';
import { hex, outcome, tally, toHex, wycheproof } from './vectors.ts';

const edSeed = new Uint8Array(32).fill(1);
const pq = dsaKeys(new Uint8Array(32).fill(2));
const halves = new Map<string, Uint8Array>();
/** Our ML-DSA signature of a message; many cases share theirs. */
function rightHalf(message: Uint8Array): Uint8Array {
  const half = halves.get(toHex(message)) ?? dualSign(edSeed, pq.secretKey, message).pq;
  halves.set(toHex(message), half);
  return half;
}

const groups = { publicKey: v.object({ pk: hex }), publicKeyDer: hex };
const tests = { msg: hex, sig: hex };

describe('Ed25519', () => {
  // Strict: "invalid" covers wrong lengths, s >= L (malleability) and points that are not encoded canonically. All must be false.
  it('agrees with Wycheproof, strictly', () => {
    const count = tally('Ed25519 verification, Wycheproof');
    for (const { group, test } of wycheproof('ed25519', groups, tests)) {
      const signature = { ed: test.sig, pq: rightHalf(test.msg) };
      const got = outcome(() => dualVerify({ ed: group.publicKey.pk, pq: pq.publicKey }, signature, test.msg));
      count.check(test.tcId, got, String(test.result === 'valid'), test.comment);
    }
    count.finish(151);
  });

  it('agrees with OpenSSL on the same', () => {
    const count = tally('Ed25519 verification, Wycheproof, OpenSSL');
    for (const { group, test } of wycheproof('ed25519', groups, tests)) {
      const key = createPublicKey({ key: Buffer.from(group.publicKeyDer), format: 'der', type: 'spki' });
      const got = outcome(() => verify(null, test.msg, key, test.sig));
      count.check(test.tcId, got, String(test.result === 'valid'), test.comment);
    }
    count.finish(151);
  });

  it('refuses a public key of small order, under which anyone could sign', () => {
    const neutral = new Uint8Array(32).fill(1, 0, 1);
    const message = new Uint8Array([1, 2, 3]);
    // R the neutral element, s = 0: it satisfies the equation for every message.
    const forged = { ed: new Uint8Array(64).fill(1, 0, 1), pq: rightHalf(message) };
    expect(ed25519.verify(forged.ed, message, neutral, { zip215: true })).toBe(true);
    expect(dualVerify({ ed: neutral, pq: pq.publicKey }, forged, message)).toBe(false);
  });

  it('and ML-DSA-65 must both be right', () => {
    const message = new Uint8Array([1, 2, 3]);
    const keys = { ed: edPublic(edSeed), pq: pq.publicKey };
    const right = dualSign(edSeed, pq.secretKey, message);
    expect(dualVerify(keys, right, message)).toBe(true);
    expect(dualVerify(keys, { ...right, pq: flip(right.pq, 9) }, message)).toBe(false);
    expect(dualVerify(keys, { ...right, ed: flip(right.ed, 9) }, message)).toBe(false);
    expect(dualVerify(keys, right, new Uint8Array([1, 2]))).toBe(false);
    expect(dualVerify({ ...keys, ed: new Uint8Array(31) }, right, message)).toBe(false);
  });
});
