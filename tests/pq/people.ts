/** People for the tests of DM/1: identities from a counter instead of chance, and the rows the store would keep for them. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { readCard, signCard } from '../../src/pq/card.ts';
import { decodeCbor, type CborValue } from '../../src/pq/cbor.ts';
import { PqError, type PqErrorCode } from '../../src/pq/errors.ts';
import { readList } from '../../src/pq/fields.ts';
import { createIdentity, expandIdentity } from '../../src/pq/identity.ts';
import { logHead, startLog } from '../../src/pq/identityLog.ts';
import { createInvite } from '../../src/pq/invite.ts';
import { createPrekey, publicPrekey } from '../../src/pq/prekey.ts';
import { helloIdOf, initiate, open, openHello, seal, type OpenedHello, type OpenedPacket, type Sealed } from '../../src/pq/session.ts';
import type { Body, ExpandedIdentity, Invite, PrekeySecret, RatchetSession, ReplayRow, SkippedRow } from '../../src/pq/types.ts';

export const NOW = 1_790_000_000_000;
export const WEEK = 7 * 24 * 3_600_000;

/** Bytes that look random and are the same in each run. */
export function counter(seed: string): (length: number) => Uint8Array {
  let calls = 0;
  return (length) => new Uint8Array(createHash('shake256', { outputLength: length }).update(`${seed} ${calls++}`).digest());
}

export const random = counter('tests');
export const address = (length = 900): Uint8Array => random(length);
export const person = (): ExpandedIdentity => expandIdentity(createIdentity(random));

export const alice = person();
export const bob = person();
export const mallory = person();

export const reusable = createPrekey(random, { notBefore: NOW, notAfter: NOW + WEEK, oneTime: false });
const oneTime = createPrekey(random, { notBefore: NOW, notAfter: NOW + WEEK, oneTime: true });

/** Head of the log of somebody who never rotated. */
export const logHeadOf = (identity: ExpandedIdentity): Uint8Array => logHead(startLog(identity, NOW));

export const cardOf = (identity: ExpandedIdentity, prekey: PrekeySecret): Uint8Array =>
  signCard(identity, {
    prekey: publicPrekey(prekey),
    nickname: 'Bob',
    seq: 7,
    logHead: logHeadOf(identity),
    addresses: [address(), address()],
  });
export const bobsCard = readCard(cardOf(bob, reusable), NOW);
export const bobsInviteCard = readCard(cardOf(bob, oneTime), NOW);

export const invite: Invite = createInvite(random, {
  fingerprint: bob.fingerprint,
  prekeyId: oneTime.id,
  recordKey: 'VLD0:key-of-a-record',
  address: null,
  notAfter: NOW + WEEK,
  channel: 'pasted',
});

export const profile = { nickname: 'Alice', addresses: [address(), address()], recordKey: 'VLD0:pair' };
export const begin = {
  identity: alice,
  peer: bob.public,
  profile,
  logHead: logHeadOf(alice),
  peerLogHead: bobsCard.logHead,
  replaces: null,
  begun: NOW,
  random,
  now: NOW,
};
/** Alice begins over a bare blob, or with Bob's invite. */
export const overBlob = (): RatchetSession => initiate({ ...begin, prekey: bobsCard.prekey, invite: null });
export const overInvite = (): RatchetSession => initiate({ ...begin, prekey: bobsInviteCard.prekey, invite });

const prekeys = new Map([reusable, oneTime].map((prekey) => [prekey.id.toString(), prekey]));
export const bobOpensHello = (packet: Uint8Array, source = random): OpenedHello =>
  openHello({
    identity: bob,
    packet,
    prekey: (id) => prekeys.get(id.toString()) ?? null,
    inviteSecret: (id) => (id.toString() === oneTime.id.toString() ? invite.secret : null),
    random: source,
    now: NOW,
  });

export const text = (words: string): Body => ({ kind: 'text', text: words, action: false });

/** One side of a conversation with what its store holds. Committing is replacing. */
export interface Side {
  identity: ExpandedIdentity;
  session: RatchetSession | null;
  skipped: SkippedRow[];
  replay: ReplayRow[];
}

export const side = (identity: ExpandedIdentity, session: RatchetSession | null = null): Side => ({
  identity,
  session,
  skipped: [],
  replay: [],
});

export function sealBy(from: Side, body: Body, source = random): Sealed {
  if (!from.session) throw new Error('no session');
  const sealed = seal(from.session, { payload: { mid: source(16), body }, random: source, now: NOW });
  from.session = sealed.session;
  return sealed;
}

export type Arrived = ({ kind: 'opened' } & OpenedPacket) | { kind: 'duplicate'; tag: Uint8Array | null };

/** Opens without committing. */
export function look(to: Side, packet: Uint8Array, source = random): Arrived {
  if (!to.session) return { kind: 'opened', ...bobOpensHello(packet, source) };
  return open(to.session, { identity: to.identity, packet, skipped: to.skipped, replay: to.replay, random: source, now: NOW });
}

export function commit(to: Side, opened: OpenedPacket): void {
  to.session = opened.session;
  const isGone = ({ chain, n }: SkippedRow): boolean => opened.skippedDelete.some((row) => row.chain === chain && row.n === n);
  to.skipped = [...to.skipped.filter((row) => !isGone(row)), ...opened.skippedAdd];
  to.replay.push(opened.replayAdd);
}

export function arrive(to: Side, packet: Uint8Array): Arrived {
  const arrived = look(to, packet);
  if (arrived.kind === 'opened') commit(to, arrived);
  return arrived;
}

/** What must open, and the text it must hold. */
export function expectText(to: Side, packet: Uint8Array, words: string): OpenedPacket {
  const arrived = arrive(to, packet);
  if (arrived.kind !== 'opened') throw new Error('a duplicate');
  expect(arrived.payload.body).toEqual(text(words));
  return arrived;
}

/** Alice and Bob after a full round trip: both confirmed. */
export function conversation(start: () => RatchetSession = overBlob): { a: Side; b: Side } {
  const a = side(alice, start());
  const b = side(bob);
  expectText(b, sealBy(a, text('hello')).packet, 'hello');
  expectText(a, sealBy(b, text('hello yourself')).packet, 'hello yourself');
  expectText(b, sealBy(a, text('how are you')).packet, 'how are you');
  return { a, b };
}

/** The code of the error `task` must throw. */
export function refused(task: () => unknown): PqErrorCode {
  try {
    task();
  } catch (error) {
    if (error instanceof PqError) return error.code;
    throw error;
  }
  throw new Error('it was accepted');
}

export function flip(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const changed = new Uint8Array(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return changed;
}

/** The items of an encoded array. */
export function items(bytes: Uint8Array): readonly CborValue[] {
  return readList(decodeCbor(bytes, bytes.length), 100);
}

export { helloIdOf };
