/** The people of the vectors, their keys and documents. Everything follows from the seeds in people.json. */
import { readCard, signCard } from '../../../src/pq/card.ts';
import { createIdentity, encodePublicIdentity, expandIdentity } from '../../../src/pq/identity.ts';
import { encodeLogEntry, logHead, rotate, startLog } from '../../../src/pq/identityLog.ts';
import { createInvite, encodeInvite } from '../../../src/pq/invite.ts';
import { createPrekey, publicPrekey } from '../../../src/pq/prekey.ts';
import type { ExpandedIdentity, Invite, PrekeySecret, Profile, PublicIdentity, SignedPrekey } from '../../../src/pq/types.ts';
import { draws, drawn } from './draws.ts';
import { hex, type Json } from './json.ts';

export const NOW = 1_790_000_000_000;
export const DAY = 24 * 3_600_000;
export const WEEK = 7 * DAY;

const person = (name: string): ExpandedIdentity => expandIdentity(createIdentity(draws(`identity ${name}`, ['ed', 'pq', 'x', 'k']).random));

const prekey = (name: string, oneTime: boolean): PrekeySecret =>
  createPrekey(draws(`prekey ${name}`, ['id', 'x', 'k']).random, { notBefore: NOW, notAfter: NOW + WEEK, oneTime });

export const alice = person('alice');
export const aliceNext = person('alice, second identity');
export const bob = person('bob');
export const mallory = person('mallory');

/** An address is opaque; 200 bytes are the least it has. */
export const address = (name: string, length = 200): Uint8Array => drawn(`address ${name}`, 0, length);

const started = NOW - 30 * DAY;
export const aliceLog = startLog(alice, started);
export const aliceRotated = rotate(aliceLog, alice, aliceNext, NOW);
export const bobLog = startLog(bob, started + DAY);
export const aliceHead = logHead(aliceLog);
export const bobHead = logHead(bobLog);

export const prekeys = {
  aliceReusable: prekey('alice, reusable', false),
  bobReusable: prekey('bob, reusable', false),
  bobOneTime: prekey('bob, one-time', true),
};

export const cardFields = {
  alice: { signer: alice, prekey: prekeys.aliceReusable, nickname: 'Alice', seq: 3, head: aliceHead, addresses: [address("alice's card")] },
  bob: {
    signer: bob,
    prekey: prekeys.bobReusable,
    nickname: 'Bob ☕',
    seq: 7,
    head: bobHead,
    addresses: [address("bob's card"), address("bob's card, second", 712)],
  },
  bobInvite: { signer: bob, prekey: prekeys.bobOneTime, nickname: 'Bob ☕', seq: 8, head: bobHead, addresses: [] },
};

const signed = ({ signer, prekey: secret, nickname, seq, head, addresses }: (typeof cardFields)['bob']): Uint8Array =>
  signCard(signer, { prekey: publicPrekey(secret), nickname, seq, logHead: head, addresses, issued: NOW });

export const cards = { alice: signed(cardFields.alice), bob: signed(cardFields.bob), bobInvite: signed(cardFields.bobInvite) };
export const read = { alice: readCard(cards.alice, NOW), bob: readCard(cards.bob, NOW), bobInvite: readCard(cards.bobInvite, NOW) };

export const invite: Invite = createInvite(draws('invite', ['id', 'secret']).random, {
  fingerprint: bob.fingerprint,
  prekeyId: prekeys.bobOneTime.id,
  recordKey: 'VLD0:vectors-record-of-the-invite',
  address: null,
  notAfter: NOW + WEEK,
  channel: 'pasted',
});

export const profiles: Record<'alice' | 'bob', Profile> = {
  alice: { nickname: 'Alice', addresses: [address('alice, first'), address('alice, second')], recordKey: 'VLD0:vectors-pair-a' },
  bob: { nickname: 'Bob ☕', addresses: [address('bob, first')], recordKey: null },
};

export const publicJson = ({ ed, pq, x, k }: PublicIdentity): Json => ({ ed: hex(ed), pq: hex(pq), x: hex(x), k: hex(k) });

export const profileJson = ({ nickname, addresses, recordKey }: Profile): Json => ({
  nickname,
  addresses: addresses.map(hex),
  recordKey,
});

export const prekeyJson = ({ id, notBefore, notAfter, oneTime, x, k }: SignedPrekey | PrekeySecret): Json => ({
  id: hex(id),
  notBefore,
  notAfter,
  oneTime,
  x: hex(x),
  k: hex(k),
});

export const inviteJson = (given: Invite): Json => ({
  uri: encodeInvite(given),
  id: hex(given.id),
  fingerprint: hex(given.fingerprint),
  prekeyId: hex(given.prekeyId),
  secret: hex(given.secret),
  notAfter: given.notAfter,
  recordKey: given.recordKey,
  address: given.address && hex(given.address),
  channel: given.channel,
});

const identityJson = (identity: ExpandedIdentity): Json => ({
  seeds: publicJson(identity.seeds),
  public: publicJson(identity.public),
  encoded: hex(encodePublicIdentity(identity.public)),
  fingerprint: hex(identity.fingerprint),
});

const bothHalves = (secret: PrekeySecret): Json => ({ secret: prekeyJson(secret), public: prekeyJson(publicPrekey(secret)) });

export const people = (): Json => ({
  about: 'Keys and documents of the people in the other files, which name them. Seeds first; everything else follows from them.',
  now: NOW,
  identities: { alice: identityJson(alice), aliceNext: identityJson(aliceNext), bob: identityJson(bob), mallory: identityJson(mallory) },
  prekeys: {
    aliceReusable: bothHalves(prekeys.aliceReusable),
    bobReusable: bothHalves(prekeys.bobReusable),
    bobOneTime: bothHalves(prekeys.bobOneTime),
  },
  logs: {
    alice: {
      entries: [aliceLog, aliceRotated].map((entry) => hex(encodeLogEntry(entry))),
      heads: [aliceHead, logHead(aliceRotated)].map(hex),
    },
    bob: { entries: [hex(encodeLogEntry(bobLog))], heads: [hex(bobHead)] },
  },
  cards: { alice: hex(cards.alice), bob: hex(cards.bob), bobInvite: hex(cards.bobInvite) },
  invite: inviteJson(invite),
  profiles: { alice: profileJson(profiles.alice), bob: profileJson(profiles.bob) },
});
