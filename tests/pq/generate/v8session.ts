/** V8, packets of a session: damaged ones, and ones that only a peer who holds the keys could make. */
import { encodeCbor } from '../../../src/pq/cbor.ts';
import { open } from '../../../src/pq/session.ts';
import type { ExpandedIdentity, RandomSource, RatchetSession } from '../../../src/pq/types.ts';
import { NOW, alice, bob, mallory } from './cast.ts';
import { PACKET_ITEMS, badModulus, check, ending, flips, lowOrder, replaced, shapes, wasted, withItems } from './damage.ts';
import { drawn } from './draws.ts';
import { forge, type Forgery } from './forge.ts';
import { hex, type Json } from './json.ts';
import { send, text, type Sent } from './message.ts';
import { difference, edited, editJson, itemSpans, spanOf, type Edit } from './outcome.ts';
import { commit, type Kept } from './state.ts';
import { afterRoundTrip, v5Sessions } from './v5.ts';

const NONE = new Uint8Array(0);

export interface Conversation {
  bob: Kept;
  /** Alice before and after she has seen Bob's last message. */
  before: RatchetSession;
  turned: RatchetSession;
  like: Record<'next' | 'afterTurn', Sent>;
  packets: Record<'openedFirst' | 'passedOver' | 'next' | 'afterTurn' | 'rolledBack' | 'lastOfAlice', Uint8Array>;
  /** The first exchange of V5, before anybody is confirmed. */
  first: FirstExchange;
}

function opened(kept: Kept, identity: ExpandedIdentity, packet: Uint8Array, random: RandomSource = wasted()): Kept {
  const result = open(kept.session, { identity, packet, skipped: kept.skipped, replay: kept.replay, random, now: NOW });
  if (result.kind !== 'opened') throw new Error('a duplicate');
  return commit(kept, result);
}

export function conversation(): Conversation {
  const { a, b } = afterRoundTrip();
  const first = send(a.session, 'negatives 1', text('one'));
  const otherFirst = send(a.session, 'negatives 1 again', text('the same number after a rollback'));
  const second = send(first.session, 'negatives 2', text('two'));
  const third = send(second.session, 'negatives 3', text('three'));
  const next = send(third.session, 'negatives 4', text('four'));
  const bobKept = opened(opened(b, bob, first.packet), bob, third.packet);
  const fromBob = send(bobKept.session, 'negatives 5', text('five'));
  const turned = opened({ ...a, session: third.session }, alice, fromBob.packet);
  const afterTurn = send(turned.session, 'negatives 6', text('six'));
  return {
    bob: { ...bobKept, session: fromBob.session },
    first: firstExchange(),
    before: third.session,
    turned: turned.session,
    like: { next, afterTurn },
    packets: {
      openedFirst: first.packet,
      passedOver: second.packet,
      next: next.packet,
      afterTurn: afterTurn.packet,
      rolledBack: otherFirst.packet,
      lastOfAlice: fromBob.packet,
    },
  };
}

/** The payload, some bytes, and zeros. */
function filled(payload: Uint8Array, length: number, bytes: readonly number[]): Uint8Array {
  const padded = new Uint8Array(length);
  padded.set(payload);
  padded.set(bytes, payload.length);
  return padded;
}

interface FirstExchange {
  /** Alice, who waits for an answer to her first message; Bob, who opened it. What each of them sends next. */
  alice: { kept: Kept; next: Sent };
  bob: { kept: Kept; next: Sent };
  pre: Uint8Array;
}

function firstExchange(): FirstExchange {
  const sessions = v5Sessions();
  const of = (wanted: string): RatchetSession => {
    const found = sessions.find(({ name }) => name === wanted);
    if (!found) throw new Error(`no session ${wanted}`);
    return found.session;
  };
  const waiting = send(of('with the hello'), 'over a bare address: first', text('Hello Bob')).session;
  const { b } = afterRoundTrip();
  const answering = of('first answer');
  return {
    alice: {
      kept: { session: waiting, skipped: [], replay: [] },
      next: send(waiting, 'second of the first chain', text('still without an answer')),
    },
    bob: {
      kept: { session: answering, skipped: [], replay: b.replay.slice(0, 1) },
      next: send(answering, 'first answer', text('an answer')),
    },
    pre: waiting.pre,
  };
}

/** Packets of the first chains: Bob's first answer at Alice, and what Alice sends before she has it. */
function beforeConfirmed({ alice: atAlice, bob: atBob, pre }: FirstExchange): Json[] {
  const { ct, ctIdentity } = atBob.kept.session.send;
  const cases: [string, 'alice' | 'bob', Forgery, string][] = [
    ['first answer: opens', 'alice', {}, 'opened'],
    ['first answer: it says there was a chain of one message before it', 'alice', { header: { previous: 1 } }, 'malformed'],
    ['first answer: without a ciphertext for the identity key', 'alice', { header: { ctIdentity: NONE } }, 'malformed'],
    ['first answer: without a ciphertext for the ratchet key', 'alice', { header: { ct: NONE } }, 'malformed'],
    ['first answer: the two ciphertexts the other way round', 'alice', { header: { ct: ctIdentity, ctIdentity: ct } }, 'authentication'],
    ['first answer: with the hello, which only its sender repeats', 'alice', { pre }, 'notForUs'],
    ['first chain of Alice: opens', 'bob', {}, 'opened'],
    ['first chain of Alice: without the hello: opens, for the session is there', 'bob', { pre: NONE }, 'opened'],
    ['first chain of Alice: with another hello', 'bob', { pre: Uint8Array.of(...pre.slice(0, -1), (pre.at(-1) ?? 0) ^ 1) }, 'notForUs'],
  ];
  return cases.map(([name, at, forgery, expected]): Json => {
    const [from, { kept }] = at === 'alice' ? [atBob, atAlice] : [atAlice, atBob];
    const packet = forge(from.kept.session, from.next, forgery);
    const base = at === 'alice' ? 'firstAnswer' : 'secondOfFirstChain';
    const expect = meet(kept, packet, at === 'alice' ? alice : bob);
    check(name, expect, expected);
    return {
      name,
      state: at === 'alice' ? 'aliceWaiting' : 'bobAnswering',
      at,
      base,
      edits: difference(from.next.packet, packet).map(editJson),
      expect,
    };
  });
}

/** What became of a packet. */
function meet(kept: Kept, packet: Uint8Array, identity = bob): Json {
  return ending(() => {
    const result = open(kept.session, { identity, packet, skipped: kept.skipped, replay: kept.replay, random: wasted(), now: NOW });
    return result.kind === 'opened'
      ? { result: 'opened', kind: result.payload.body.kind, acknowledged: result.acknowledged.length, passedOver: result.skippedAdd.length }
      : { result: 'duplicate', ackTag: result.tag && hex(result.tag) };
  });
}

export function sessionCases(talk: Conversation): Json {
  const { packets, bob: kept, before, turned, first } = talk;
  const spans = itemSpans(packets.next, PACKET_ITEMS);
  const turnSpans = itemSpans(packets.afterTurn, PACKET_ITEMS);
  const part = (bytes: Uint8Array, name: string): Uint8Array => {
    const { at, length } = spanOf(itemSpans(bytes, PACKET_ITEMS), name);
    return bytes.slice(at, at + length);
  };
  const swapped = (name: string, from: Uint8Array): Edit[] => {
    const { at, length } = spanOf(spans, name);
    return [{ at, remove: length, insert: part(from, name) }];
  };
  const edits: [string, keyof typeof packets, Edit[], string?][] = [
    ...[...flips(packets.next, spans, 'same chain:'), ...shapes(packets.next)].map(([name, list]): [string, 'next', Edit[]] => [
      name,
      'next',
      list,
    ]),
    ...flips(packets.afterTurn, turnSpans, 'new chain:').map(([name, list]): [string, 'afterTurn', Edit[]] => [name, 'afterTurn', list]),
    ...(['salt', 'hint', 'hdr', 'body', 'mac'] as const).map((name): [string, 'next', Edit[]] => [
      `${name} of another packet of the chain`,
      'next',
      swapped(name, packets.passedOver),
    ]),
    ['our own packet comes back', 'lastOfAlice', [], 'notForUs'],
    ['opened before: the tag that was stored', 'openedFirst', [], 'duplicate'],
    ['another packet of the same chain and number: the sender went back in time', 'rolledBack', [], 'rollback'],
    ['passed over before: opens', 'passedOver', [], 'opened'],
    ['the next one: opens', 'next', [], 'opened'],
    ['the first of a new chain: opens', 'afterTurn', [], 'opened'],
  ];
  const list = edits.map(([name, base, changes, expected]): Json => {
    const expect = meet(kept, changes.reduce(edited, packets[base]));
    check(name, expect, expected ?? 'refused');
    return { name, state: 'bob', at: 'bob', base, edits: changes.map(editJson), expect };
  });

  const { receive } = kept.session;
  if (!receive) throw new Error('no chain');
  const bad = lowOrder.map(([name, x]): [string, RatchetSession, Forgery, string] => [
    `new chain: an X25519 key of low order, ${name}`,
    turned,
    { header: { xPublic: x } },
    'malformed',
  ]);
  const sixteen = drawn('sixteen', 0, 16);
  const forgeries: [string, RatchetSession, Forgery, string][] = [
    ['1,024 messages passed over: opens', before, { header: { n: receive.n + 1_024 } }, 'opened'],
    ['1,025 messages passed over', before, { header: { n: receive.n + 1_025 } }, 'limit'],
    [
      'new chain: 1,024 messages passed over in it and 1,024 in the one before: opens',
      turned,
      { header: { previous: receive.n + 1_024, n: 1_024 } },
      'opened',
    ],
    ['new chain: 1,025 messages passed over in it', turned, { header: { n: 1_025 } }, 'limit'],
    ['new chain: 1,025 messages passed over in the one before', turned, { header: { previous: receive.n + 1_025 } }, 'limit'],
    ['new chain: the one before is shorter than what was opened of it', turned, { header: { previous: receive.n - 1 } }, 'malformed'],
    [
      'new chain: a ciphertext for the identity key instead of the one for the ratchet key',
      turned,
      { header: { ct: NONE, ctIdentity: turned.send.ct } },
      'malformed',
    ],
    [
      'new chain: a ciphertext a byte short, the byte is in the one for the identity key',
      turned,
      {
        headerBytes: (bytes) =>
          withItems(bytes, ([x = null, k = null, , , ...rest]) => [x, k, new Uint8Array(1_567), Uint8Array.of(1), ...rest]),
      },
      'malformed',
    ],
    [
      'same chain: a ciphertext for the identity key instead of the other: neither is used in it, so that it opens',
      before,
      { header: { ct: NONE, ctIdentity: before.send.ct } },
      'opened',
    ],
    [
      'same chain: a header of 1,634 bytes, as in a first chain: its ciphertexts are not used in it, so that it opens',
      before,
      { header: { ct: NONE } },
      'opened',
    ],
    [
      'same chain: a header of 4,774 bytes, as in a first answer: opens, for the same reason',
      before,
      { header: { ctIdentity: new Uint8Array(1_568) } },
      'opened',
    ],
    [
      'same chain: the header of the chain, with another X25519 key: it is not used again, so that it opens',
      before,
      { header: { xPublic: alice.public.x } },
      'opened',
    ],
    ['new chain: the hello once more: opens, as any packet of the session that carries it', turned, { pre: first.pre }, 'opened'],
    ['same chain: the hello once more: opens', before, { pre: first.pre }, 'opened'],
    ['padding: zeros behind the payload, and no 0x80', before, { padding: (payload, length) => filled(payload, length, []) }, 'malformed'],
    ['padding: 0x81 instead of 0x80', before, { padding: (payload, length) => filled(payload, length, [0x81]) }, 'malformed'],
    [
      'padding: a byte behind 0x80 that is not zero',
      before,
      { padding: (payload, length) => filled(payload, length, [0x80, 0, 1]) },
      'malformed',
    ],
    ['padding: nothing but zeros, and no payload', before, { padding: (_, length) => new Uint8Array(length) }, 'malformed'],
    ['new chain: no ciphertext', turned, { header: { ct: NONE } }, 'malformed'],
    [
      'new chain: a ciphertext for the identity key where none belongs',
      turned,
      { header: { ctIdentity: new Uint8Array(1_568) } },
      'malformed',
    ],
    ['new chain: a ciphertext that decapsulates to another secret', turned, { header: { ct: new Uint8Array(1_568) } }, 'authentication'],
    [
      'new chain: an ML-KEM key that fails the modulus check',
      turned,
      { header: { kPublic: badModulus(turned.send.kPublic) } },
      'malformed',
    ],
    [
      'new chain: another ML-KEM key: nothing of it is in the chain yet, so that it opens',
      turned,
      { header: { kPublic: alice.public.k } },
      'opened',
    ],
    ...bad,
    ['a header that is not canonical', before, { headerBytes: (bytes) => Uint8Array.of(0x98, 6, ...bytes.slice(1, -1)) }, 'malformed'],
    [
      'a header whose X25519 key is a byte short',
      before,
      { headerBytes: (bytes) => withItems(bytes, ([, ...rest]) => [new Uint8Array(31), ...rest, NONE]) },
      'malformed',
    ],
    ['a header whose n is a number', before, { headerBytes: replaced(5, 3) }, 'malformed'],
    ['the fingerprint of another person', before, { payload: replaced(3, mallory.fingerprint) }, 'identityMismatch'],
    ['our own fingerprint', before, { payload: replaced(3, bob.fingerprint) }, 'identityMismatch'],
    ['a fingerprint of 31 bytes', before, { payload: replaced(3, new Uint8Array(31)) }, 'malformed'],
    ['a message id of 15 bytes', before, { payload: replaced(1, sixteen.slice(1)) }, 'malformed'],
    ['a time that is no number', before, { payload: replaced(2, sixteen) }, 'malformed'],
    ['an acknowledgement bitmap of 33 bytes', before, { payload: replaced(4, [0, 0, new Uint8Array(33)]) }, 'malformed'],
    ['an acknowledgement of chain 2^32', before, { payload: replaced(4, [2 ** 32, 0, NONE]) }, 'malformed'],
    ['an acknowledgement with base 2^32', before, { payload: replaced(4, [0, 2 ** 32, NONE]) }, 'malformed'],
    ['an acknowledgement of four items', before, { payload: replaced(4, [0, 0, NONE, 0]) }, 'malformed'],
    [
      'an acknowledgement of a chain we never sent: opens, and acknowledges nothing',
      before,
      { payload: replaced(4, [99, 5, NONE]) },
      'opened',
    ],
    ['a log head of 31 bytes', before, { payload: replaced(5, new Uint8Array(31)) }, 'malformed'],
    ['a kind nobody knows: opens as unknown', before, { payload: replaced(0, 250) }, 'opened'],
    ['a kind that is no number', before, { payload: replaced(0, NONE) }, 'malformed'],
    ['a kind of more than four bytes, 2^32', before, { payload: replaced(0, 2 ** 32) }, 'malformed'],
    ['content that is no byte string', before, { payload: replaced(6, 1) }, 'malformed'],
    ['a payload of eight items', before, { payload: (bytes) => withItems(bytes, (all) => [...all, 0]) }, 'malformed'],
    ['a payload of six items', before, { payload: (bytes) => withItems(bytes, (all) => all.slice(0, 6)) }, 'malformed'],
    ['a payload that is not canonical', before, { payload: (bytes) => Uint8Array.of(0x98, 7, ...bytes.slice(1)) }, 'malformed'],
    ['a payload with bytes behind it', before, { payload: (bytes) => Uint8Array.of(...bytes, 0x01) }, 'malformed'],
    ['an empty payload', before, { payload: () => NONE }, 'malformed'],
    ['a text that is not UTF-8', before, { payload: replaced(6, encodeCbor([0, Uint8Array.of(0xc3, 0x28)])) }, 'malformed'],
    ['a text whose action flag is 2', before, { payload: replaced(6, encodeCbor([2, Uint8Array.of(0x41)])) }, 'malformed'],
    ['a hello where there is a session already', before, { pre: Uint8Array.of(0x59, 0, 24, ...drawn('no hello', 0, 280)) }, 'notForUs'],
  ];
  const forged = forgeries.map(([name, session, forgery, expected]): Json => {
    const base = session === before ? 'next' : 'afterTurn';
    const packet = forge(session, talk.like[base], forgery);
    const expect = meet(kept, packet);
    check(name, expect, expected);
    return { name, state: 'bob', at: 'bob', base, edits: difference(packets[base], packet).map(editJson), expect };
  });
  const forgotten: [string, keyof typeof packets, string][] = [
    ['opened before, and its row was deleted since', 'openedFirst', 'replay'],
    ['another packet of the same chain and number, and the row was deleted since', 'rolledBack', 'replay'],
  ];
  const without = { ...kept, replay: [] };
  const late = forgotten.map(([name, base, expected]): Json => {
    const expect = meet(without, packets[base]);
    check(name, expect, expected);
    return { name, state: 'bobWithoutRows', at: 'bob', base, edits: [], expect };
  });
  return [...list, ...forged, ...late, ...beforeConfirmed(first)];
}
