/** The published vectors V5 to V7 and V9: src/pq makes the sessions and packets of the files, from the files alone. */
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { replyBytes, verifyReply } from '../../src/pq/acknowledgement.ts';
import { admitHello, answersOn, beginAfter, isNewer, makesRoom, sendsOn } from '../../src/pq/admission.ts';
import { openCardAnswer, openCardRequest, sealCardAnswer, sealCardRequest, verifyCardGate } from '../../src/pq/cardRequest.ts';
import { decodeBody } from '../../src/pq/payload.ts';
import { publicPrekey } from '../../src/pq/prekey.ts';
import { initiate, locate, open, openHello, seal, textLimit, type OpenedPacket } from '../../src/pq/session.ts';
import type { RatchetSession } from '../../src/pq/types.ts';
import { replay } from './generate/draws.ts';
import { at, bytesAt, bytesOrNull, flagAt, hex, listAt, maybe, numberAt, textAt, type Json } from './generate/json.ts';
import {
  NOW,
  atPath,
  codeOf,
  load,
  nothing,
  people,
  person,
  prekey,
  profileFrom,
  sealed,
  text,
  theInvite,
  whatever,
} from './generate/reader.ts';
import { commit, keptFrom, keptJson, sessionFrom, sessionJson, type Kept } from './generate/state.ts';

const v5 = load('v5-hello.json');

/** Seals and opens the messages of an exchange; both keep what is left to them. */
function checkOpened(shown: Json, opened: OpenedPacket, after: Kept): void {
  expect(hex(opened.ackTag)).toBe(textAt(shown, 'reply', 'bytes').slice(0, 32));
  expect(opened.acknowledged.map(hex)).toEqual(listAt(shown, 'acknowledged'));
  expect(keptJson(after)).toEqual(at(shown, 'after'));
  const source = replay(at(shown, 'reply', 'draws'));
  const reply = replyBytes(opened.ackTag, source.random);
  expect(hex(reply)).toBe(textAt(shown, 'reply', 'bytes'));
  expect(verifyReply(reply, opened.ackTag)).toBe(true);
}

describe('V5: hellos', () => {
  it.each(listAt(v5, 'cardRequests').map((one) => [textAt(one, 'name'), one] as const))('a card is asked for %s', (_, one) => {
    const given = flagAt(one, 'invite') ? theInvite : null;
    const asks = replay(at(one, 'draws', 'requester'));
    const { packet, pending } = sealCardRequest(asks.random, { invite: given });
    asks.finished();
    const begins = bytesAt(one, 'request', 'begins');
    const shown = new Uint8Array(numberAt(one, 'request', 'length'));
    shown.set(begins);
    expect(hex(packet)).toBe(hex(shown));
    const request = openCardRequest(packet);
    expect(given === null || verifyCardGate(request, given.secret)).toBe(true);
    const answers = replay(at(one, 'draws', 'answerer'));
    const card = bytesAt(people, 'cards', given ? 'bobInvite' : 'bob');
    const answer = sealCardAnswer(answers.random, request, card);
    answers.finished();
    const box = listAt(one, 'steps').find((step) => textAt(step, 'name') === 'box') ?? null;
    expect(hex(answer)).toBe(textAt(one, 'answerBegins') + textAt(box, 'output'));
    expect(hex(openCardAnswer(answer, pending))).toBe(hex(card));
  });

  it.each(listAt(v5, 'exchanges').map((one) => [textAt(one, 'name'), one] as const))('the session begins %s', (_, one) => {
    const secret = prekey(textAt(one, 'prekey'));
    const given = flagAt(one, 'invite') ? theInvite : null;
    const [alice, bob] = [person('alice'), person('bob')];
    const begins = replay(at(one, 'initiate', 'draws'));
    const start = initiate({
      identity: alice,
      peer: bob.public,
      prekey: publicPrekey(secret),
      invite: given,
      profile: profileFrom(at(one, 'profile')),
      logHead: bytesAt(one, 'logHead'),
      peerLogHead: bytesAt(one, 'peerLogHead'),
      replaces: null,
      begun: numberAt(one, 'begun'),
      random: begins.random,
      now: NOW,
    });
    begins.finished();
    expect(sessionJson(start)).toEqual(at(one, 'initiate', 'session'));
    const sides = { alice: start, bob: start };
    const kept: Record<'alice' | 'bob', Omit<Kept, 'session'>> = { alice: { skipped: [], replay: [] }, bob: { skipped: [], replay: [] } };
    for (const [index, message] of listAt(one, 'messages').entries()) {
      const [from, to] = index % 2 === 0 ? (['alice', 'bob'] as const) : (['bob', 'alice'] as const);
      expect(textAt(message, 'from')).toBe(from);
      const sent = sealed(sides[from], bytesAt(message, 'mid'), decodeBody(bytesAt(message, 'body')), at(message, 'draws'));
      expect(hex(sent.packet)).toBe(textAt(message, 'packet'));
      expect([sent.bucket, hex(sent.ackTag)]).toEqual([numberAt(message, 'bucket'), textAt(message, 'ackTag')]);
      sides[from] = sent.session;
      const shown = at(message, 'opened');
      const turns = replay(at(shown, 'draws'));
      const { packet } = sent;
      const first = (): OpenedPacket =>
        openHello({
          identity: bob,
          packet,
          prekey: () => secret,
          inviteSecret: () => given?.secret ?? null,
          random: turns.random,
          now: NOW,
        });
      const later = (): OpenedPacket => {
        const result = open(sides[to], { identity: person(to), packet, ...kept[to], random: turns.random, now: NOW });
        if (result.kind !== 'opened') throw new Error('a duplicate');
        return result;
      };
      const opened = index === 0 ? first() : later();
      turns.finished();
      const after = commit(kept[to], opened);
      checkOpened(shown, opened, after);
      kept[to] = after;
      sides[to] = opened.session;
    }
  });
});

/** mk from CK, and from it the keys of the message, with node:crypto. */
function checkMessageKeys(event: Json, sid: Uint8Array): void {
  const mk = createHmac('sha256', bytesAt(event, 'CK')).update(Uint8Array.of(1)).digest('hex');
  expect(mk).toBe(textAt(event, 'mk'));
  const info = new Uint8Array([...new TextEncoder().encode('sotto/dm/1 msg'), ...sid]);
  const keys = new Uint8Array(hkdfSync('sha256', bytesAt(event, 'mk'), bytesAt(event, 'salt'), info, 76));
  expect(hex(keys)).toBe(textAt(event, 'aes') + textAt(event, 'mac') + textAt(event, 'nonce'));
}

describe('V6: a trace of thirty messages', () => {
  it('ends as the file says, with every packet and tag in between', () => {
    const json = load('v6-trace.json');
    const state: Record<string, Kept> = { alice: keptFrom(at(json, 'start', 'alice')), bob: keptFrom(at(json, 'start', 'bob')) };
    const of = (who: string): Kept => {
      const kept = state[who];
      if (!kept) throw new Error(`nobody is called ${who}`);
      return kept;
    };
    const packets = new Map<number, Uint8Array>();
    for (const event of listAt(json, 'events')) {
      const index = numberAt(event, 'index');
      if (textAt(event, 'event') === 'send') {
        const kept = of(textAt(event, 'from'));
        const draws = [{ purpose: 'salt', length: 16, bytes: textAt(event, 'salt') }];
        const sent = sealed(kept.session, bytesAt(event, 'mid'), text(textAt(event, 'text')), draws);
        expect(hex(sent.packet)).toBe(textAt(event, 'packet'));
        expect(hex(sent.ackTag)).toBe(textAt(event, 'ackTag'));
        checkMessageKeys(event, kept.session.id);
        state[textAt(event, 'from')] = { ...kept, session: sent.session };
        packets.set(index, sent.packet);
        continue;
      }
      const who = textAt(event, 'at');
      const kept = of(who);
      const packet = packets.get(index);
      if (!packet) throw new Error(`packet ${index} arrives before it is sent`);
      const { isAhead, passesOver, ...place } = locate(kept.session, packet);
      expect(place).toEqual({ chain: textAt(event, 'chain'), n: numberAt(event, 'n') });
      // Nothing is stored for a place the state has not come to: the store need not be asked.
      const isStored = [...kept.skipped, ...kept.replay].some(({ chain, n }) => chain === place.chain && n === place.n);
      expect(isAhead && isStored).toBe(false);
      const turn = maybe(event, 'turn');
      const source = turn === undefined ? { random: nothing, finished: () => undefined } : replay(at(turn, 'draws'));
      const { session, ...rows } = kept;
      const opened = open(session, { identity: person(who), packet, ...rows, random: source.random, now: NOW });
      source.finished();
      expect(opened.kind).toBe(textAt(event, 'result'));
      if (opened.kind === 'duplicate') {
        expect(opened.tag && hex(opened.tag)).toBe(textAt(event, 'ackTag'));
        continue;
      }
      expect(passesOver).toBe(opened.skippedAdd.length);
      expect(hex(opened.ackTag)).toBe(textAt(event, 'ackTag'));
      expect(opened.acknowledged.map(hex)).toEqual(listAt(event, 'acknowledged'));
      expect(opened.skippedAdd.map(({ chain, n, bytes }) => ({ chain, n, mk: hex(bytes) }))).toEqual(at(event, 'skippedAdd'));
      state[who] = commit(kept, opened);
    }
    expect(packets.size).toBe(30);
    expect({ alice: keptJson(of('alice')), bob: keptJson(of('bob')) }).toEqual(at(json, 'end'));
  });
});

describe('V7: buckets', () => {
  it('takes the smallest that fits', () => {
    const json = load('v7-buckets.json');
    const sessionAt = (place: Json): RatchetSession => sessionFrom(atPath(at(v5, 'exchanges', 0), textAt(place)));
    for (const list of listAt(json, 'packets')) {
      const session = sessionAt(at(list, 'state'));
      expect(textLimit(session)).toBe(numberAt(list, 'textLimit'));
      for (const one of listAt(list, 'cases')) {
        const words = textAt(one, 'text', 'repeat').repeat(numberAt(one, 'text', 'count'));
        const { packet, bucket } = sealed(session, bytesAt(one, 'mid'), text(words), at(one, 'draws'));
        expect([bucket, packet.length]).toEqual([numberAt(one, 'bucket'), numberAt(one, 'bucket')]);
        expect(createHash('sha256').update(packet).digest('hex')).toBe(textAt(one, 'packetSha256'));
        expect(maybe(one, 'packet') ?? hex(packet)).toBe(hex(packet));
      }
    }
    for (const one of listAt(json, 'refused')) {
      const body = text(textAt(one, 'text', 'repeat').repeat(numberAt(one, 'text', 'count')));
      const code = codeOf(() =>
        seal(sessionAt(at(one, 'state')), { payload: { mid: new Uint8Array(16), body }, random: whatever, now: NOW }),
      );
      expect(code).toBe(textAt(one, 'code'));
    }
  });
});

interface Begun {
  session: RatchetSession;
  packet: Uint8Array;
  shown: Json;
}

/** Begins as the file says and seals the first message. */
function begin(who: string, shown: Json, replaces: Uint8Array | null = null): Begun {
  const other = who === 'alice' ? 'bob' : 'alice';
  const source = replay(at(shown, 'draws'));
  const start = initiate({
    identity: person(who),
    peer: person(other).public,
    prekey: publicPrekey(prekey(`${other}Reusable`)),
    invite: null,
    profile: profileFrom(at(people, 'profiles', who)),
    logHead: bytesAt(people, 'logs', who, 'heads', 0),
    peerLogHead: bytesAt(people, 'logs', other, 'heads', 0),
    replaces,
    begun: numberAt(shown, 'begun'),
    random: source.random,
    now: NOW,
  });
  source.finished();
  const message = at(shown, 'message');
  const sent = sealed(start, bytesAt(message, 'mid'), text(textAt(message, 'text')), at(message, 'draws'));
  const packet = maybe(message, 'packet');
  if (packet !== undefined) expect(hex(sent.packet)).toBe(packet);
  return { session: sent.session, packet: sent.packet, shown };
}

function greet(who: string, packet: Uint8Array, shown: Json) {
  const source = replay(at(shown, 'draws'));
  const opened = openHello({
    identity: person(who),
    packet,
    prekey: () => prekey(`${who}Reusable`),
    inviteSecret: () => null,
    random: source.random,
    now: NOW,
  });
  source.finished();
  expect(hex(opened.ackTag)).toBe(textAt(shown, 'ackTag'));
  expect(hex(opened.session.id)).toBe(textAt(shown, 'sid'));
  return opened;
}

const sidOf = (session: RatchetSession | undefined): string | null => (session ? hex(session.id) : null);

const heldIn = (one: Json): Pick<RatchetSession, 'begun' | 'helloId' | 'initiator' | 'confirmed'>[] =>
  listAt(one, 'held').map((session) => ({
    begun: numberAt(session, 'begun'),
    helloId: bytesAt(session, 'helloId'),
    initiator: flagAt(session, 'initiator'),
    confirmed: flagAt(session, 'confirmed'),
  }));

const choiceOf = (held: RatchetSession[]): Json => ({ sendsOn: sidOf(sendsOn(held)), answersOn: answersOn(held).map(sidOf) });
const retiredBy = (fresh: RatchetSession, held: RatchetSession[]): Json => held.filter((other) => isNewer(fresh, other)).map(sidOf);

/** Bob holds the confirmed session of V5 beside the new one, until Alice has proved in the new one who she is. */
function checkTakingOver(shown: Json, alice: RatchetSession, fresh: RatchetSession): void {
  const old = sessionFrom(at(v5, 'exchanges', 0, 'messages', 2, 'opened', 'after', 'session'));
  expect(admitHello(fresh, { held: [old], lastReplaced: null, now: NOW })).toBe(textAt(shown, 'admission'));
  expect(choiceOf([old, fresh])).toEqual(at(shown, 'first'));
  const passOn = (part: Json, from: RatchetSession, to: RatchetSession) => {
    const sent = sealed(from, bytesAt(part, 'mid'), text(textAt(part, 'text')), at(part, 'draws'));
    expect(createHash('sha256').update(sent.packet).digest('hex')).toBe(textAt(part, 'packetSha256'));
    const turn = replay(at(part, 'opened', 'draws'));
    const identity = person(textAt(part, 'by') === 'bob' ? 'alice' : 'bob');
    const opened = open(to, { identity, packet: sent.packet, skipped: [], replay: [], random: turn.random, now: NOW });
    turn.finished();
    if (opened.kind !== 'opened') throw new Error('a duplicate');
    expect(hex(opened.ackTag)).toBe(textAt(part, 'opened', 'ackTag'));
    return { sent, opened };
  };
  const answer = passOn(at(shown, 'answer'), fresh, alice);
  const proof = passOn(at(shown, 'proof'), answer.opened.session, answer.sent.session);
  expect(retiredBy(proof.opened.session, [old, proof.opened.session])).toEqual(at(shown, 'receivesOnly'));
  expect(choiceOf([old, proof.opened.session])).toEqual(at(shown, 'confirmed'));
}

describe('V9: hellos that cross, and sessions that replace another', () => {
  const json = load('v9-sessions.json');

  it.each(listAt(json, 'crossing').map((one) => [textAt(one, 'name'), one] as const))('%s', (_, one) => {
    const begun = new Map(listAt(one, 'begun').map((shown) => [textAt(shown, 'by'), begin(textAt(shown, 'by'), shown)]));
    const of = (who: string): Begun => {
      const found = begun.get(who);
      if (!found) throw new Error(`${who} did not begin`);
      return found;
    };
    const met = listAt(one, 'met').map((shown) => {
      const who = textAt(shown, 'at');
      const own = of(who).session;
      const opened = greet(who, of(who === 'alice' ? 'bob' : 'alice').packet, shown);
      expect(opened.session.begun).toBe(numberAt(shown, 'begun'));
      expect(admitHello(opened.session, { held: [own], lastReplaced: null, now: NOW })).toBe(textAt(shown, 'admission'));
      const active = at(shown, 'admission') === 'older' ? [own] : [own, opened.session];
      for (const held of [active, [...active].reverse()]) {
        expect(choiceOf(held)).toEqual({ sendsOn: at(shown, 'sendsOn'), answersOn: at(shown, 'answersOn') });
      }
      return { who, opened };
    });
    const answer = at(one, 'answer');
    const loser = met.find(({ who }) => who === textAt(answer, 'by'));
    const winner = met.find(({ who }) => who !== textAt(answer, 'by'));
    if (!loser || !winner) throw new Error('one of them met nobody');
    const sent = sealed(loser.opened.session, bytesAt(answer, 'mid'), text(textAt(answer, 'text')), at(answer, 'draws'));
    expect(hex(sent.packet)).toBe(textAt(answer, 'packet'));
    const turn = replay(at(answer, 'opened', 'draws'));
    const { packet } = sent;
    const answered = open(of(winner.who).session, {
      identity: person(winner.who),
      packet,
      skipped: [],
      replay: [],
      random: turn.random,
      now: NOW,
    });
    turn.finished();
    if (answered.kind !== 'opened') throw new Error('a duplicate');
    expect(hex(answered.ackTag)).toBe(textAt(answer, 'opened', 'ackTag'));
    expect(answered.acknowledged.map(hex)).toEqual(at(answer, 'opened', 'acknowledged'));

    const proof = at(one, 'proof');
    const said = sealed(answered.session, bytesAt(proof, 'mid'), text(textAt(proof, 'text')), at(proof, 'draws'));
    expect(createHash('sha256').update(said.packet).digest('hex')).toBe(textAt(proof, 'packetSha256'));
    const again = replay(at(proof, 'opened', 'draws'));
    const proven = open(sent.session, {
      identity: person(loser.who),
      packet: said.packet,
      skipped: [],
      replay: [],
      random: again.random,
      now: NOW,
    });
    again.finished();
    if (proven.kind !== 'opened') throw new Error('a duplicate');
    expect(hex(proven.ackTag)).toBe(textAt(proof, 'opened', 'ackTag'));
    const both = [of(loser.who).session, proven.session];
    expect(retiredBy(proven.session, both)).toEqual(at(proof, 'opened', 'receivesOnly'));
    expect(choiceOf(both)).toEqual({ sendsOn: at(one, 'sendsOn'), answersOn: [] });
    expect(choiceOf(both)).toEqual({ sendsOn: at(proof, 'opened', 'sendsOn'), answersOn: at(proof, 'opened', 'answersOn') });

    const late = at(one, 'late');
    const lost = sealed(of(loser.who).session, bytesAt(late, 'mid'), text(textAt(late, 'text')), at(late, 'draws'));
    expect(createHash('sha256').update(lost.packet).digest('hex')).toBe(textAt(late, 'packetSha256'));
    const kept = commit({ skipped: [], replay: [] }, winner.opened);
    const { session, ...rows } = kept;
    const still = open(session, { identity: person(winner.who), packet: lost.packet, ...rows, random: nothing, now: NOW });
    if (still.kind !== 'opened') throw new Error('a duplicate');
    expect(hex(still.ackTag)).toBe(textAt(late, 'opened', 'ackTag'));
  });

  it.each(listAt(json, 'admission').map((one) => [textAt(one, 'name'), one] as const))('admits a hello: %s', (_, one) => {
    const lastReplaced = at(one, 'lastReplaced');
    const hello = { begun: numberAt(one, 'hello', 'begun'), helloId: bytesAt(one, 'hello', 'helloId') };
    const facts = { held: heldIn(one), lastReplaced: lastReplaced === null ? null : numberAt(lastReplaced), now: numberAt(one, 'now') };
    expect(admitHello(hello, facts)).toBe(textAt(one, 'admission'));
    expect(admitHello(hello, { ...facts, held: heldIn(one).reverse() })).toBe(textAt(one, 'admission'));
  });

  it.each(listAt(json, 'choices').map((one) => [textAt(one, 'name'), one] as const))('chooses between %s', (_, one) => {
    const held = heldIn(one);
    const placed = (place: Json) => (place === null ? undefined : held[numberAt(place)]);
    for (const ordered of [held, [...held].reverse()]) {
      expect(sendsOn(ordered)).toBe(placed(at(one, 'sendsOn')));
      expect(answersOn(ordered)).toEqual(listAt(one, 'answersOn').map(placed));
      expect(beginAfter(ordered, numberAt(one, 'now'))).toBe(numberAt(one, 'beginAfter'));
    }
    for (const session of held.filter(({ initiator, confirmed }) => initiator || confirmed))
      expect(isNewer({ ...session, begun: numberAt(one, 'beginAfter') }, session)).toBe(true);
  });

  it.each(listAt(json, 'room').map((one) => [textAt(one, 'name'), one] as const))('room for one more: %s', (_, one) => {
    const created = listAt(one, 'held').map((session) => numberAt(session, 'created'));
    const held = heldIn(one).map((session, index) => ({ ...session, created: created[index] ?? 0 }));
    const room = at(one, 'room');
    for (const ordered of [held, [...held].reverse()])
      expect(makesRoom(ordered, numberAt(one, 'now'))).toBe(room === null || room === 'full' ? room : held[numberAt(room)]);
  });

  it.each(listAt(json, 'replaces').map((one) => [textAt(one, 'name'), one] as const))('a hello replaces %s', (_, one) => {
    const begun = begin('alice', one, bytesOrNull(one, 'replaces'));
    expect(createHash('sha256').update(begun.packet).digest('hex')).toBe(textAt(one, 'message', 'packetSha256'));
    const opened = greet('bob', begun.packet, at(one, 'opened'));
    expect(opened.replaces && hex(opened.replaces)).toEqual(at(one, 'opened', 'replaces'));
    expect(opened.session.begun).toBe(numberAt(one, 'opened', 'begun'));
    const taking = maybe(one, 'whileOldIsHeld');
    if (taking !== undefined) checkTakingOver(taking, begun.session, opened.session);
  });
});
