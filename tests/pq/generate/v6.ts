/** V6: thirty messages between two people, with loss, reordering, duplicates and turns that cross. */
import { chainStep } from '../../../src/pq/messageKeys.ts';
import { hkdf } from '../../../src/pq/primitives.ts';
import { label } from '../../../src/pq/labels.ts';
import { parsePacket } from '../../../src/pq/packet.ts';
import { locate, open } from '../../../src/pq/session.ts';
import type { RandomSource, RatchetSession } from '../../../src/pq/types.ts';
import { NOW, alice, bob } from './cast.ts';
import { draws } from './draws.ts';
import { hex, type Json } from './json.ts';
import { TURN_DRAWS, headerOf, send, text, turnSteps, type Sent } from './message.ts';
import { commit, keptJson, skippedJson, type Kept } from './state.ts';
import { steps, type Known } from './steps.ts';
import { afterRoundTrip } from './v5.ts';

type Who = 'alice' | 'bob';
type Event = { send: Who } | { arrive: number };

const sends = (who: Who, count: number): Event[] => Array.from({ length: count }, () => ({ send: who }));
const arrivals = (...indices: number[]): Event[] => indices.map((index) => ({ arrive: index }));

/** Messages are numbered in the order they are sent. 9 is lost. */
const script: readonly Event[] = [
  ...sends('bob', 3),
  ...sends('alice', 2),
  ...arrivals(2, 4),
  ...sends('alice', 2),
  ...arrivals(7, 5, 3, 1, 1),
  ...sends('bob', 5),
  ...arrivals(12, 8, 10),
  ...sends('alice', 4),
  ...arrivals(13, 16, 13),
  ...sends('bob', 3),
  ...arrivals(18, 15),
  ...sends('alice', 2),
  ...arrivals(21, 17, 11, 14, 19),
  ...sends('bob', 2),
  ...sends('alice', 1),
  ...arrivals(24, 23),
  ...sends('alice', 3),
  ...arrivals(26, 27, 25),
  ...sends('bob', 2),
  ...arrivals(29, 28),
  ...sends('alice', 1),
  ...arrivals(30, 30, 6, 22, 20),
];

const noDraws: RandomSource = () => {
  throw new Error('nothing is drawn here');
};

function sentJson(index: number, from: Who, before: RatchetSession, sent: Sent): Json {
  const { send: chain, id } = before;
  const { salt } = parsePacket(sent.packet);
  const mk = chainStep(chain.chainKey).messageKey;
  const keys = hkdf(mk, salt, label('msg', id), 76);
  return {
    event: 'send',
    index,
    from,
    chain: chain.number,
    n: chain.n,
    previous: chain.previous,
    mid: hex(sent.mid),
    text: sent.body.kind === 'text' ? sent.body.text : '',
    HK: hex(chain.headerKey),
    CK: hex(chain.chainKey),
    mk: hex(mk),
    salt: hex(salt),
    aes: hex(keys.slice(0, 32)),
    mac: hex(keys.slice(32, 64)),
    nonce: hex(keys.slice(64)),
    ackTag: hex(sent.ackTag),
    packet: hex(sent.packet),
  };
}

export function v6(): Json {
  const { a, b } = afterRoundTrip();
  const state: Record<Who, Kept> = { alice: a, bob: b };
  const start = { alice: keptJson(a), bob: keptJson(b) };
  const known: Known = new Map();
  const messages: { from: Who; sent: Sent }[] = [];
  const turns = { alice: 0, bob: 0 };

  const arrive = (index: number): Json => {
    const message = messages[index - 1];
    if (!message) throw new Error(`message ${index} was not sent`);
    const at: Who = message.from === 'alice' ? 'bob' : 'alice';
    const identity = at === 'alice' ? alice : bob;
    const before = state[at];
    const { packet } = message.sent;
    const place = locate(before.session, packet);
    const isTurn = Number.parseInt(place.chain, 16) > (before.session.receive?.number ?? -1);
    const taken = draws(`trace turn ${at} ${turns[at]}`, isTurn ? TURN_DRAWS : []);
    const result = open(before.session, {
      identity,
      packet,
      skipped: before.skipped,
      replay: before.replay,
      random: isTurn ? taken.random : noDraws,
      now: NOW,
    });
    const facts = { event: 'arrive', index, at, chain: place.chain, n: place.n };
    if (result.kind === 'duplicate') return { ...facts, result: 'duplicate', ackTag: result.tag && hex(result.tag) };
    state[at] = commit(before, result);
    const opened = {
      ...facts,
      result: 'opened',
      ackTag: hex(result.ackTag),
      ack: { chain: result.payload.ack.chain, base: result.payload.ack.base, bitmap: hex(result.payload.ack.bitmap) },
      acknowledged: result.acknowledged.map(hex),
      skippedAdd: skippedJson(result.skippedAdd),
      skippedDelete: result.skippedDelete,
      replay: { hash: hex(result.replayAdd.hash) },
    };
    if (!isTurn) return opened;
    turns[at] += 1;
    const trace = steps(`turn ${turns[at]} of ${at}`, known);
    const header = headerOf(before.session.nextReceiveKey, packet);
    turnSteps(trace, before.session, result.session, { header, identity, taken, first: null });
    const { session } = result;
    return {
      ...opened,
      turn: {
        name: `turn ${turns[at]} of ${at}`,
        draws: taken.json(),
        steps: trace.json(),
        RK: hex(session.rootKey),
        send: {
          chain: session.send.number,
          HK: hex(session.send.headerKey),
          CK: hex(session.send.chainKey),
          NHK: hex(session.nextSendKey),
        },
        receive: { HK: session.receive && hex(session.receive.headerKey), NHK: hex(session.nextReceiveKey) },
      },
    };
  };

  const events = script.map((event): Json => {
    if ('arrive' in event) return arrive(event.arrive);
    const index = messages.length + 1;
    const before = state[event.send];
    const sent = send(before.session, `trace ${index}`, text(`message ${index} by ${event.send}`));
    messages.push({ from: event.send, sent });
    state[event.send] = { ...before, session: sent.session };
    return sentJson(index, event.send, before.session, sent);
  });
  return {
    about:
      'Thirty messages after the first exchange of V5, in the order of events. Message 9 never arrives; 1, 13 and 30 arrive twice; 6, 11, 20 and 22 very late. The salt is the only draw of a message; `mid` and `text` are given.',
    now: NOW,
    start,
    events,
    end: { alice: keptJson(state.alice), bob: keptJson(state.bob) },
  };
}
