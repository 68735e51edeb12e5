/** V9: two hellos at the same time, what a hello may do to the sessions there are, and a session that replaces another. */
import {
  KEEP_WAITING_MS,
  MAX_WAITING_SESSIONS,
  admitHello,
  answersOn,
  beginAfter,
  isNewer,
  makesRoom,
  sendsOn,
  type Admission,
} from '../../../src/pq/admission.ts';
import { sha256 } from '../../../src/pq/primitives.ts';
import { initiate, open, openHello, type OpenedHello } from '../../../src/pq/session.ts';
import type { Card, ExpandedIdentity, PrekeySecret, Profile, RatchetSession } from '../../../src/pq/types.ts';
import { DAY, NOW, alice, aliceHead, bob, bobHead, prekeys, profiles, read } from './cast.ts';
import { draws, type Draws } from './draws.ts';
import { hex, type Json } from './json.ts';
import { FIRST_TURN_DRAWS, TURN_DRAWS, send, text, type Sent } from './message.ts';
import { afterRoundTrip } from './v5.ts';

const HOUR = 3_600_000;
const INITIATE_DRAWS = ['e', 'm for the prekey', 'm for the identity key', 'x', 'k'];

interface Side {
  name: 'alice' | 'bob';
  identity: ExpandedIdentity;
  profile: Profile;
  head: Uint8Array;
  /** The prekey of their card, and the card of the other side. */
  prekey: PrekeySecret;
  prekeyName: string;
  card: Card;
}

const sides: Record<'alice' | 'bob', Side> = {
  alice: {
    name: 'alice',
    identity: alice,
    profile: profiles.alice,
    head: aliceHead,
    prekey: prekeys.aliceReusable,
    prekeyName: 'aliceReusable',
    card: read.bob,
  },
  bob: {
    name: 'bob',
    identity: bob,
    profile: profiles.bob,
    head: bobHead,
    prekey: prekeys.bobReusable,
    prekeyName: 'bobReusable',
    card: read.alice,
  },
};

interface Begun {
  side: Side;
  taken: Draws;
  start: RatchetSession;
  first: Sent;
}

function begin(side: Side, name: string, begun = NOW, replaces: Uint8Array | null = null): Begun {
  const taken = draws(`initiate ${name} ${side.name}`, INITIATE_DRAWS);
  const start = initiate({
    identity: side.identity,
    peer: side.card.identity,
    prekey: side.card.prekey,
    invite: null,
    profile: side.profile,
    logHead: side.head,
    peerLogHead: side.card.logHead,
    replaces,
    begun,
    random: taken.random,
    now: NOW,
  });
  return { side, taken, start, first: send(start, `${name} ${side.name}`, text(`${side.name} begins`)) };
}

function greet(side: Side, name: string, packet: Uint8Array): { opened: OpenedHello; taken: Draws } {
  const taken = draws(`greet ${name} ${side.name}`, FIRST_TURN_DRAWS);
  const opened = openHello({
    identity: side.identity,
    packet,
    prekey: () => side.prekey,
    inviteSecret: () => null,
    random: taken.random,
    now: NOW,
  });
  return { opened, taken };
}

const sidOf = (session: RatchetSession | undefined): Json => (session ? hex(session.id) : null);
const choiceOf = (held: readonly RatchetSession[]) => ({ sendsOn: sidOf(sendsOn(held)), answersOn: answersOn(held).map(sidOf) });
/** What a session that becomes confirmed makes receive-only. */
const retiredBy = (fresh: RatchetSession, held: readonly RatchetSession[]): Json =>
  held.filter((other) => isNewer(fresh, other)).map(sidOf);

const begunJson = ({ side, taken, start, first }: Begun): Json => ({
  by: side.name,
  prekey: side.name === 'alice' ? 'bobReusable' : 'aliceReusable',
  draws: taken.json(),
  begun: start.begun,
  helloId: hex(start.helloId),
  sid: hex(start.id),
  message: { mid: hex(first.mid), text: `${side.name} begins`, draws: first.draws.json(), packet: hex(first.packet) },
});

interface Crossing {
  name: string;
  /** Whose hello is the newer one: both send on it in the end. */
  newer: 'alice' | 'bob';
  begun: Record<'alice' | 'bob', number>;
}

const crossings: readonly Crossing[] = [
  { name: 'alice began later', newer: 'alice', begun: { alice: NOW, bob: NOW - 1 } },
  { name: 'bob began later', newer: 'bob', begun: { alice: NOW - HOUR, bob: NOW } },
  { name: 'begun at the same time, the hello of alice has the smaller id', newer: 'alice', begun: { alice: NOW, bob: NOW } },
  { name: 'begun at the same time, the hello of bob has the smaller id', newer: 'bob', begun: { alice: NOW, bob: NOW } },
];

/** Both began. Where the times decide, the ids are the other way round, so that they cannot have decided. */
function crossing({ name: title, newer, begun: times }: Crossing): Json {
  const other = newer === 'alice' ? 'bob' : 'alice';
  const smaller = times.alice === times.bob ? newer : other;
  let attempt = 0;
  let begun: Record<'alice' | 'bob', Begun>;
  for (; ; attempt++) {
    const seed = `${title} ${attempt}`;
    begun = { alice: begin(sides.alice, seed, times.alice), bob: begin(sides.bob, seed, times.bob) };
    if (hex(begun.alice.start.helloId) < hex(begun.bob.start.helloId) === (smaller === 'alice')) break;
  }
  const name = `${title} ${attempt}`;
  if (!isNewer(begun[newer].start, begun[other].start)) throw new Error(`${title}: the other one is newer`);
  const met = (who: 'alice' | 'bob', from: 'alice' | 'bob'): { opened: OpenedHello; json: Json } => {
    const { opened, taken } = greet(sides[who], name, begun[from].first.packet);
    const held = [begun[who].start, opened.session];
    const json = {
      at: who,
      prekey: sides[who].prekeyName,
      draws: taken.json(),
      ackTag: hex(opened.ackTag),
      sid: hex(opened.session.id),
      begun: opened.session.begun,
      admission: admitHello(opened.session, { held: held.slice(0, 1), lastReplaced: null, now: NOW }),
      ...choiceOf(who === newer ? held.slice(0, 1) : held),
    };
    if (json.sendsOn !== hex(begun[who].start.id)) throw new Error(`${title}: ${who} sends on what nobody has proven`);
    if ((json.admission === 'older') !== (who === newer)) throw new Error(`${title}: ${json.admission} at ${who}`);
    return { opened, json };
  };
  const atOther = met(other, newer);
  const atNewer = met(newer, other);

  // Whoever began earlier answers in the session of the other, and goes over to it when that is confirmed; what was sent on the
  // earlier one still opens.
  const answer = send(atOther.opened.session, `${name} answer`, text('in your session'));
  const turn = draws(`${name} answer opened`, TURN_DRAWS);
  const winner = begun[newer];
  const answered = open(winner.first.session, {
    identity: winner.side.identity,
    packet: answer.packet,
    skipped: [],
    replay: [],
    random: turn.random,
    now: NOW,
  });
  if (answered.kind !== 'opened') throw new Error('not opened');
  const proof = send(answered.session, `${name} proof`, text('it is me'));
  const again = draws(`${name} proof opened`, TURN_DRAWS);
  const proven = open(answer.session, {
    identity: begun[other].side.identity,
    packet: proof.packet,
    skipped: [],
    replay: [atOther.opened.replayAdd],
    random: again.random,
    now: NOW,
  });
  if (proven.kind !== 'opened') throw new Error('not opened');
  const both = [begun[other].start, proven.session];
  const late = send(begun[other].first.session, `${name} late`, text('sent before I knew'));
  const { opened } = atNewer;
  const lateOpened = open(opened.session, {
    identity: winner.side.identity,
    packet: late.packet,
    skipped: opened.skippedAdd,
    replay: [opened.replayAdd],
    random: () => {
      throw new Error('no turn');
    },
    now: NOW,
  });
  if (lateOpened.kind !== 'opened') throw new Error('not opened');
  return {
    name: title,
    begun: [begunJson(begun.alice), begunJson(begun.bob)],
    met: [atOther.json, atNewer.json],
    sendsOn: hex(winner.start.id),
    answer: {
      by: other,
      session: hex(winner.start.id),
      mid: hex(answer.mid),
      text: 'in your session',
      draws: answer.draws.json(),
      packet: hex(answer.packet),
      opened: { at: newer, draws: turn.json(), ackTag: hex(answered.ackTag), acknowledged: answered.acknowledged.map(hex) },
    },
    proof: {
      by: newer,
      session: hex(winner.start.id),
      mid: hex(proof.mid),
      text: 'it is me',
      draws: proof.draws.json(),
      packetSha256: hex(sha256(proof.packet)),
      opened: {
        at: other,
        draws: again.json(),
        ackTag: hex(proven.ackTag),
        receivesOnly: retiredBy(proven.session, both),
        ...choiceOf(both),
      },
    },
    late: {
      by: other,
      session: hex(begun[other].start.id),
      mid: hex(late.mid),
      text: 'sent before I knew',
      draws: late.draws.json(),
      packetSha256: hex(sha256(late.packet)),
      opened: { at: newer, ackTag: hex(lateOpened.ackTag) },
    },
  };
}

type Facts = Pick<RatchetSession, 'begun' | 'helloId' | 'initiator' | 'confirmed'>;

const [small, large, close] = [new Uint8Array(32), new Uint8Array(32).fill(0xff), Uint8Array.of(...new Uint8Array(31), 1)];
const theirs = (begun: number, helloId = small): Facts => ({ begun, helloId, initiator: false, confirmed: false });
const ours = (begun: number, helloId = small): Facts => ({ ...theirs(begun, helloId), initiator: true });
const confirmed = (session: Facts): Facts => ({ ...session, confirmed: true });
const factsJson = (held: readonly Facts[]): Json =>
  held.map(({ begun, helloId, initiator, confirmed: proven }) => ({ begun, helloId: hex(helloId), initiator, confirmed: proven }));

function admissions(): Json {
  interface Case {
    hello?: Pick<Facts, 'begun' | 'helloId'>;
    held?: Facts[];
    lastReplaced?: number;
  }
  const established = [confirmed(theirs(NOW - DAY))];
  const cases: [string, Case, Admission][] = [
    ['a stranger', {}, 'first'],
    ['a contact whose sessions are all lost', { lastReplaced: NOW }, 'first'],
    ['a stranger who began long ago', { hello: theirs(0) }, 'first'],
    ['a stranger whose clock is a day ahead', { hello: theirs(NOW + DAY) }, 'first'],
    ['a stranger whose clock is more than a day ahead', { hello: theirs(NOW + DAY + 1) }, 'refused'],
    ['both began, theirs later', { held: [ours(NOW - 1)] }, 'first'],
    ['both began, ours later', { held: [ours(NOW + 1)] }, 'older'],
    ['both began at the same time, theirs has the smaller id', { held: [ours(NOW, large)] }, 'first'],
    ['both began at the same time, ours has the smaller id', { hello: theirs(NOW, large), held: [ours(NOW)] }, 'older'],
    ['both began at the same time, the ids differ in the last byte', { hello: theirs(NOW, close), held: [ours(NOW)] }, 'older'],
    ['both began, and an hour has not passed since the last replacement', { held: [ours(NOW - 1)], lastReplaced: NOW }, 'first'],
    ['they began twice, and nothing of it is confirmed', { held: [theirs(NOW - 1)] }, 'first'],
    ['they began twice, the newer one came first, and nothing is confirmed', { held: [theirs(NOW + 1)] }, 'first'],
    ['there is a confirmed session, and it was never replaced', { held: established }, 'replaces'],
    ['the confirmed session is ours', { held: [confirmed(ours(NOW - DAY))] }, 'replaces'],
    ['a confirmed session that was begun at the same time, with the larger id', { held: [confirmed(theirs(NOW, large))] }, 'replaces'],
    ['a confirmed session that was begun later', { held: [confirmed(theirs(NOW + 1))] }, 'older'],
    [
      'a confirmed session that was begun later, and one that was replaced just now',
      { held: [confirmed(ours(NOW + 1))], lastReplaced: NOW },
      'older',
    ],
    ['it was replaced an hour ago', { held: established, lastReplaced: NOW - HOUR }, 'replaces'],
    ['it was replaced a millisecond less than an hour ago', { held: established, lastReplaced: NOW - HOUR + 1 }, 'refused'],
    ['it was replaced just now', { held: established, lastReplaced: NOW }, 'refused'],
    ['it was replaced in the future: the clock went back', { held: established, lastReplaced: NOW + HOUR }, 'refused'],
    [
      'there is a confirmed session, and the hello is more than a day ahead',
      { hello: theirs(NOW + DAY + 1), held: established },
      'refused',
    ],
    ['a confirmed session, and one of theirs that waits and is newer', { held: [...established, theirs(NOW + 1)] }, 'replaces'],
    ['a confirmed session, and one of ours that waits and is older', { held: [...established, ours(NOW - 1)] }, 'replaces'],
    ['a confirmed session, and one of ours that waits and is newer', { held: [...established, ours(NOW + 1)] }, 'older'],
  ];
  return cases.map(([name, { hello = theirs(NOW), held = [], lastReplaced = null }, expected]): Json => {
    const admission = admitHello(hello, { held, lastReplaced, now: NOW });
    if (admission !== expected) throw new Error(`${name}: ${admission}, not ${expected}`);
    return { name, hello: { begun: hello.begun, helloId: hex(hello.helloId) }, held: factsJson(held), lastReplaced, now: NOW, admission };
  });
}

/** Which of the sessions that may send does, and which only get the first answer, newest first; by their place in `held`. */
function choices(): Json {
  const old = confirmed(theirs(NOW - DAY));
  const cases: [string, Facts[], sends: number | null, answers: number[], begin: number][] = [
    ['none', [], null, [], NOW],
    ['one that we began', [ours(NOW - 1)], 0, [], NOW],
    ['one that they began', [theirs(NOW - 1)], 0, [], NOW],
    ['one that they began with a clock that is ahead', [theirs(NOW + HOUR)], 0, [], NOW],
    ['two that they began, the newer one first', [theirs(NOW - 1), theirs(NOW - 2)], 0, [1], NOW],
    ['a confirmed one, begun just now', [confirmed(ours(NOW))], 0, [], NOW + 1],
    ['a confirmed one of a clock that is ahead', [confirmed(theirs(NOW + HOUR))], 0, [], NOW + HOUR + 1],
    ['both began, theirs later: ours sends until theirs is confirmed', [ours(NOW - 2), theirs(NOW - 1)], 0, [1], NOW],
    ['both began, theirs later and confirmed', [ours(NOW - 2), confirmed(theirs(NOW - 1))], 1, [], NOW],
    ['both began, ours later', [ours(NOW - 1), theirs(NOW - 2)], 0, [1], NOW],
    ['both began at the same time, theirs has the smaller id', [ours(NOW, close), theirs(NOW)], 0, [1], NOW + 1],
    ['they replace a confirmed one: the old one sends, the new one gets the first answer', [old, theirs(NOW)], 0, [1], NOW],
    ['their new one is confirmed', [old, confirmed(theirs(NOW))], 1, [], NOW + 1],
    ['we replace a confirmed one: the new one sends', [old, ours(NOW)], 1, [], NOW + 1],
    ['both replace it, ours later', [old, theirs(NOW - 2), ours(NOW - 1)], 2, [1], NOW],
    ['both replace it, theirs later: ours sends until theirs is confirmed', [old, ours(NOW - 2), theirs(NOW - 1)], 1, [2], NOW],
    ['both replace it, theirs later and confirmed', [old, ours(NOW - 2), confirmed(theirs(NOW - 1))], 2, [], NOW],
    ['they replace it twice: both get the first answer', [old, theirs(NOW - 2), theirs(NOW - 1)], 0, [2, 1], NOW],
    ['theirs is older than the confirmed one', [old, theirs(NOW - DAY - 1)], 0, [1], NOW],
    ['in another order', [theirs(NOW - 1), old, ours(NOW - 2)], 2, [0], NOW],
  ];
  return cases.map(([name, held, sends, answers, begin]): Json => {
    const [sending, answering] = [sendsOn(held), answersOn(held)];
    const place = (session: Facts | undefined): number | null => (session ? held.indexOf(session) : null);
    const result = [place(sending), answering.map(place), beginAfter(held, NOW)];
    if (JSON.stringify(result) !== JSON.stringify([sends, answers, begin])) throw new Error(`${name}: ${JSON.stringify(result)}`);
    return { name, held: factsJson(held), sendsOn: sends, answersOn: answers, now: NOW, beginAfter: begin };
  });
}

/** Whether one more hello may wait. `created`: when each of them came. */
function rooms(): Json {
  const waiting = (count: number, oldest: number): (Facts & { created: number })[] =>
    Array.from({ length: count }, (_, index) => ({ ...theirs(NOW - index), created: oldest + (count - 1 - index) }));
  const held = { ...confirmed(theirs(NOW - 9 * DAY)), created: NOW - 9 * DAY };
  const mine = { ...ours(NOW), created: NOW - 9 * DAY };
  const [most, day] = [MAX_WAITING_SESSIONS, KEEP_WAITING_MS];
  const cases: [string, (Facts & { created: number })[], number | null | 'full'][] = [
    ['none waits', [held], null],
    ['one fewer than may', [held, ...waiting(most - 1, NOW - 9 * DAY)], null],
    ['as many as may, and the oldest came less than a day ago', [held, ...waiting(most, NOW - day + 1)], 'full'],
    ['as many as may, and the oldest came a day ago: it only receives', [held, ...waiting(most, NOW - day)], most],
    ['as many as may, and no other one', waiting(most, NOW - day), most - 1],
    ['what we began does not wait', [mine, held, ...waiting(most - 1, NOW - day)], null],
  ];
  return cases.map(([name, all, expected]): Json => {
    const room = makesRoom(all, NOW);
    const result = room === null || room === 'full' ? room : all.indexOf(room);
    if (result !== expected) throw new Error(`${name}: ${String(result)}`);
    const shown = all.map(({ begun, helloId, initiator, confirmed: proven, created }) => ({
      begun,
      helloId: hex(helloId),
      initiator,
      confirmed: proven,
      created,
    }));
    return { name, held: shown, now: NOW, room: result };
  });
}

function replacing(): Json {
  const old = afterRoundTrip().b.session;
  const later = beginAfter([afterRoundTrip().a.session], NOW);
  const cases: [string, Uint8Array | null, number, boolean][] = [
    ['the session of the first exchange of V5', old.id, later, true],
    ['a session whose id was lost', new Uint8Array(16), later, false],
    ['none', null, NOW, false],
  ];
  return cases.map(([name, replaces, time, whole]): Json => {
    const begun = begin(sides.alice, `replaces ${name}`, time, replaces);
    const { opened, taken } = greet(sides.bob, `replaces ${name}`, begun.first.packet);
    if (opened.replaces?.join() !== replaces?.join()) throw new Error('another session is replaced');
    const { packet } = begun.first;
    const held = [old, opened.session];
    return {
      name,
      replaces: replaces && hex(replaces),
      begun: time,
      draws: begun.taken.json(),
      message: {
        mid: hex(begun.first.mid),
        text: 'alice begins',
        draws: begun.first.draws.json(),
        packetSha256: hex(sha256(packet)),
        ...(whole ? { packet: hex(packet) } : {}),
      },
      opened: {
        draws: taken.json(),
        sid: hex(opened.session.id),
        replaces: opened.replaces && hex(opened.replaces),
        begun: opened.session.begun,
        ackTag: hex(opened.ackTag),
      },
      ...(whole ? { whileOldIsHeld: takingOver(begun, held) } : {}),
    };
  });
}

/** Bob holds the old, confirmed session and the new one: he answers once in the new one, and sends there when it is confirmed. */
function takingOver(begun: Begun, held: RatchetSession[]): Json {
  const [old, fresh] = held;
  if (!old || !fresh) throw new Error('two sessions');
  const admission = admitHello(fresh, { held: [old], lastReplaced: null, now: NOW });
  const answer = send(fresh, 'replaces answer', text('in the new session'));
  const turn = draws('replaces answer opened', TURN_DRAWS);
  const answered = open(begun.first.session, {
    identity: alice,
    packet: answer.packet,
    skipped: [],
    replay: [],
    random: turn.random,
    now: NOW,
  });
  if (answered.kind !== 'opened') throw new Error('not opened');
  const proof = send(answered.session, 'replaces proof', text('it is me'));
  const again = draws('replaces proof opened', TURN_DRAWS);
  const proven = open(answer.session, { identity: bob, packet: proof.packet, skipped: [], replay: [], random: again.random, now: NOW });
  if (proven.kind !== 'opened') throw new Error('not opened');
  const part = (by: string, words: string, sent: Sent, taken: Draws, ackTag: Uint8Array): Json => ({
    by,
    mid: hex(sent.mid),
    text: words,
    draws: sent.draws.json(),
    packetSha256: hex(sha256(sent.packet)),
    opened: { draws: taken.json(), ackTag: hex(ackTag) },
  });
  return {
    admission,
    first: choiceOf(held),
    answer: part('bob', 'in the new session', answer, turn, answered.ackTag),
    proof: part('alice', 'it is me', proof, again, proven.ackTag),
    receivesOnly: retiredBy(proven.session, [old, proven.session]),
    confirmed: choiceOf([old, proven.session]),
  };
}

export function v9(): Json {
  return {
    about:
      'Two hellos that cross: each side sends on what it began itself, until the newer session is confirmed. `admission`: the table of what an opened hello may do; nothing that is held changes by it. `room`: which of the sessions that wait only receives from then on where one more comes (its place in `held`), null where none has to, `full` where the hello is refused. `choices`: which of the sessions held sends, which only get the first answer, newest first (their places in `held`), and when the next one is begun. `replaces`: hellos that begin a session in place of another. `receivesOnly`: what a session that becomes confirmed ends.',
    now: NOW,
    crossing: crossings.map(crossing),
    admission: admissions(),
    room: rooms(),
    choices: choices(),
    replaces: replacing(),
  };
}
