/** The published vectors V8 and V10: what has to be refused, and what payloads and acknowledgements mean, from the files alone. */
import { describe, expect, it } from 'vitest';
import { received, settle } from '../../src/pq/acknowledgement.ts';
import { kindCode, writeBody } from '../../src/pq/body.ts';
import { openCardAnswer, openCardRequest, sealCardAnswer, verifyCardGate } from '../../src/pq/cardRequest.ts';
import { encodeCbor } from '../../src/pq/cbor.ts';
import { decodeBody, decodePayload, encodeBody, encodePayload } from '../../src/pq/payload.ts';
import { publicPrekey } from '../../src/pq/prekey.ts';
import { PqError } from '../../src/pq/errors.ts';
import { initiate, open, openHello } from '../../src/pq/session.ts';
import type { AckVector } from '../../src/pq/types.ts';
import { bodyJson } from './generate/body.ts';
import { at, bytesAt, bytesOrNull, flagAt, hex, listAt, maybe, numberAt, textAt, type Json } from './generate/json.ts';
import { NOW, changed, codeOf, load, nothing, people, person, prekey, profileFrom, theInvite, whatever } from './generate/reader.ts';
import { commit, keptFrom, keptJson, sessionFrom, type Kept } from './generate/state.ts';

/** What a step ended with, or the code it was refused with. */
function outcome(task: () => Json): Json {
  try {
    return task();
  } catch (error) {
    if (error instanceof PqError) return { result: 'refused', code: error.code };
    throw error;
  }
}

const named = (json: Json, ...where: string[]): (readonly [string, Json])[] =>
  listAt(json, ...where).map((one) => [textAt(one, 'name'), one] as const);

const v8 = load('v8-negatives.json');
const packetOf = (one: Json): Uint8Array => changed(bytesAt(v8, 'packets', textAt(one, 'base')), at(one, 'edits'));

describe('V8: packets of a session', () => {
  const state = (name: string): Kept => {
    const found = at(v8, 'states', name);
    const same = maybe(found, 'sameAs');
    return same === undefined ? keptFrom(found) : { ...keptFrom(at(v8, 'states', textAt(same))), replay: [] };
  };

  it.each(named(v8, 'session'))('%s', (_, one) => {
    const kept = state(textAt(one, 'state'));
    const before = keptJson(kept);
    const { session, ...rows } = kept;
    const met = outcome(() => {
      const opened = open(session, { identity: person(textAt(one, 'at')), packet: packetOf(one), ...rows, random: whatever, now: NOW });
      if (opened.kind === 'duplicate') return { result: 'duplicate', ackTag: opened.tag && hex(opened.tag) };
      const { payload, acknowledged, skippedAdd } = opened;
      return { result: 'opened', kind: payload.body.kind, acknowledged: acknowledged.length, passedOver: skippedAdd.length };
    });
    expect(met).toEqual(at(one, 'expect'));
    expect(keptJson(kept), 'the state that was given is as it was').toEqual(before);
  });
});

describe('V8: hellos', () => {
  it.each(named(v8, 'hello'))('%s', (_, one) => {
    const facts = at(one, 'at');
    const name = at(facts, 'prekey');
    const began: Kept[] = [];
    const met = outcome(() => {
      const opened = openHello({
        identity: person(textAt(facts, 'identity')),
        packet: packetOf(one),
        prekey: () => (name === null ? null : prekey(textAt(name))),
        inviteSecret: () => bytesOrNull(facts, 'inviteSecret'),
        allowGateless: () => flagAt(facts, 'allowGateless'),
        random: whatever,
        now: NOW,
      });
      began.push(commit({ skipped: [], replay: [] }, opened));
      return { result: 'opened', gated: opened.gated, passedOver: opened.skippedAdd.length };
    });
    expect(met).toEqual(at(one, 'expect'));
    const then = maybe(one, 'then');
    const [kept] = began;
    if (then === undefined || kept === undefined) return;
    const { session, ...rows } = kept;
    const packet = bytesAt(v8, 'packets', textAt(then, 'packet'));
    const after = open(session, { identity: person(textAt(facts, 'identity')), packet, ...rows, random: nothing, now: NOW });
    if (after.kind !== 'opened') throw new Error('a duplicate');
    expect({ result: 'opened', passedOver: after.skippedAdd.length, taken: after.skippedDelete.length }).toEqual(at(then, 'expect'));
  });

  it.each(named(v8, 'initiate'))('whoever begins checks the card: %s', (_, one) => {
    const differs = at(one, 'differs');
    const bytes = (name: string, otherwise: Uint8Array): Uint8Array =>
      maybe(differs, name) === undefined ? otherwise : bytesAt(differs, name);
    const word = (name: string, otherwise: string): string => (maybe(differs, name) === undefined ? otherwise : textAt(differs, name));
    const peer = person(word('peer', 'bob')).public;
    const given = publicPrekey(prekey(word('prekey', 'bobReusable')));
    const ends = maybe(differs, 'inviteNotAfter') === undefined ? theInvite.notAfter : numberAt(differs, 'inviteNotAfter');
    const code = codeOf(() =>
      initiate({
        identity: person('alice'),
        peer: { ...peer, x: bytes('peerX', peer.x), k: bytes('peerK', peer.k) },
        prekey: { ...given, x: bytes('prekeyX', given.x), k: bytes('prekeyK', given.k) },
        invite: maybe(differs, 'invite') === undefined ? null : { ...theInvite, notAfter: ends },
        profile: profileFrom(at(people, 'profiles', 'alice')),
        logHead: new Uint8Array(32),
        peerLogHead: new Uint8Array(32),
        replaces: null,
        begun: NOW,
        random: whatever,
        now: maybe(differs, 'now') === undefined ? NOW : numberAt(differs, 'now'),
      }),
    );
    expect(code).toBe(at(one, 'code'));
  });
});

describe('V8: card requests and answers', () => {
  const card = at(v8, 'card');
  const request = new Uint8Array(numberAt(card, 'request', 'length'));
  request.set(bytesAt(card, 'request', 'begins'));
  const pending = { x: bytesAt(card, 'seeds', 'x'), k: bytesAt(card, 'seeds', 'k'), request: openCardRequest(request) };

  it('opens what nobody changed', () => {
    expect(verifyCardGate(openCardRequest(request), theInvite.secret)).toBe(true);
    expect(hex(openCardAnswer(bytesAt(card, 'answer'), pending))).toBe(textAt(people, 'cards', 'bobInvite'));
  });

  it.each(named(card, 'badRequests'))('a request: %s', (_, one) => {
    const met = outcome(() => {
      const opened = openCardRequest(changed(request, at(one, 'edits')));
      if (!verifyCardGate(opened, theInvite.secret)) return { result: 'refused', code: 'gate' };
      sealCardAnswer(whatever, opened, bytesAt(people, 'cards', 'bobInvite'));
      return { result: 'opened' };
    });
    expect(met).toEqual(at(one, 'expect'));
  });

  it.each(named(card, 'badAnswers'))('an answer: %s', (_, one) => {
    const bytes = changed(bytesAt(card, 'answer'), at(one, 'edits'));
    const met = outcome(() => {
      openCardAnswer(bytes, pending);
      return { result: 'opened' };
    });
    expect(met).toEqual(at(one, 'expect'));
  });
});

describe('V10: payloads', () => {
  const json = load('v10-payloads.json');

  it.each(named(json, 'kinds'))('%s', (_, one) => {
    const encoded = encodeCbor([numberAt(one, 'code'), bytesAt(one, 'content')]);
    const body = decodeBody(encoded);
    expect(bodyJson(body)).toEqual(at(one, 'body'));
    expect(kindCode(body)).toBe(numberAt(one, 'code'));
    expect(hex(writeBody(body).content)).toBe(textAt(one, 'content'));
    expect(hex(encodeBody(body))).toBe(hex(encoded));
  });

  it.each(named(json, 'bad'))('refuses %s', (_, one) => {
    const then = maybe(one, 'then');
    const run = then === undefined ? new Uint8Array(0) : new Uint8Array(numberAt(then, 'times')).fill(bytesAt(then, 'byte')[0] ?? 0);
    const encoded = new Uint8Array([...bytesAt(one, 'encoded'), ...run]);
    expect(codeOf(() => decodeBody(encoded))).toBe(textAt(one, 'code'));
  });

  it('keeps what only a newer Unicode may understand', () => {
    expect(bodyJson(decodeBody(bytesAt(json, 'keptAsUnknown', 'encoded')))).toEqual(at(json, 'keptAsUnknown', 'body'));
  });

  it('reads a whole payload', () => {
    const shown = at(json, 'payload');
    const payload = decodePayload(bytesAt(shown, 'encoded'));
    expect(bodyJson(payload.body)).toEqual(at(shown, 'body'));
    expect([hex(payload.mid), payload.ts, hex(payload.fingerprint), hex(payload.logHead)]).toEqual(
      ['mid', 'ts', 'fingerprint', 'logHead'].map((name) => at(shown, name)),
    );
    expect(hex(encodePayload(payload))).toBe(textAt(shown, 'encoded'));
  });
});

describe('V10: acknowledgements', () => {
  const json = at(load('v10-payloads.json'), 'acknowledgement');

  it('counts what arrives', () => {
    let ack: { base: number; bitmap: Uint8Array } = { base: 0, bitmap: new Uint8Array(0) };
    for (const one of listAt(json, 'arrivals')) {
      ack = received(ack, numberAt(one, 'arrives'));
      expect([ack.base, hex(ack.bitmap)]).toEqual([numberAt(one, 'base'), textAt(one, 'bitmap')]);
    }
  });

  it.each(named(json, 'settle', 'cases'))('settles %s', (_, one) => {
    const template = sessionFrom(at(load('v5-hello.json'), 'exchanges', 0, 'messages', 1, 'opened', 'after', 'session'));
    const unacknowledged = listAt(json, 'settle', 'unacknowledged').map((sent) => ({
      chain: numberAt(sent, 'chain'),
      n: numberAt(sent, 'n'),
      mid: bytesAt(sent, 'mid'),
    }));
    const session = { ...template, send: { ...template.send, number: numberAt(json, 'settle', 'sendChain') }, unacknowledged };
    const vector: AckVector = {
      chain: numberAt(one, 'vector', 'chain'),
      base: numberAt(one, 'vector', 'base'),
      bitmap: bytesAt(one, 'vector', 'bitmap'),
    };
    const settled = settle(session, vector);
    expect(settled.acknowledged.map(hex)).toEqual(at(one, 'acknowledged'));
    expect(settled.unacknowledged.map(({ chain, n, mid }) => ({ chain, n, mid: hex(mid) }))).toEqual(at(one, 'unacknowledged'));
  });
});
