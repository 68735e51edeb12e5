import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../src/pq/cbor.ts';
import { chainStep, hintFor, sealBody, sealHeader } from '../../src/pq/messageKeys.ts';
import { chooseBucket, encodePacket, packetKind, parsePacket } from '../../src/pq/packet.ts';
import { decodeBody, encodeBody, encodePayload } from '../../src/pq/payload.ts';
import { encodeHeader } from '../../src/pq/ratchet.ts';
import { decodeSession, encodeSession, isNewer, matchesHint, replyBytes, seal, textLimit, verifyReply } from '../../src/pq/session.ts';
import type { RatchetSession } from '../../src/pq/types.ts';
import { bodies } from './fuzz/bodies.ts';
import {
  NOW,
  alice,
  arrive,
  bob,
  conversation,
  expectText,
  flip,
  items,
  logHeadOf,
  look,
  overBlob,
  overInvite,
  random,
  refused,
  sealBy,
  side,
  text,
  type Side,
} from './people.ts';

const sessionOf = ({ session }: Side): RatchetSession => {
  if (!session) throw new Error('no session');
  return session;
};

/** As the store gives it back: the expanded key is made again from its seed. */
const withoutExpanded = (session: RatchetSession): RatchetSession => ({ ...session, send: { ...session.send, kSecret: null } });

describe('a conversation', () => {
  it('goes both ways, and both know who the other is after one round trip', () => {
    const a = side(alice, overBlob());
    const b = side(bob);
    expectText(b, sealBy(a, text('1')).packet, '1');
    expect([sessionOf(a).confirmed, sessionOf(b).confirmed]).toEqual([false, false]);
    expectText(a, sealBy(b, text('2')).packet, '2');
    expect([sessionOf(a).confirmed, sessionOf(b).confirmed]).toEqual([true, false]);
    expectText(b, sealBy(a, text('3')).packet, '3');
    expect([sessionOf(a).confirmed, sessionOf(b).confirmed]).toEqual([true, true]);
    for (let turn = 0; turn < 6; turn++) {
      const [from, to] = turn % 2 === 0 ? [b, a] : [a, b];
      for (const words of ['x', 'y']) expectText(to, sealBy(from, text(`${words}${turn}`)).packet, `${words}${turn}`);
    }
  });

  it('changes the root, every key pair and every header key with each turn', () => {
    const { a, b } = conversation();
    const before = sessionOf(a);
    expectText(a, sealBy(b, text('turn')).packet, 'turn');
    const after = sessionOf(a);
    for (const key of ['rootKey', 'nextSendKey', 'nextReceiveKey'] as const) expect(after[key]).not.toEqual(before[key]);
    for (const key of ['x', 'k', 'xPublic', 'kPublic', 'headerKey', 'ct'] as const) expect(after.send[key]).not.toEqual(before.send[key]);
  });

  it('carries every kind of body', () => {
    const { a, b } = conversation();
    for (const body of Object.values(bodies)) {
      expect(decodeBody(encodeBody(body))).toEqual(body);
      const arrived = arrive(b, sealBy(a, body).packet);
      expect(arrived).toMatchObject({ kind: 'opened', payload: { body, ts: NOW, logHead: logHeadOf(bob) } });
    }
  });

  it('waits for an acknowledgement of all but what nobody sends again', () => {
    const { a } = conversation();
    const waits = Object.entries(bodies).filter(([, body]) => {
      const before = sessionOf(a).unacknowledged.length;
      sealBy(a, body);
      return sessionOf(a).unacknowledged.length > before;
    });
    const fleeting = ['dummy', 'ack', 'typing', 'presence'];
    expect(waits.map(([name]) => name)).toEqual(Object.keys(bodies).filter((name) => !fleeting.includes(name)));
  });

  it('takes exactly the 4, 8, 16 or 32 KiB that a text needs', () => {
    const { a, b } = conversation();
    for (const [length, size] of [
      [10, 4_096],
      [600, 4_096],
      [800, 8_192],
      [4_000, 8_192],
      [5_000, 16_384],
      [14_000, 32_768],
      [29_000, 32_768],
    ] as const) {
      const sealed = sealBy(a, text('x'.repeat(length)));
      expect(sealed.packet).toHaveLength(size);
      expect(sealed.bucket).toBe(size);
      expectText(b, sealed.packet, 'x'.repeat(length));
    }
    expect(refused(() => sealBy(a, text('x'.repeat(29_001))))).toBe('limit');
    expect(textLimit(sessionOf(a))).toBe(29_000);
    expect(textLimit(overBlob())).toBe(20_000);
  });

  it('opens a packet after the state went through the store, on both sides, in the middle', () => {
    const { a, b } = conversation(overInvite);
    const first = sealBy(a, text('first'));
    const second = sealBy(a, text('second'));
    expectText(b, second.packet, 'second');
    for (const each of [a, b]) {
      const stored = encodeSession(sessionOf(each));
      expect(stored.length).toBeLessThan(16_384);
      expect(decodeSession(stored)).toEqual(withoutExpanded(sessionOf(each)));
      each.session = decodeSession(stored);
    }
    expectText(b, first.packet, 'first');
    expectText(a, sealBy(b, text('third')).packet, 'third');
    const waiting = side(alice, overBlob());
    expect(encodeSession(sessionOf(waiting)).length).toBeLessThan(16_384);
    expect(decodeSession(encodeSession(sessionOf(waiting)))).toEqual(withoutExpanded(sessionOf(waiting)));
  });

  it('is not mixed up with another one of the same two people', () => {
    const one = conversation();
    const two = conversation();
    const { packet } = sealBy(one.a, text('for one'));
    expect(matchesHint(sessionOf(one.b), packet)).toBe(true);
    expect(matchesHint(sessionOf(two.b), packet)).toBe(false);
    expect(refused(() => arrive(two.b, packet))).toBe('notForUs');
    expect(isNewer(sessionOf(one.a), sessionOf(two.a))).toBe(!isNewer(sessionOf(two.b), sessionOf(one.b)));
  });

  it('does not accept its own packets back', () => {
    const { a } = conversation();
    const { packet } = sealBy(a, text('echo'));
    expect(matchesHint(sessionOf(a), packet)).toBe(false);
    expect(refused(() => arrive(a, packet))).toBe('notForUs');
    const unanswered = side(alice, overBlob());
    expect(refused(() => arrive(unanswered, sealBy(unanswered, text('echo')).packet))).toBe('notForUs');
  });
});

describe('acknowledgements', () => {
  it('come from who opened the packet, and from nobody else', () => {
    const { a, b } = conversation();
    const sealed = sealBy(a, text('did you get it'));
    const opened = expectText(b, sealed.packet, 'did you get it');
    const reply = replyBytes(opened.ackTag, random);
    expect(reply).toHaveLength(32);
    expect(verifyReply(reply, sealed.ackTag)).toBe(true);
    for (let at = 0; at < 16; at++) expect(verifyReply(flip(reply, at), sealed.ackTag)).toBe(false);
    expect(verifyReply(random(32), sealed.ackTag)).toBe(false);
    expect(verifyReply(reply.subarray(0, 16), sealed.ackTag)).toBe(false);
    const other = sealBy(a, text('another'));
    expect(verifyReply(reply, other.ackTag)).toBe(false);
  });

  it('are the same for the same packet, which is opened once', () => {
    const { a, b } = conversation();
    const sealed = sealBy(a, text('once'));
    const opened = expectText(b, sealed.packet, 'once');
    const before = b.session;
    expect(arrive(b, sealed.packet)).toMatchObject({ kind: 'duplicate', tag: opened.ackTag });
    expect(b.session).toBe(before);
  });

  it('also travel sealed: every message that arrived in the newest chain, and only these', () => {
    const { a, b } = conversation();
    const sealed = Array.from({ length: 12 }, (_, n) => sealBy(a, text(`${n}`)));
    const lost = new Set([3, 7]);
    sealed.forEach(({ packet }, n) => {
      if (!lost.has(n)) expectText(b, packet, `${n}`);
    });
    const mids = sealed.filter((_, n) => !lost.has(n)).map(({ mid }) => mid.toString());
    const answer = expectText(a, sealBy(b, { ...text('ack') }).packet, 'ack');
    const acknowledged = answer.acknowledged.map((mid) => mid.toString());
    for (const mid of mids) expect(acknowledged).toContain(mid);
    for (const n of lost) expect(acknowledged).not.toContain(sealed[n]?.mid.toString());
    const late = sealed[3];
    if (!late) throw new Error('it was sealed');
    expectText(b, late.packet, '3');
    expect(expectText(a, sealBy(b, text('ack')).packet, 'ack').acknowledged).toEqual([late.mid]);
  });
});

describe('a packet that is not right', () => {
  it('with one bit changed in any field is refused, and changes nothing', () => {
    const { a, b } = conversation();
    // The first of a new turn, so that a receiver that trusts too early would step its root.
    expectText(a, sealBy(b, text('your turn')).packet, 'your turn');
    const { packet } = sealBy(a, text('true'));
    const wire = parsePacket(packet);
    const before = encodeSession(sessionOf(b));
    for (const field of ['salt', 'hint', 'hdr', 'body', 'mac'] as const) {
      for (const at of [0, wire[field].length >> 1, wire[field].length - 1]) {
        const bad = encodePacket({ ...wire, [field]: flip(wire[field], at, at & 7) });
        expect(['notForUs', 'authentication'], field).toContain(refused(() => arrive(b, bad)));
      }
    }
    expect(['notForUs', 'malformed']).toContain(refused(() => arrive(b, encodePacket({ ...wire, pre: random(300) }))));
    expect(encodeSession(sessionOf(b))).toEqual(before);
    expectText(b, packet, 'true');
  });

  it('of another length, cut, or with a byte behind it is refused', () => {
    const { a, b } = conversation();
    const { packet } = sealBy(a, text('true'));
    const longer = new Uint8Array(8_192);
    longer.set(packet);
    for (const bad of [
      packet.subarray(1),
      packet.subarray(0, -1),
      new Uint8Array([...packet, 0]),
      longer,
      new Uint8Array(0),
      new Uint8Array(4_096),
    ]) {
      expect(packetKind(bad) === null || refused(() => arrive(b, bad)) === 'malformed').toBe(true);
      expect(refused(() => arrive(b, bad))).toBe('malformed');
    }
    expect(refused(() => arrive(b, encodeCbor([2, ...items(packet).slice(1)])))).toBe('malformed');
    expectText(b, packet, 'true');
  });

  it('is not one that its peer padded into a larger bucket: that opens, and the padding is no part of the text', () => {
    const { a, b } = conversation();
    const { send, id } = sessionOf(a);
    const salt = random(16);
    const none = new Uint8Array(0);
    const hdr = sealHeader(send.headerKey, { salt, pre: none }, encodeHeader(send));
    const ack = { chain: 0, base: 0, bitmap: none };
    const facts = { mid: random(16), ts: NOW, fingerprint: alice.fingerprint, ack, logHead: new Uint8Array(32) };
    const { bucket, padded } = chooseBucket(9_000, 0, hdr.length);
    const outer = { salt, hint: hintFor(send.headerKey, salt), pre: none, hdr };
    const wire = sealBody(chainStep(send.chainKey).messageKey, outer, id, encodePayload({ ...facts, body: text('short') }), padded);
    expect(bucket).toBe(16_384);
    expectText(b, encodePacket(wire), 'short');
  });

  it('from a peer that claims another fingerprint is refused', () => {
    const { a, b } = conversation();
    const liar = { ...sessionOf(a), ownFingerprint: random(32) };
    const { packet } = seal(liar, { payload: { mid: random(16), body: text('I am somebody else') }, random, now: NOW });
    expect(refused(() => arrive(b, packet))).toBe('identityMismatch');
    expectText(b, sealBy(a, text('still here')).packet, 'still here');
  });

  it('with a ratchet key that is none is refused, though its peer sealed it', () => {
    const { a, b } = conversation();
    expectText(a, sealBy(b, text('turn')).packet, 'turn');
    const session = sessionOf(a);
    for (const send of [
      { ...session.send, kPublic: new Uint8Array(1_568).fill(255) },
      { ...session.send, xPublic: new Uint8Array(32) },
    ]) {
      const { packet } = seal({ ...session, send }, { payload: { mid: random(16), body: text('bad key') }, random, now: NOW });
      expect(refused(() => arrive(b, packet))).toBe('malformed');
    }
    expectText(b, sealBy(a, text('good key')).packet, 'good key');
  });

  it('of a peer that went back to an older state says so, and changes nothing', () => {
    const { a, b } = conversation();
    const saved = a.session;
    expectText(b, sealBy(a, text('before')).packet, 'before');
    a.session = saved;
    const { packet } = sealBy(a, text('after'));
    const before = b.session;
    expect(refused(() => arrive(b, packet))).toBe('rollback');
    expect(b.session).toBe(before);
  });
});

describe('what is passed over', () => {
  it('may be 1,024 messages, and arrives later', () => {
    const { a, b } = conversation();
    const early = sealBy(a, text('early'));
    for (let n = 1; n < 1_024; n++) sealBy(a, { kind: 'dummy' });
    expectText(b, sealBy(a, text('late')).packet, 'late');
    expect(b.skipped).toHaveLength(1_024);
    expectText(b, early.packet, 'early');
    expect(b.skipped).toHaveLength(1_023);
  });

  it('may not be 1,025', () => {
    const { a, b } = conversation();
    const early = sealBy(a, text('early'));
    for (let n = 1; n < 1_025; n++) sealBy(a, { kind: 'dummy' });
    expect(refused(() => arrive(b, sealBy(a, text('too late')).packet))).toBe('limit');
    expectText(b, early.packet, 'early');
  });

  it('opens from the last five chains, and from no older one', () => {
    const { a, b } = conversation();
    const missed: { words: string; packet: Uint8Array }[] = [];
    for (let round = 0; round < 6; round++) {
      missed.push({ words: `missed ${round}`, ...sealBy(a, text(`missed ${round}`)) });
      expectText(b, sealBy(a, text('a')).packet, 'a');
      expectText(a, sealBy(b, text('b')).packet, 'b');
    }
    const [tooOld, ...rest] = missed;
    if (!tooOld) throw new Error('six were missed');
    expect(refused(() => arrive(b, tooOld.packet))).toBe('notForUs');
    for (const { words, packet } of rest) expectText(b, packet, words);
  });

  it('without its key (dropped, or opened long ago) is silence', () => {
    const { a, b } = conversation();
    const early = sealBy(a, text('early'));
    expectText(b, sealBy(a, text('late')).packet, 'late');
    b.skipped = [];
    expect(refused(() => look(b, early.packet))).toBe('replay');
  });
});
