/** X25519 against Wycheproof: our door, which the runtime computes, and noble beside it. */
import { x25519 } from '@noble/curves/ed25519.js';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { dh, xPublic } from '../../../src/pq/primitives.ts';
import { refused } from '../people.ts';
import { hex, outcome, tally, wycheproof } from './vectors.ts';

const all: [string, typeof dh][] = [
  ['our door (native)', dh],
  ['noble', (seed, theirs) => x25519.getSharedSecret(seed, theirs)],
];

describe.each(all)('X25519 by %s', (name, compute) => {
  /**
   * "acceptable" is what RFC 7748 §6.1 leaves open: points on the twist, encodings that are not canonical, and small orders. The first
   * two must be computed as the RFC says, top bit and reduction included. Where the result is zero our code must refuse: the peer would
   * have chosen a secret that anyone knows.
   */
  it('agrees with Wycheproof', () => {
    const count = tally(`X25519, Wycheproof, ${name}`);
    for (const { test } of wycheproof('x25519', {}, { public: hex, private: hex, shared: v.string() })) {
      const expected = /^0*$/.test(test.shared) ? 'refused' : test.shared;
      count.check(
        test.tcId,
        outcome(() => compute(test.private, test.public)),
        expected,
        test.comment,
      );
    }
    count.finish(518);
  });
});

describe('X25519', () => {
  it('says malformed for points of low order and for wrong lengths', () => {
    const seed = new Uint8Array(32).fill(5);
    expect(refused(() => dh(seed, new Uint8Array(32)))).toBe('malformed');
    expect(refused(() => dh(seed, new Uint8Array(31).fill(9)))).toBe('malformed');
    expect(refused(() => dh(seed, new Uint8Array(33).fill(9)))).toBe('malformed');
    expect(refused(() => dh(new Uint8Array(31), xPublic(seed)))).toBe('malformed');
    expect(refused(() => xPublic(new Uint8Array(33)))).toBe('malformed');
  });
});
