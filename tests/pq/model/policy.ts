/**
 * What a core does with DM/1, as small as it can be: pure functions from disk to disk that follow PROTOCOL's receive algorithm.
 * Nothing is committed in here; the world does that, or lets it crash.
 */
import { PqError } from '../../../src/pq/errors.ts';
import { followLog, type LogEntry } from '../../../src/pq/identityLog.ts';
import { packetKind } from '../../../src/pq/packet.ts';
import {
  admitHello,
  beginAfter,
  helloIdOf,
  initiate,
  isNewer,
  locate,
  makesRoom,
  matchesHint,
  open,
  openHello,
  replyBytes,
  seal,
  sendsOn,
  type Admission,
  type OpenedPacket,
} from '../../../src/pq/session.ts';
import { REPLACE_INTERVAL_MS } from '../../../src/pq/admission.ts';
import { equalBytes } from '../../../src/pq/primitives.ts';
import type { Body, ExpandedIdentity, OwnRatchet, Payload, RandomSource, RatchetSession, SignedPrekey } from '../../../src/pq/types.ts';
import { hexToBytes } from '@noble/hashes/utils.js';
import { at, type Person } from './cast.ts';
import { placeOf, toHex, type Disk, type Held, type Row } from './disk.ts';

export const DAY = 24 * 3_600_000;
const IDLE_MS = 7 * DAY;
const ROTATE_MS = 7 * DAY;
const PREKEY_MS = 30 * DAY;
const MAX_FAILURES = 3;
/** What we send on is begun anew after so long without a proof: one of ours, for the prekey that their card has by then, and theirs. */
export const RENEW_UNANSWERED_MS = 7 * DAY;
const RENEW_UNCONFIRMED_MS = 3_600_000;
/** So long a first answer is sent again. */
const KEEP_ANSWER_MS = 7 * DAY;
/** Since our new identity was told and nothing came back. */
const SILENCE_MS = 3_600_000;
const UNKNOWN_SESSION = new Uint8Array(16);

export interface Surroundings {
  person: Person;
  random: RandomSource;
  ratchet: () => OwnRatchet;
  now: number;
}

/** What stands in somebody's record: a card, whose signatures were checked, and the identity log. */
export interface Published {
  identity: ExpandedIdentity['public'];
  fingerprint: Uint8Array;
  prekey: SignedPrekey;
  head: Uint8Array;
  log: readonly { entry: LogEntry; bytes: Uint8Array }[];
}

export type Taken =
  | {
      kind: 'opened';
      disk: Disk;
      session: string;
      payload: Payload;
      acknowledged: string[];
      reply: Uint8Array;
      admission: Admission | null;
    }
  | { kind: 'duplicate'; session: string; reply: Uint8Array | null }
  /** A valid header with another packet in a place that was opened: the sender went back in time. */
  | { kind: 'rollback'; session: string }
  | { kind: 'dropped'; why: PqError['code'] | 'stranger' | 'refused' | 'full' | 'noSession' };

export const identityOf = (disk: Disk, { identities }: Person): ExpandedIdentity => at(identities, disk.rotations);

const PROFILE: Body = { kind: 'profile', nickname: 'somebody', addresses: [], recordKey: null };

export const queue = (disk: Disk, mid: Uint8Array, body: Body, on: string | null = null): Disk => ({
  ...disk,
  outbox: [...disk.outbox, { mid: toHex(mid), body, on, sealed: null }],
});

const activeOf = ({ sessions }: Disk): RatchetSession[] => [...sessions.values()].filter(({ active }) => active).map(({ state }) => state);
const idOf = (state: RatchetSession | undefined): string | null => (state ? toHex(state.id) : null);
/** The session that texts go on. */
export const sendingOf = (disk: Disk): string | null => idOf(sendsOn(activeOf(disk)));
const retire = (disk: Disk, isOver: (state: RatchetSession) => boolean): Disk => ({
  ...disk,
  sessions: new Map([...disk.sessions].map(([id, held]) => [id, held.active && isOver(held.state) ? { ...held, active: false } : held])),
});

const isAnswered = ({ state }: Held): boolean => !state.initiator || state.receive !== null;
const withSession = (disk: Disk, id: string, held: Held): Disk => ({ ...disk, sessions: new Map(disk.sessions).set(id, held) });

/** The rest of what an opened packet changes, whichever session it is of. */
function commit(
  disk: Disk,
  id: string,
  before: Held | { active: boolean },
  opened: OpenedPacket,
  { now, random }: Surroundings,
): { disk: Disk; acknowledged: string[] } {
  const held = 'state' in before ? before : null;
  const skipped = new Map(held?.skipped);
  for (const gone of opened.skippedDelete) skipped.delete(placeOf(gone));
  for (const row of opened.skippedAdd) skipped.set(placeOf(row), row);
  const replay = new Map(held?.replay).set(placeOf(opened.replayAdd), opened.replayAdd);
  const { session } = opened;
  let next = withSession(disk, id, {
    state: session,
    active: before.active,
    created: held?.created ?? now,
    used: now,
    skipped,
    replay,
  });

  const mid = toHex(opened.mid);
  const acknowledged = opened.acknowledged.map(toHex).filter((known) => next.outbox.some((row) => row.mid === known));
  next = { ...next, outbox: next.outbox.filter((row) => !acknowledged.includes(row.mid)) };
  const { body } = opened.payload;
  if (!next.received.has(mid)) {
    const shown = body.kind === 'text' ? [...next.shown, { mid, text: body.text }] : next.shown;
    next = { ...next, received: new Set(next.received).add(mid), shown };
  }
  if (body.kind === 'identity') next = follow(next, body.entry);
  // A proof of who they are: nothing is sent in what is older any more.
  if (held?.active && session.confirmed && !held.state.confirmed) {
    const isReplaced = !session.initiator && activeOf(next).some((state) => state.confirmed && isNewer(session, state));
    next = { ...retire(next, (state) => isNewer(session, state)), lastReplaced: isReplaced ? now : next.lastReplaced };
  }
  // A packet of ours makes things certain (B.3): our first answer, and what we say to theirs.
  if (held === null && before.active) next = queue(next, random(16), PROFILE, id);
  else if (held?.active && !isAnswered(held)) next = queue(next, random(16), { kind: 'ack' }, id);
  return { disk: next, acknowledged };
}

/** Goes one entry on; what does not follow is left alone. */
function follow(disk: Disk, entry: Uint8Array): Disk {
  if (!disk.peer) return disk;
  try {
    const peer = followLog(disk.peer, entry);
    const sessions = new Map([...disk.sessions].map(([id, held]) => [id, { ...held, state: { ...held.state, peerLogHead: peer.head } }]));
    return { ...disk, peer, sessions };
  } catch (error) {
    if (error instanceof PqError) return disk;
    throw error;
  }
}

function takeInSession(disk: Disk, id: string, held: Held, packet: Uint8Array, around: Surroundings): Taken {
  const place = placeOf(locate(held.state, packet));
  const [skipped, replay] = [held.skipped.get(place), held.replay.get(place)];
  const own = around.person.identities.find(({ fingerprint }) => equalBytes(fingerprint, held.state.ownFingerprint));
  if (!own) throw new Error('a session of nobody');
  const opened = open(held.state, {
    identity: own,
    packet,
    skipped: skipped ? [skipped] : [],
    replay: replay ? [replay] : [],
    random: around.random,
    ratchet: around.ratchet,
    now: around.now,
  });
  if (opened.kind === 'duplicate') return { kind: 'duplicate', session: id, reply: opened.tag && replyBytes(opened.tag, around.random) };
  const committed = commit(disk, id, held, opened, around);
  return {
    kind: 'opened',
    disk: committed.disk,
    session: id,
    payload: opened.payload,
    acknowledged: committed.acknowledged,
    reply: replyBytes(opened.ackTag, around.random),
    admission: null,
  };
}

function takeHello(disk: Disk, packet: Uint8Array, around: Surroundings): Taken {
  const hello = openHello({
    identity: identityOf(disk, around.person),
    packet,
    prekey: (id) => disk.prekeys.find(({ secret }) => equalBytes(secret.id, id))?.secret ?? null,
    inviteSecret: () => null,
    random: around.random,
    ratchet: around.ratchet,
    now: around.now,
  });
  const { session } = hello;
  if (disk.peer && !equalBytes(disk.peer.fingerprint, session.peerFingerprint)) return { kind: 'dropped', why: 'stranger' };
  const admission = admitHello(session, { held: activeOf(disk), lastReplaced: disk.lastReplaced, now: around.now });
  if (admission === 'refused') return { kind: 'dropped', why: 'refused' };
  const active = [...disk.sessions.values()].filter((held) => held.active);
  const room = makesRoom(
    active.map(({ state, created }) => ({ ...state, created })),
    around.now,
  );
  if (admission !== 'older' && room === 'full') return { kind: 'dropped', why: 'full' };
  const goes = admission === 'older' || room === 'full' ? null : room;
  const id = toHex(session.id);
  const next: Disk = {
    ...retire(disk, (state) => goes !== null && equalBytes(state.id, goes.id)),
    peer: disk.peer ?? { identity: hello.peer, fingerprint: session.peerFingerprint, head: hello.logHead, seq: null },
    hellos: new Map(disk.hellos).set(toHex(session.helloId), toHex(hello.prekeyId)),
    stateLost: false,
  };
  const committed = commit(next, id, { active: admission !== 'older' }, hello, around);
  return {
    kind: 'opened',
    ...committed,
    session: id,
    payload: hello.payload,
    reply: replyBytes(hello.ackTag, around.random),
    admission,
  };
}

/** One packet. Whatever it is, the disk that was given stays as it was. */
export function take(disk: Disk, packet: Uint8Array, around: Surroundings): Taken {
  let id = '';
  try {
    const kind = packetKind(packet);
    if (kind === 'hello') {
      const hello = helloIdOf(packet);
      const known = [...disk.sessions].find(([, { state }]) => equalBytes(state.helloId, hello));
      if (!known) return disk.hellos.has(toHex(hello)) ? { kind: 'dropped', why: 'replay' } : takeHello(disk, packet, around);
      id = known[0];
      return takeInSession(disk, id, known[1], packet, around);
    }
    if (kind !== 'session') return { kind: 'dropped', why: 'malformed' };
    const found = [...disk.sessions].find(([, { state }]) => matchesHint(state, packet));
    if (!found) return { kind: 'dropped', why: 'noSession' };
    id = found[0];
    return takeInSession(disk, id, found[1], packet, around);
  } catch (error) {
    if (!(error instanceof PqError)) throw error;
    return error.code === 'rollback' ? { kind: 'rollback', session: id } : { kind: 'dropped', why: error.code };
  }
}

/** A new session by us; the ones there are only receive from now on. Null where their record leads to somebody else. */
export function begin(disk: Disk, published: Published, around: Surroundings): Disk | null {
  const known = readRecord(disk, published);
  if (!known.peer || !equalBytes(known.peer.fingerprint, published.fingerprint)) return null;
  const { person, random, ratchet, now } = around;
  const last = sendingOf(disk);
  const begun = beginAfter(
    [...disk.sessions.values()].map(({ state }) => state),
    now,
  );
  try {
    const state = initiate({
      identity: identityOf(disk, person),
      peer: published.identity,
      prekey: published.prekey,
      invite: null,
      profile: { nickname: 'somebody', addresses: [], recordKey: null },
      logHead: at(person.log, disk.rotations).head,
      peerLogHead: known.peer.head,
      replaces: last === null ? (disk.stateLost ? UNKNOWN_SESSION : null) : hexToBytes(last),
      begun,
      random,
      ratchet,
      now,
    });
    const id = toHex(state.id);
    const held = { state, active: true, created: now, used: now, skipped: new Map(), replay: new Map() };
    const next = withSession(
      retire(known, (other) => toHex(other.id) === last),
      id,
      held,
    );
    return next.outbox.some(({ body, on }) => body.kind !== 'identity' && on === null) ? next : queue(next, random(16), PROFILE);
  } catch (error) {
    if (error instanceof PqError) return null;
    throw error;
  }
}

/** Pins who stands there, or follows their log from what is pinned. */
export function readRecord(disk: Disk, { identity, fingerprint, head, log }: Published): Disk {
  if (!disk.peer) return { ...disk, peer: { identity, fingerprint, head, seq: log.length - 1 } };
  let next = disk;
  for (const { entry, bytes } of log) {
    if (next.peer && !equalBytes(next.peer.head, head) && equalBytes(entry.previous, next.peer.head)) next = follow(next, bytes);
  }
  return next;
}

/** Seals what is not sealed for the session it goes on now, under the ids it has. */
export function sealAll(disk: Disk, { person, random, now }: Surroundings): Disk {
  const main = sendingOf(disk);
  const sending = main === null ? undefined : disk.sessions.get(main);
  // A session that was begun with the new identity proves that they know it.
  const isKnown = sending !== undefined && equalBytes(sending.state.ownFingerprint, identityOf(disk, person).fingerprint);
  const isOver = ({ body, on }: Row): boolean =>
    (isKnown && body.kind === 'identity') ||
    (on !== null && (disk.sessions.get(on)?.active !== true || now - (disk.sessions.get(on)?.created ?? 0) >= KEEP_ANSWER_MS));
  let next: Disk = { ...disk, outbox: disk.outbox.filter((row) => !isOver(row)) };
  for (const row of next.outbox) {
    const session = row.on ?? main;
    const held = session === null ? undefined : next.sessions.get(session);
    if (session === null || !held || row.sealed?.session === session) continue;
    try {
      const made = seal(held.state, { payload: { mid: hexToBytes(row.mid), body: row.body }, random, now });
      const sealed = { packet: made.packet, tag: made.ackTag, session, chain: held.state.send.number, failures: 0 };
      next = withSession(next, session, { ...held, state: made.session, used: now });
      next = { ...next, outbox: next.outbox.map((other) => (other.mid === row.mid ? { ...other, sealed } : other)) };
    } catch (error) {
      // Too long beside a hello: it waits for the first answer.
      if (!(error instanceof PqError && error.code === 'limit')) throw error;
    }
  }
  return next;
}

/** A packet that fails three times while others pass is sealed anew under the same id: its chain may be gone (design §6.5). */
export function failed(disk: Disk, packets: readonly Uint8Array[]): Disk {
  const count = (row: Row): Row => {
    if (!row.sealed || !packets.includes(row.sealed.packet)) return row;
    const failures = row.sealed.failures + 1;
    return { ...row, sealed: failures < MAX_FAILURES ? { ...row.sealed, failures } : null };
  };
  return { ...disk, outbox: disk.outbox.map(count) };
}

/** A reset after a rollback was seen: at most one an hour, and none while a hello of ours waits. */
export function reset(disk: Disk, session: string, published: Published, around: Surroundings): Disk | null {
  const main = sendingOf(disk);
  const sending = main === null ? undefined : disk.sessions.get(main);
  const isSoon = disk.lastReset !== null && around.now - disk.lastReset < REPLACE_INTERVAL_MS;
  if (isSoon || session !== main || !sending || !isAnswered(sending)) return null;
  const begun = begin(disk, published, around);
  return begun && { ...begun, lastReset: around.now };
}

/** Takes the next identity, and tells it in the session there is. */
export function rotateIdentity(
  disk: Disk,
  { person, random, now }: Surroundings,
  prekey: Disk['prekeys'][number]['signed'],
  secret: Disk['prekeys'][number]['secret'],
): Disk {
  const next = { ...disk, rotations: disk.rotations + 1, prekeys: [{ secret, signed: prekey, made: now }] };
  const { bytes } = at(person.log, next.rotations);
  return sendingOf(disk) === null ? next : queue(next, random(16), { kind: 'identity', entry: bytes });
}

/** What happens by the clock: prekeys, idle sessions, hellos without an answer, and the record of the other. */
export function upkeep(disk: Disk, published: Published, freshPrekey: () => Disk['prekeys'][number], around: Surroundings): Disk {
  const { now, person } = around;
  let next = readRecord(disk, published);
  const prekeys = next.prekeys.filter(({ made }) => now - made <= PREKEY_MS);
  const newest = prekeys[0];
  next = { ...next, prekeys: newest && now - newest.made < ROTATE_MS ? prekeys : [freshPrekey(), ...prekeys] };
  const living = new Set(next.prekeys.map(({ secret }) => toHex(secret.id)));
  const isKept = ([, held]: [string, Held]): boolean => held.active || now - held.used <= IDLE_MS;
  next = {
    ...next,
    sessions: new Map([...next.sessions].filter(isKept)),
    hellos: new Map([...next.hellos].filter(([, prekey]) => living.has(prekey))),
  };
  const sending = sendingOf(next);
  const held = sending === null ? undefined : next.sessions.get(sending);
  const own = identityOf(next, person).fingerprint;
  const isPending = held !== undefined && !held.state.confirmed;
  const isOver = isPending && now - held.created >= (held.state.initiator ? RENEW_UNANSWERED_MS : RENEW_UNCONFIRMED_MS);
  const isOfOld = held !== undefined && !isPending && !equalBytes(held.state.ownFingerprint, own);
  const isTold = isOfOld && (!next.outbox.some(({ body }) => body.kind === 'identity') || now - held.used > SILENCE_MS);
  const isWanted = held === undefined && (next.outbox.length > 0 || next.stateLost);
  return isOver || isTold || isWanted ? (begin(next, published, around) ?? next) : next;
}
