import { describe, expect, it } from 'vitest';
import { readCard, signCard } from '../../src/pq/card.ts';
import { openCardAnswer, openCardRequest, sealCardAnswer, sealCardRequest, verifyCardGate } from '../../src/pq/cardRequest.ts';
import { encodeCbor } from '../../src/pq/cbor.ts';
import {
  createIdentity,
  decodeIdentity,
  decodePublicIdentity,
  encodeIdentity,
  encodePublicIdentity,
  expandIdentity,
  fingerprint,
  shortFingerprint,
} from '../../src/pq/identity.ts';
import { packetKind } from '../../src/pq/packet.ts';
import { decodePrekey, encodePrekey, publicPrekey } from '../../src/pq/prekey.ts';
import { safetyNumber, verifyQr } from '../../src/pq/safetyNumber.ts';
import { NOW, WEEK, address, alice, bob, cardOf, flip, invite, items, mallory, random, refused, reusable } from './people.ts';

const card = cardOf(bob, reusable);

describe('the identity', () => {
  it('comes back from the store with the same keys', () => {
    const seeds = createIdentity(random);
    const again = expandIdentity(decodeIdentity(encodeIdentity(seeds)));
    expect(again).toEqual(expandIdentity(seeds));
  });

  it('is public in 3,596 bytes, and its fingerprint depends on each of the four keys', () => {
    const bytes = encodePublicIdentity(bob.public);
    expect(bytes).toHaveLength(3_596);
    expect(decodePublicIdentity(bytes)).toEqual(bob.public);
    for (const key of ['ed', 'pq', 'x', 'k'] as const) {
      expect(fingerprint({ ...bob.public, [key]: mallory.public[key] })).not.toEqual(bob.fingerprint);
    }
  });

  it('has a short name that people can compare', () => {
    expect(shortFingerprint(bob.fingerprint)).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(shortFingerprint(bob.fingerprint)).not.toBe(shortFingerprint(alice.fingerprint));
  });

  it('keeps a prekey through the store', () => {
    expect(decodePrekey(encodePrekey(reusable))).toEqual(reusable);
  });
});

describe('the safety number', () => {
  it('is the same on both sides, and another for another person', () => {
    const ours = safetyNumber(alice.fingerprint, bob.fingerprint);
    const theirs = safetyNumber(bob.fingerprint, alice.fingerprint);
    expect(ours).toEqual(theirs);
    expect(ours.digits).toHaveLength(12);
    for (const group of ours.digits) expect(group).toMatch(/^\d{5}$/);
    expect(verifyQr(theirs.qr, ours.qr)).toBe(true);
    expect(verifyQr(flip(theirs.qr, 63), ours.qr)).toBe(false);
    expect(safetyNumber(alice.fingerprint, mallory.fingerprint).digits).not.toEqual(ours.digits);
  });
});

describe('a card', () => {
  it('says who, with which prekey, and where', () => {
    const read = readCard(card, NOW);
    expect(read).toMatchObject({ nickname: 'Bob', seq: 7, identity: bob.public, prekey: publicPrekey(reusable) });
    expect(read.addresses).toHaveLength(2);
  });

  it.each([
    ['Ed25519', 8],
    ['ML-DSA-65', 9],
  ])('with a wrong %s signature is refused, though the other one is right', (_, field) => {
    const changed = items(card).map((value, index) => (index === field && value instanceof Uint8Array ? flip(value, 40) : value));
    expect(refused(() => readCard(encodeCbor(changed), NOW))).toBe('badSignature');
  });

  it('with any signed byte changed is refused', () => {
    for (let at = 0; at < card.length; at += 397) {
      expect(['badSignature', 'malformed']).toContain(refused(() => readCard(flip(card, at), NOW)));
    }
  });

  it('of somebody else is not signed by this person', () => {
    const stolen = [...items(card)];
    stolen[1] = encodePublicIdentity(mallory.public);
    expect(refused(() => readCard(encodeCbor(stolen), NOW))).toBe('badSignature');
  });

  it('ends with its prekey, and does not begin long before it', () => {
    expect(refused(() => readCard(card, NOW + WEEK + 1))).toBe('expired');
    expect(refused(() => readCard(card, NOW - 2 * 24 * 3_600_000))).toBe('expired');
  });

  it('refuses names and addresses out of bounds, and leaves out an address that does not fit', () => {
    const facts = { prekey: publicPrekey(reusable), nickname: 'x', seq: 1, logHead: random(32) };
    expect(refused(() => signCard(bob, { ...facts, nickname: 'x'.repeat(65), addresses: [] }))).toBe('limit');
    expect(refused(() => signCard(bob, { ...facts, addresses: [address(199)] }))).toBe('limit');
    expect(refused(() => signCard(bob, { ...facts, addresses: [address(4_097)] }))).toBe('limit');
    const large = readCard(signCard(bob, { ...facts, nickname: '𝒳'.repeat(64), addresses: [address(4_096), address(4_096)] }), NOW);
    expect(large.addresses).toHaveLength(1);
  });
});

describe('a card request', () => {
  it('and its answer are 16 KiB each, and bring the card to who asked', () => {
    const { packet, pending } = sealCardRequest(random, { invite: null });
    expect(packet).toHaveLength(16_384);
    expect(packetKind(packet)).toBe('cardRequest');
    const request = openCardRequest(packet);
    expect(request.invite).toBeNull();
    const answer = sealCardAnswer(random, request, card);
    expect(answer).toHaveLength(16_384);
    expect(openCardAnswer(answer, pending)).toEqual(card);
  });

  it('carries the greatest card', () => {
    const facts = { prekey: publicPrekey(reusable), nickname: '𝒳'.repeat(64), seq: 0xffff_ffff, logHead: random(32) };
    const large = signCard(bob, { ...facts, addresses: [address(4_096), address(1_500)] });
    const { packet, pending } = sealCardRequest(random, { invite: null });
    expect(openCardAnswer(sealCardAnswer(random, openCardRequest(packet), large), pending)).toEqual(large);
  });

  it('is not opened by another request, nor with a byte changed', () => {
    const first = sealCardRequest(random, { invite: null });
    const second = sealCardRequest(random, { invite: null });
    const answer = sealCardAnswer(random, openCardRequest(first.packet), card);
    expect(refused(() => openCardAnswer(answer, second.pending))).toBe('authentication');
    for (const at of [5, 60, 1_700, 9_000, 16_383]) {
      expect(['authentication', 'malformed']).toContain(refused(() => openCardAnswer(flip(answer, at), first.pending)));
    }
    expect(refused(() => openCardAnswer(answer.subarray(1), first.pending))).toBe('malformed');
  });

  it('proves that it knows the invite it names', () => {
    const { packet, pending } = sealCardRequest(random, { invite });
    expect(packet).toHaveLength(16_384);
    const request = openCardRequest(packet);
    expect(request.invite?.id).toEqual(invite.id);
    expect(verifyCardGate(request, invite.secret)).toBe(true);
    expect(verifyCardGate(request, random(32))).toBe(false);
    expect(openCardAnswer(sealCardAnswer(random, request, card), pending)).toEqual(card);
    const bare = openCardRequest(sealCardRequest(random, { invite: null }).packet);
    expect(verifyCardGate(bare, invite.secret)).toBe(false);
  });

  it('with keys that are none is refused', () => {
    const { packet } = sealCardRequest(random, { invite: null });
    const request = openCardRequest(packet);
    expect(refused(() => sealCardAnswer(random, { ...request, x: new Uint8Array(32) }, card))).toBe('malformed');
    expect(refused(() => sealCardAnswer(random, { ...request, k: new Uint8Array(1_568).fill(255) }, card))).toBe('malformed');
    expect(refused(() => openCardRequest(packet.subarray(0, 8_192)))).toBe('malformed');
    expect(refused(() => openCardRequest(flip(packet, 16_000)))).toBe('malformed');
  });
});
