import { describe, expect, it } from 'vitest';
import { decodeSession, encodeSession, initiate, locate, open, prepareRatchet, seal, wipeReplaced } from '../../src/pq/session.ts';
import type { OwnRatchet, RatchetSession } from '../../src/pq/types.ts';
import {
  NOW,
  address,
  alice,
  begin,
  bob,
  bobsCard,
  commit,
  conversation,
  expectText,
  look,
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
const isWiped = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

describe('the record of a session', () => {
  it('stays below 16 KiB with the longest hello, and with 256 messages in every order of acknowledgement', () => {
    const long = { nickname: '𝒳'.repeat(64), addresses: [address(4_096)], recordKey: 'k'.repeat(256) };
    const waiting = side(alice, initiate({ ...begin, prekey: bobsCard.prekey, invite: null, profile: long }));
    for (let index = 0; index < 80; index += 1) sealBy(waiting, text('x'));
    expect(sessionOf(waiting).unacknowledged).toHaveLength(64);
    expect(encodeSession(sessionOf(waiting)).length).toBeLessThanOrEqual(16_384);

    const { a } = conversation();
    for (let index = 0; index < 300; index += 1) sealBy(a, text('x'));
    const { unacknowledged } = sessionOf(a);
    expect(unacknowledged).toHaveLength(256);
    const scattered = { ...sessionOf(a), unacknowledged: unacknowledged.map((sent) => ({ ...sent, n: sent.n * 2 })) };
    const stored = encodeSession(scattered);
    expect(stored.length).toBeLessThanOrEqual(16_384);
    expect(decodeSession(stored).unacknowledged).toEqual(scattered.unacknowledged);
  });

  it('holds the seeds of the ratchet key and not its expanded form', () => {
    const { a } = conversation();
    const { send } = sessionOf(a);
    const stored = new TextDecoder('latin1').decode(encodeSession(sessionOf(a)));
    expect(stored).toContain(new TextDecoder('latin1').decode(send.k));
    if (send.kSecret) expect(stored).not.toContain(new TextDecoder('latin1').decode(send.kSecret.subarray(0, 64)));
  });

  it('is refused in another version', () => {
    const stored = encodeSession(sessionOf(conversation().a));
    expect(stored[1]).toBe(2);
    expect(refused(() => decodeSession(stored.with(1, 1)))).toBe('malformed');
  });
});

describe('the place of a packet', () => {
  it('is found from its header alone, so that two rows are enough to open it', () => {
    const { a, b } = conversation();
    const packets = Array.from({ length: 4 }, (_, index) => sealBy(a, text(String(index))).packet);
    const [first, second, , last] = packets;
    if (!first || !second || !last) throw new Error('no packets');
    expectText(b, last, '3');
    const place = locate(sessionOf(b), second);
    expect(place.n).toBe(2);
    const isThere = ({ chain, n }: { chain: string; n: number }): boolean => chain === place.chain && n === place.n;
    const rows = { skipped: b.skipped.filter(isThere), replay: b.replay.filter(isThere) };
    expect([rows.skipped.length, rows.replay.length]).toEqual([1, 0]);
    const opened = open(sessionOf(b), { identity: bob, packet: second, ...rows, random, now: NOW });
    expect(opened).toMatchObject({ kind: 'opened', payload: { body: text('1') } });
    expect(locate(sessionOf(b), first).n).toBe(1);
    expect(refused(() => locate(sessionOf(conversation().b), first))).toBe('notForUs');
  });
});

describe('the next ratchet key', () => {
  it('may be made ahead of time, is taken at a turn only, and goes into the packets after it', () => {
    const { a, b } = conversation();
    const taken: OwnRatchet[] = [];
    const ratchet = (): OwnRatchet => {
      const made = prepareRatchet(random);
      taken.push(made);
      return made;
    };
    const receive = (to: Side, packet: Uint8Array): void => {
      const rows = { skipped: to.skipped, replay: to.replay };
      const opened = open(sessionOf(to), { identity: to.identity, packet, ...rows, random, ratchet, now: NOW });
      if (opened.kind !== 'opened') throw new Error('a duplicate');
      commit(to, opened);
    };
    receive(a, sealBy(b, text('a turn')).packet);
    receive(a, sealBy(b, text('no turn')).packet);
    expect(taken).toHaveLength(1);
    expect(sessionOf(a).send.kPublic).toEqual(taken[0]?.kPublic);
    expectText(b, sealBy(a, text('with it')).packet, 'with it');
  });
});

describe('a replaced state', () => {
  it('is overwritten where the new one does not share it, and the new one works on', () => {
    const { a, b } = conversation();
    const before = sessionOf(a);
    const { packet } = sealBy(b, text('a turn'));
    const opened = look(a, packet);
    if (opened.kind !== 'opened') throw new Error('a duplicate');
    const secrets = [
      before.rootKey,
      before.send.chainKey,
      before.send.x,
      before.send.k,
      ...(before.send.kSecret ? [before.send.kSecret] : []),
    ];
    expect(secrets.some(isWiped)).toBe(false);
    commit(a, opened);
    wipeReplaced(before, opened.session);
    expect(secrets.every(isWiped)).toBe(true);
    expectText(b, sealBy(a, text('after')).packet, 'after');
    expectText(a, sealBy(b, text('and back')).packet, 'and back');
  });

  it('of a sealed message loses its chain key alone', () => {
    const { a, b } = conversation();
    const before = sessionOf(a);
    const sealed = seal(before, { payload: { mid: random(16), body: text('x') }, random, now: NOW });
    wipeReplaced(before, sealed.session);
    expect(isWiped(before.send.chainKey)).toBe(true);
    expect([before.rootKey, before.send.x, before.send.headerKey].some(isWiped)).toBe(false);
    a.session = sealed.session;
    expectText(b, sealed.packet, 'x');
    expectText(b, sealBy(a, text('y')).packet, 'y');
  });
});
