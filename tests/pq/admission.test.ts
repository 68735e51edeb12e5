import { expect, it } from 'vitest';
import { REPLACE_INTERVAL_MS, admitHello, sendsFirst } from '../../src/pq/admission.ts';
import { NOW, bobOpensHello, bobsCard, begin, helloIdOf, overBlob, random, sealBy, side, text, alice } from './people.ts';
import { initiate } from '../../src/pq/session.ts';

const low = new Uint8Array(32);
const high = Uint8Array.from(low, (_, index) => (index === 31 ? 1 : 0));
const facts = { established: false, pendingHelloId: null, helloId: high, lastReplaced: null, now: NOW };

it('takes a hello where there is nothing', () => {
  expect(admitHello(facts)).toEqual({ kind: 'first' });
});

it('lets both sides send on the session with the smaller hello id when both began, whatever was before', () => {
  for (const established of [false, true]) {
    expect(admitHello({ ...facts, established, pendingHelloId: low })).toEqual({ kind: 'simultaneous', sendsOn: 'ours' });
    expect(admitHello({ ...facts, established, helloId: low, pendingHelloId: high })).toEqual({ kind: 'simultaneous', sendsOn: 'theirs' });
  }
  expect(sendsFirst({ helloId: low }, { helloId: low })).toBe(false);
});

it('replaces an established session once an hour and no more', () => {
  const established = { ...facts, established: true };
  expect(admitHello(established)).toEqual({ kind: 'replaces' });
  expect(admitHello({ ...established, lastReplaced: NOW - REPLACE_INTERVAL_MS })).toEqual({ kind: 'replaces' });
  expect(admitHello({ ...established, lastReplaced: NOW - REPLACE_INTERVAL_MS + 1 })).toEqual({ kind: 'refused' });
  expect(admitHello({ ...established, lastReplaced: NOW + REPLACE_INTERVAL_MS })).toEqual({ kind: 'refused' });
});

it('is told which session the hello is meant to replace, under the same seal as the identity', () => {
  const id = random(16);
  const again = side(alice, initiate({ ...begin, prekey: bobsCard.prekey, invite: null, replaces: id }));
  const { packet } = sealBy(again, text('again'));
  expect(bobOpensHello(packet)).toMatchObject({ replaces: id, session: { helloId: helloIdOf(packet) } });
  expect(bobOpensHello(sealBy(side(alice, overBlob()), text('first')).packet).replaces).toBeNull();
});
