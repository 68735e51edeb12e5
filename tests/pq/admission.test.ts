import { describe, expect, it } from 'vitest';
import {
  KEEP_WAITING_MS,
  MAX_WAITING_SESSIONS,
  REPLACE_INTERVAL_MS,
  admitHello,
  answersOn,
  beginAfter,
  isNewer,
  makesRoom,
  sendsOn,
} from '../../src/pq/admission.ts';
import { initiate } from '../../src/pq/session.ts';
import { NOW, alice, begin, bobOpensHello, bobsCard, helloIdOf, overBlob, random, sealBy, side, text } from './people.ts';

const low = new Uint8Array(32);
const high = Uint8Array.from(low, (_, index) => (index === 31 ? 1 : 0));
const DAY_MS = 24 * 3_600_000;

const held = (begun: number, more: { helloId?: Uint8Array; initiator?: boolean; confirmed?: boolean } = {}) => ({
  begun,
  helloId: low,
  initiator: false,
  confirmed: false,
  ...more,
});
const ours = (begun: number) => held(begun, { initiator: true });
const confirmed = (begun: number) => held(begun, { confirmed: true });

describe('of two sessions', () => {
  it('the one begun later is newer, of two begun at once the one with the smaller hello id', () => {
    expect(isNewer(held(2), held(1))).toBe(true);
    expect(isNewer(held(1), held(2))).toBe(false);
    expect(isNewer(held(1), held(1, { helloId: high }))).toBe(true);
    expect(isNewer(held(1, { helloId: high }), held(1))).toBe(false);
    expect(isNewer(held(1), held(1))).toBe(false);
  });

  it('the next one is begun after all that are proven, also when the clock went back', () => {
    expect(beginAfter([], NOW)).toBe(NOW);
    expect(beginAfter([ours(NOW + 5), confirmed(3)], NOW)).toBe(NOW + 6);
    expect(beginAfter([confirmed(NOW + 7), ours(3)], NOW)).toBe(NOW + 8);
    expect(beginAfter([held(NOW + DAY_MS)], NOW)).toBe(NOW);
  });
});

describe('the session to send on', () => {
  it('is the newest, in whatever order they are held', () => {
    const [one, two, three] = [confirmed(1), ours(2), confirmed(3)];
    expect(sendsOn([one, three, two])).toBe(three);
    expect(sendsOn([two, one])).toBe(two);
    const nothing: ReturnType<typeof held>[] = [];
    expect(sendsOn(nothing) === undefined).toBe(true);
  });

  it('is not one that the other side only began while there is a confirmed one, which gets the first answer instead', () => {
    const [old, fresh] = [confirmed(1), held(2)];
    expect(sendsOn([old, fresh])).toBe(old);
    expect(answersOn([old, fresh])).toEqual([fresh]);
    expect(sendsOn([old, { ...fresh, confirmed: true }])).toMatchObject({ begun: 2 });
    expect(answersOn([old, { ...fresh, confirmed: true }])).toEqual([]);
  });

  it('is the one that we began, not a newer one that is not proven', () => {
    const [own, fresh] = [ours(1), held(2)];
    expect(sendsOn([own, fresh])).toBe(own);
    expect(answersOn([own, fresh])).toEqual([fresh]);
  });

  it('is the newest that the other side began where nothing is proven, and all others get the first answer', () => {
    const [one, two, three] = [held(1), held(2), held(3)];
    expect(sendsOn([one, three, two])).toBe(three);
    expect(answersOn([one, three, two])).toEqual([two, one]);
  });

  it('is the same for both sides once both hold the same, whoever began which', () => {
    const both = [confirmed(1), ours(7), held(5)];
    const mirrored = [confirmed(1), held(7), ours(5)];
    expect(sendsOn(both)?.begun).toBe(7);
    expect(answersOn(mirrored).map(({ begun }) => begun)).toEqual([7]);
    expect(sendsOn(mirrored.map((session) => ({ ...session, confirmed: true })))?.begun).toBe(7);
  });
});

describe('a hello that opened', () => {
  const facts = { held: [], lastReplaced: null, now: NOW };

  it('is the first where nothing is confirmed', () => {
    expect(admitHello(held(NOW), facts)).toBe('first');
    expect(admitHello(held(NOW), { ...facts, held: [held(NOW + 1), ours(NOW - 1)] })).toBe('first');
  });

  it('only receives beside a newer session of ours or a newer confirmed one', () => {
    expect(admitHello(held(NOW), { ...facts, held: [ours(NOW + 1)] })).toBe('older');
    expect(admitHello(held(NOW), { ...facts, held: [confirmed(NOW + 1)] })).toBe('older');
  });

  it('replaces a confirmed session once an hour and no more', () => {
    const established = { ...facts, held: [confirmed(1)] };
    expect(admitHello(held(NOW), established)).toBe('replaces');
    expect(admitHello(held(NOW), { ...established, lastReplaced: NOW - REPLACE_INTERVAL_MS })).toBe('replaces');
    expect(admitHello(held(NOW), { ...established, lastReplaced: NOW - REPLACE_INTERVAL_MS + 1 })).toBe('refused');
    expect(admitHello(held(NOW), { ...established, lastReplaced: NOW + REPLACE_INTERVAL_MS })).toBe('refused');
  });

  it('finds room as long as not too many wait, and takes it from the oldest after a day', () => {
    const waiting = Array.from({ length: MAX_WAITING_SESSIONS }, (_, index) => ({ ...held(index), created: NOW + index }));
    const proven = [
      { ...ours(1), created: 0 },
      { ...confirmed(2), created: 0 },
    ];
    expect(makesRoom([...proven, ...waiting.slice(1)], NOW + KEEP_WAITING_MS)).toBeNull();
    expect(makesRoom([...proven, ...waiting], NOW + KEEP_WAITING_MS - 1)).toBe('full');
    expect(makesRoom([...proven, ...waiting].reverse(), NOW + KEEP_WAITING_MS)).toBe(waiting[0]);
  });

  it('is refused when it was begun more than a day from now', () => {
    expect(admitHello(held(NOW + DAY_MS), facts)).toBe('first');
    expect(admitHello(held(NOW + DAY_MS + 1), facts)).toBe('refused');
  });

  it('says under the seal of the identity when it was begun and which session it is meant to replace', () => {
    const id = random(16);
    const again = side(alice, initiate({ ...begin, prekey: bobsCard.prekey, invite: null, replaces: id, begun: NOW + 7 }));
    const { packet } = sealBy(again, text('again'));
    expect(bobOpensHello(packet)).toMatchObject({ replaces: id, session: { helloId: helloIdOf(packet), begun: NOW + 7 } });
    expect(bobOpensHello(sealBy(side(alice, overBlob()), text('first')).packet).replaces).toBeNull();
  });
});
