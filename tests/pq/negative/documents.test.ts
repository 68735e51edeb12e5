/** What can be done to the documents of DM/1: card, identity, prekey, invite, card request and answer, log entry. */
import { describe, expect, it } from 'vitest';
import { fromBase64Url, toBase64Url } from '../../../src/pq/base64url.ts';
import { readCard } from '../../../src/pq/card.ts';
import { openCardAnswer, openCardRequest, sealCardAnswer, sealCardRequest, verifyCardGate } from '../../../src/pq/cardRequest.ts';
import { PqError } from '../../../src/pq/errors.ts';
import { decodeIdentity, decodePublicIdentity, encodeIdentity, encodePublicIdentity } from '../../../src/pq/identity.ts';
import { decodeLogEntry, encodeLogEntry, followLog, logHead, rotate, startLog } from '../../../src/pq/identityLog.ts';
import { createInvite, decodeInvite, encodeInvite } from '../../../src/pq/invite.ts';
import { label } from '../../../src/pq/labels.ts';
import { createPrekey, decodePrekey, encodePrekey } from '../../../src/pq/prekey.ts';
import { concat, equalBytes, sha256 } from '../../../src/pq/primitives.ts';
import { initiate } from '../../../src/pq/session.ts';
import {
  NOW,
  WEEK,
  address,
  alice,
  begin,
  bob,
  bobOpensHello,
  bobsInviteCard,
  cardOf,
  invite,
  mallory,
  random,
  reusable,
  sealBy,
  side,
  text,
} from '../people.ts';
import { byteString, copy, read, write } from '../fuzz/tree.ts';
import { describeFields, outcomeOf, withBytes, withInteger, type Field } from './changes.ts';

const NOTHING = new Uint8Array(0);
const UNSAFE = 2n ** 53n;
const OTHER_VERSIONS = [0n, 2n, 24n, 255n, UNSAFE].map((version) => [version, 'malformed'] as const);
const version: Field = { name: 'the version', at: [0], values: OTHER_VERSIONS };
const signed = { flipped: 'badSignature', swapped: 'badSignature' } as const;

const identityFields = (path: number[], changed: Partial<Field>): Field[] => [
  { name: 'the version of the identity', at: [...path, 0], values: OTHER_VERSIONS },
  ...['Ed25519', 'ML-DSA-65', 'X25519', 'ML-KEM-1024'].map((name, index): Field => ({
    name: `the ${name} key`,
    at: [...path, index + 1],
    ...changed,
  })),
];

describe('a card', () => {
  const later = createPrekey(random, { notBefore: NOW + 5, notAfter: NOW + WEEK + 5, oneTime: true });
  const genuine = cardOf(bob, reusable);
  describeFields({
    name: 'card',
    genuine,
    other: cardOf(mallory, later),
    fields: [
      version,
      { name: 'the identity', at: [1], swapped: 'badSignature' },
      ...identityFields([1], signed),
      { name: 'the id of the prekey', at: [2, 0], ...signed },
      { name: 'the beginning of the prekey', at: [2, 1], swapped: 'badSignature', values: [[BigInt(NOW) - 1n, 'badSignature'], [UNSAFE, 'malformed'], [2n ** 64n - 1n, 'malformed']] },
      { name: 'the end of the prekey', at: [2, 2], swapped: 'badSignature', values: [[UNSAFE - 1n, 'badSignature'], [UNSAFE, 'malformed'], [2n ** 64n - 1n, 'malformed']] },
      { name: 'whether the prekey is for once', at: [2, 3], swapped: 'badSignature', values: [[1n, 'badSignature'], [2n, 'malformed'], [UNSAFE, 'malformed']] },
      { name: 'the X25519 key of the prekey', at: [2, 4], ...signed },
      { name: 'the ML-KEM-1024 key of the prekey', at: [2, 5], ...signed },
      { name: 'the prekey', at: [2], swapped: 'badSignature' },
      { name: 'the nickname', at: [3], flipped: 'badSignature', anyLength: true, lengths: [257] },
      { name: 'the number', at: [4], values: [[6n, 'badSignature'], [8n, 'badSignature'], [2n ** 32n, 'malformed']] },
      { name: 'the time', at: [5], swapped: 'badSignature', values: [[0n, 'badSignature'], [UNSAFE, 'malformed']] },
      { name: 'the head of the log', at: [6], ...signed },
      { name: 'the first address', at: [7, 0], ...signed, anyLength: true, lengths: [0, 199, 4_097] },
      { name: 'the second address', at: [7, 1], ...signed, anyLength: true, lengths: [0, 199, 4_097] },
      { name: 'the Ed25519 signature', at: [8], ...signed },
      { name: 'the ML-DSA-65 signature', at: [9], ...signed },
    ],
    open: (input) => readCard(input, NOW),
  }); // prettier-ignore

  it('holds at most two addresses and a nickname of 64 code points, of the signed length', () => {
    const whole = copy(read(genuine) ?? byteString(NOTHING));
    const third = copy(whole);
    third.items[7]?.items.push(byteString(address()));
    const one = copy(whole);
    one.items[7]?.items.pop();
    expect(outcomeOf(() => readCard(write(third), NOW))).toBe('malformed');
    expect(outcomeOf(() => readCard(write(one), NOW))).toBe('badSignature');
    expect(outcomeOf(() => readCard(withBytes(genuine, [3], new Uint8Array(65).fill(0x61)), NOW))).toBe('malformed');
    expect(outcomeOf(() => readCard(withBytes(genuine, [3], new Uint8Array(64).fill(0x61)), NOW))).toBe('badSignature');
    expect(outcomeOf(() => readCard(withBytes(genuine, [3], Uint8Array.of(0xff)), NOW))).toBe('malformed');
  });

  it('cannot carry the prekey, the addresses or the number of another card of the same person', () => {
    const other = read(cardOf(bob, later));
    for (const index of [2, 3, 4, 5, 7, 8, 9]) {
      const mixed = copy(read(genuine) ?? byteString(NOTHING));
      const taken = other?.items[index];
      if (!taken) throw new Error('no such field');
      mixed.items[index] = taken;
      const isSame = equalBytes(write(mixed), genuine);
      expect([index, outcomeOf(() => readCard(write(mixed), NOW))]).toEqual([index, isSame ? 'accepted' : 'badSignature']);
    }
  });
});

describe('a public identity', () => {
  describeFields({
    name: 'identity',
    genuine: encodePublicIdentity(bob.public),
    other: encodePublicIdentity(alice.public),
    fields: [version, ...identityFields([], {}).slice(1)],
    open: decodePublicIdentity,
  });
});

describe('a stored identity', () => {
  describeFields({
    name: 'identity',
    genuine: encodeIdentity(bob.seeds),
    other: encodeIdentity(alice.seeds),
    fields: [version, ...[1, 2, 3, 4].map((index): Field => ({ name: `seed ${index}`, at: [index], lengths: [0] }))],
    open: decodeIdentity,
  });
});

describe('a stored prekey', () => {
  describeFields({
    name: 'prekey',
    genuine: encodePrekey(reusable),
    other: encodePrekey(createPrekey(random, { notBefore: 0, notAfter: 0, oneTime: true })),
    fields: [
      version,
      { name: 'the id', at: [1], lengths: [0] },
      { name: 'the beginning', at: [2], values: [[UNSAFE, 'malformed']] },
      { name: 'the end', at: [3], values: [[UNSAFE, 'malformed']] },
      { name: 'whether it is for once', at: [4], values: [[2n, 'malformed']] },
      { name: 'the X25519 seed', at: [5], lengths: [0] },
      { name: 'the ML-KEM-1024 seed', at: [6], lengths: [0, 32] },
    ],
    open: decodePrekey,
  });
});

describe('an invite', () => {
  const prefix = 'sotto:invite?';
  const withChecksum = (body: Uint8Array): string =>
    prefix + toBase64Url(concat(body, sha256(concat(label('invite checksum'), body)).subarray(0, 4)));
  const bodyOf = (link: string): Uint8Array => (fromBase64Url(link.slice(prefix.length)) ?? NOTHING).slice(0, -4);
  /** The invite, taken as its receiver takes it: Bob's card, a hello, and Bob opens that. */
  const use = (link: string): void => {
    const taken = decodeInvite(link, NOW);
    const session = initiate({ ...begin, prekey: bobsInviteCard.prekey, invite: taken });
    bobOpensHello(sealBy(side(alice, session), text('hello')).packet);
  };
  const body = bodyOf(encodeInvite(invite));
  const other = createInvite(random, { ...invite, fingerprint: mallory.fingerprint, prekeyId: reusable.id, notAfter: NOW - 1 });

  describeFields({
    name: 'invite with its checksum made anew',
    genuine: body,
    other: bodyOf(encodeInvite(other)),
    fields: [
      version,
      { name: 'the channel', at: [1], values: [[2n, 'malformed'], [UNSAFE, 'malformed']] },
      { name: 'the fingerprint', at: [2], flipped: 'identityMismatch', swapped: 'identityMismatch' },
      { name: 'the id', at: [3] },
      { name: 'the secret', at: [4], flipped: 'gate', swapped: 'gate' },
      { name: 'the time it ends', at: [5], swapped: 'expired', values: [[0n, 'expired'], [BigInt(NOW) - 1n, 'expired'], [UNSAFE, 'malformed']] },
      { name: 'the id of the prekey', at: [6], flipped: 'unknownPrekey', swapped: 'unknownPrekey' },
    ],
    open: (input) => {
      use(withChecksum(input));
    },
  }); // prettier-ignore

  it('has exactly one of record key and address, each of its length', () => {
    const withAddress = bodyOf(encodeInvite(createInvite(random, { ...invite, recordKey: null, address: address() })));
    expect(outcomeOf(() => decodeInvite(withChecksum(withAddress), NOW))).toBe('accepted');
    for (const length of [0, 199, 4_097])
      expect(outcomeOf(() => decodeInvite(withChecksum(withBytes(withAddress, [8], new Uint8Array(length))), NOW))).toBe('malformed');
    expect(outcomeOf(() => decodeInvite(withChecksum(withBytes(withAddress, [7], Uint8Array.of(0x61))), NOW))).toBe('malformed');
    expect(outcomeOf(() => decodeInvite(withChecksum(withBytes(body, [8], address())), NOW))).toBe('malformed');
    expect(outcomeOf(() => decodeInvite(withChecksum(withBytes(body, [7], new Uint8Array(257))), NOW))).toBe('malformed');
    expect(outcomeOf(() => decodeInvite(withChecksum(withBytes(body, [7], Uint8Array.of(0xff))), NOW))).toBe('malformed');
  });

  it('is refused with any character changed, missing or added', () => {
    const link = encodeInvite(invite);
    for (let at = 0; at < link.length; at++) {
      const letter = link[at] === 'A' ? 'B' : 'A';
      expect(outcomeOf(() => decodeInvite(link.slice(0, at) + letter + link.slice(at + 1), NOW))).toBe('malformed');
      expect(outcomeOf(() => decodeInvite(link.slice(0, at) + link.slice(at + 1), NOW))).toBe('malformed');
    }
    expect(outcomeOf(() => decodeInvite(`${link}A`, NOW))).toBe('malformed');
    expect(outcomeOf(() => decodeInvite(`${link}=`, NOW))).toBe('malformed');
    expect(outcomeOf(() => decodeInvite(link, NOW))).toBe('accepted');
  });
});

describe('a card request', () => {
  const [first, second] = [sealCardRequest(random, { invite }), sealCardRequest(random, { invite: { id: random(8), secret: random(32) } })];
  const card = cardOf(bob, reusable);
  /** Bob takes it and answers; the one who asked reads the answer. */
  const ask = (packet: Uint8Array): void => {
    const request = openCardRequest(packet);
    if (request.invite && !equalBytes(request.invite.id, invite.id)) throw new PqError('unknownPrekey', 'No such invite.');
    if (request.invite && !verifyCardGate(request, invite.secret)) throw new PqError('gate');
    readCard(openCardAnswer(sealCardAnswer(random, request, card), first.pending), NOW);
  };
  const refit = (packet: Uint8Array): Uint8Array => {
    const padding = read(packet)?.items[5]?.bytes.length;
    return padding === undefined ? packet : withBytes(packet, [5], new Uint8Array(Math.max(0, padding + 16_384 - packet.length)));
  };
  describeFields({
    name: 'request',
    genuine: first.packet,
    other: second.packet,
    fields: [
      version,
      { name: 'the X25519 key', at: [1], flipped: 'gate', swapped: 'gate' },
      { name: 'the ML-KEM-1024 key', at: [2], flipped: 'gate', swapped: 'gate' },
      { name: 'the id of the invite', at: [3], flipped: 'unknownPrekey', swapped: 'unknownPrekey', lengths: [0] },
      { name: 'the gate', at: [4], flipped: 'gate', swapped: 'gate', lengths: [0] },
    ],
    open: ask,
    repair: refit,
  });

  it('is filled up with zeros to its length', () => {
    const length = read(first.packet)?.items[5]?.bytes.length ?? 0;
    for (const at of [0, length >> 1, length - 1])
      expect(outcomeOf(() => openCardRequest(withBytes(first.packet, [5], new Uint8Array(length).fill(1, at, at + 1))))).toBe('malformed');
    for (const other of [0, length - 1, length + 1])
      expect(outcomeOf(() => openCardRequest(withBytes(first.packet, [5], new Uint8Array(other))))).toBe('malformed');
  });

  it('without an invite brings nothing to who changed its keys: the answer is sealed to them and bound to them', () => {
    const asked = sealCardRequest(random);
    const changed = sealCardRequest(random);
    const answerTo = (packet: Uint8Array): Uint8Array => sealCardAnswer(random, openCardRequest(packet), card);
    for (const at of [1, 2]) {
      const mixed = copy(read(asked.packet) ?? byteString(NOTHING));
      const taken = read(changed.packet)?.items[at];
      if (!taken) throw new Error('no such field');
      mixed.items[at] = taken;
      for (const { pending } of [asked, changed])
        expect(outcomeOf(() => openCardAnswer(answerTo(write(mixed)), pending))).toBe('authentication');
    }
    expect(openCardAnswer(answerTo(asked.packet), asked.pending)).toEqual(card);
  });
});

describe('the answer to a card request', () => {
  const asked = sealCardRequest(random);
  const answer = (): Uint8Array => sealCardAnswer(random, openCardRequest(asked.packet), cardOf(bob, reusable));
  describeFields({
    name: 'answer',
    genuine: answer(),
    other: answer(),
    fields: [
      version,
      { name: 'the X25519 key', at: [1], flipped: 'authentication', swapped: 'authentication' },
      { name: 'the ciphertext', at: [2], flipped: 'authentication', swapped: 'authentication', lengths: [0] },
      { name: 'the box', at: [3], flipped: 'authentication', swapped: 'authentication', lengths: [0, 15, 16] },
    ],
    open: (input) => readCard(openCardAnswer(input, asked.pending), NOW),
  });

  it('is of no use to another request', () => {
    expect(outcomeOf(() => openCardAnswer(answer(), sealCardRequest(random).pending))).toBe('authentication');
  });
});

describe('an entry of the identity log', () => {
  const first = startLog(bob, NOW);
  const known = { head: logHead(first), seq: 0, identity: bob.public };
  const genuine = encodeLogEntry(rotate(first, bob, mallory, NOW + 1));
  const elsewhere = encodeLogEntry(rotate(startLog(alice, NOW + 2), alice, bob, NOW + 3));
  describeFields({
    name: 'entry',
    genuine,
    other: elsewhere,
    fields: [
      version,
      { name: 'the number', at: [1], values: [[0n, 'malformed'], [2n, 'badSignature'], [2n ** 32n - 1n, 'badSignature'], [2n ** 32n, 'malformed']] },
      { name: 'the head before', at: [2], ...signed },
      { name: 'the identity', at: [3], swapped: 'badSignature' },
      ...identityFields([3], signed),
      { name: 'the time', at: [4], swapped: 'badSignature', values: [[0n, 'badSignature'], [UNSAFE - 1n, 'badSignature'], [UNSAFE, 'malformed']] },
      { name: 'the Ed25519 signature', at: [5], ...signed },
      { name: 'the ML-DSA-65 signature', at: [6], ...signed },
      { name: 'the Ed25519 signature of the identity before', at: [7], ...signed, lengths: [0] },
      { name: 'the ML-DSA-65 signature of the identity before', at: [8], ...signed, lengths: [0] },
    ],
    open: (input) => followLog(known, input),
  }); // prettier-ignore

  it('follows its own log only, once', () => {
    expect(outcomeOf(() => followLog(known, elsewhere))).toBe('identityMismatch');
    expect(outcomeOf(() => followLog(known, encodeLogEntry(first)))).toBe('identityMismatch');
    const next = followLog(known, genuine);
    expect(outcomeOf(() => followLog(next, genuine))).toBe('identityMismatch');
    // Rightly signed by the new identity and by somebody who is not the old one.
    const stolen = rotate(startLog(alice, NOW), alice, mallory, NOW);
    expect(outcomeOf(() => followLog({ ...known, head: stolen.previous }, encodeLogEntry(stolen)))).toBe('badSignature');
  });

  it('is a first one with number 0, zeros before it and no second signatures, all or none of it', () => {
    const bytes = encodeLogEntry(first);
    expect(outcomeOf(() => decodeLogEntry(bytes))).toBe('accepted');
    expect(outcomeOf(() => decodeLogEntry(withInteger(bytes, [1], 1n)))).toBe('malformed');
    expect(outcomeOf(() => decodeLogEntry(withBytes(bytes, [2], new Uint8Array(32).fill(1))))).toBe('malformed');
    expect(outcomeOf(() => decodeLogEntry(withBytes(bytes, [7], new Uint8Array(64))))).toBe('malformed');
    expect(outcomeOf(() => decodeLogEntry(withBytes(bytes, [8], new Uint8Array(3_309))))).toBe('malformed');
  });
});
