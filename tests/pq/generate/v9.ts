/** V9: two hellos at the same time, what a hello may do to the sessions there are, and a session that replaces another. */
import { admitHello, sendsFirst, type HelloFacts } from '../../../src/pq/admission.ts';
import { sha256 } from '../../../src/pq/primitives.ts';
import { initiate, open, openHello, type OpenedHello } from '../../../src/pq/session.ts';
import type { Card, ExpandedIdentity, PrekeySecret, Profile, RatchetSession } from '../../../src/pq/types.ts';
import { NOW, alice, aliceHead, bob, bobHead, prekeys, profiles, read } from './cast.ts';
import { draws, drawn, type Draws } from './draws.ts';
import { hex, type Json } from './json.ts';
import { FIRST_TURN_DRAWS, TURN_DRAWS, send, text, type Sent } from './message.ts';
import { refusal } from './outcome.ts';
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

function begin(side: Side, name: string, replaces: Uint8Array | null = null): Begun {
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

const begunJson = ({ side, taken, start, first }: Begun): Json => ({
  by: side.name,
  prekey: side.name === 'alice' ? 'bobReusable' : 'aliceReusable',
  draws: taken.json(),
  helloId: hex(start.helloId),
  sid: hex(start.id),
  message: { mid: hex(first.mid), text: `${side.name} begins`, draws: first.draws.json(), packet: hex(first.packet) },
});

/** Both began. `smaller`: whose hello id is the smaller one. */
function simultaneous(smaller: 'alice' | 'bob'): Json {
  let attempt = 0;
  for (; ; attempt++) {
    const [a, b] = [begin(sides.alice, `simultaneous ${attempt}`), begin(sides.bob, `simultaneous ${attempt}`)];
    if (sendsFirst(a.start, b.start) === (smaller === 'alice')) break;
  }
  const name = `simultaneous ${attempt}`;
  const begun = { alice: begin(sides.alice, name), bob: begin(sides.bob, name) };
  const other = smaller === 'alice' ? 'bob' : 'alice';
  const met = (who: 'alice' | 'bob', from: 'alice' | 'bob'): { opened: OpenedHello; json: Json } => {
    const { opened, taken } = greet(sides[who], name, begun[from].first.packet);
    const pendingHelloId = begun[who].start.helloId;
    const admission = admitHello({ established: false, pendingHelloId, helloId: opened.session.helloId, lastReplaced: null, now: NOW });
    const json = {
      at: who,
      prekey: sides[who].prekeyName,
      draws: taken.json(),
      ackTag: hex(opened.ackTag),
      sid: hex(opened.session.id),
      admission,
    };
    return { opened, json };
  };
  const atOther = met(other, smaller);
  const atSmaller = met(smaller, other);

  // Whoever lost answers in the session of the other; what was sent on the losing one still opens.
  const answer = send(atOther.opened.session, `${name} answer`, text('in your session'));
  const turn = draws(`${name} answer opened`, TURN_DRAWS);
  const winner = begun[smaller];
  const answered = open(winner.first.session, {
    identity: winner.side.identity,
    packet: answer.packet,
    skipped: [],
    replay: [],
    random: turn.random,
    now: NOW,
  });
  if (answered.kind !== 'opened') throw new Error('not opened');
  const late = send(begun[other].first.session, `${name} late`, text('sent before I knew'));
  const { opened } = atSmaller;
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
    name: `the hello of ${smaller} has the smaller id`,
    begun: [begunJson(begun.alice), begunJson(begun.bob)],
    met: [atOther.json, atSmaller.json],
    sendsOn: hex(winner.start.id),
    answer: {
      by: other,
      session: hex(winner.start.id),
      mid: hex(answer.mid),
      text: 'in your session',
      draws: answer.draws.json(),
      packet: hex(answer.packet),
      opened: { at: smaller, draws: turn.json(), ackTag: hex(answered.ackTag), acknowledged: answered.acknowledged.map(hex) },
    },
    late: {
      by: other,
      session: hex(begun[other].start.id),
      mid: hex(late.mid),
      text: 'sent before I knew',
      draws: late.draws.json(),
      packetSha256: hex(sha256(late.packet)),
      opened: { at: smaller, ackTag: hex(lateOpened.ackTag) },
    },
  };
}

function admissions(): Json {
  const [small, large] = [new Uint8Array(32), new Uint8Array(32).fill(0xff)];
  const close = new Uint8Array(32);
  close[31] = 1;
  const facts: HelloFacts = { established: false, pendingHelloId: null, helloId: small, lastReplaced: null, now: NOW };
  const cases: [string, Partial<HelloFacts>][] = [
    ['a stranger', {}],
    ['a contact without any session', { lastReplaced: NOW }],
    ['both began, theirs has the smaller id', { pendingHelloId: large }],
    ['both began, ours has the smaller id', { pendingHelloId: small, helloId: large }],
    ['both began, the ids differ in the last byte', { pendingHelloId: close }],
    ['both began, and there is an older session', { established: true, pendingHelloId: large, lastReplaced: NOW }],
    ['both began: our own hello comes back', { pendingHelloId: small }],
    ['there is a session, and it was never replaced', { established: true }],
    ['it was replaced an hour ago', { established: true, lastReplaced: NOW - HOUR }],
    ['it was replaced a millisecond less than an hour ago', { established: true, lastReplaced: NOW - HOUR + 1 }],
    ['it was replaced just now', { established: true, lastReplaced: NOW }],
    ['it was replaced in the future: the clock went back', { established: true, lastReplaced: NOW + HOUR }],
  ];
  return cases.map(([name, differs]): Json => {
    const all = { ...facts, ...differs };
    return {
      name,
      established: all.established,
      pendingHelloId: all.pendingHelloId && hex(all.pendingHelloId),
      helloId: hex(all.helloId),
      lastReplaced: all.lastReplaced,
      now: all.now,
      admission: admitHello(all),
    };
  });
}

function replacing(): Json {
  const old = afterRoundTrip().b.session.id;
  const cases: [string, Uint8Array | null, boolean][] = [
    ['the session of the first exchange of V5', old, true],
    ['a session whose id was lost', new Uint8Array(16), false],
    ['none', null, false],
  ];
  return {
    good: cases.map(([name, replaces, whole]): Json => {
      const begun = begin(sides.alice, `replaces ${name}`, replaces);
      const { opened, taken } = greet(sides.bob, `replaces ${name}`, begun.first.packet);
      if (opened.replaces?.join() !== replaces?.join()) throw new Error('another session is replaced');
      const { packet } = begun.first;
      return {
        name,
        replaces: replaces && hex(replaces),
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
          ackTag: hex(opened.ackTag),
        },
      };
    }),
    bad: [
      {
        name: 'an id of 15 bytes',
        replaces: hex(fifteen()),
        code: refusal(() => greet(sides.bob, 'x', begin(sides.alice, 'replaces 15', fifteen()).first.packet)),
      },
    ],
  };
}

const fifteen = (): Uint8Array => drawn('fifteen', 0, 15);

export function v9(): Json {
  return {
    about:
      'Two hellos that cross: on both sides the same session sends, whichever hello arrives first. `admission`: the table of what an opened hello may do. `replaces`: hellos that begin a session in place of another.',
    now: NOW,
    simultaneous: [simultaneous('alice'), simultaneous('bob')],
    admission: admissions(),
    replaces: replacing(),
  };
}
