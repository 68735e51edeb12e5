import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { BufferId, ContactId } from '../../src/contract/ids.ts';
import * as rules from '../../src/core/secure/binding.ts';
import { markedName, nickOfQuery } from '../../src/core/secure/mark.ts';
import * as offering from '../../src/core/secure/offers.ts';
import { MAX_PARTS, splitInvite, takePart, type Partials } from '../../src/core/secure/parts.ts';

const contact = (id: number): ContactId => v.parse(ContactId, id);
const buffer = (id: number): BufferId => v.parse(BufferId, id);
const live = (host: string): rules.Seen => ({ account: null, user: 'u', host });
const withAccount = (account: string, host: string | null = null): rules.Seen => ({ account, user: host === null ? null : 'u', host });
const bound = (seen: rules.Seen): rules.Bindings => rules.bind([], { key: 'bob', nick: 'Bob', contact: contact(1), seen });
const stateOf = (bindings: rules.Bindings, key = 'bob'): string | undefined => rules.find(bindings, key)?.state;

describe('a nick that stands for a contact', () => {
  test('is bound as long as the same live user has it', () => {
    expect(stateOf(rules.seen(bound(live('a')), 'bob', live('a')))).toBe('bound');
    expect(stateOf(rules.seen(bound(live('a')), 'bob', live('b')))).toBe('held');
    expect(rules.find(rules.seen(bound(live('a')), 'bob', live('b')), 'bob')?.reason).toMatch(/Somebody else/);
  });

  test('is known by the account where there is one, from wherever the user comes', () => {
    const mine = bound(withAccount('bob', 'a'));
    expect(stateOf(rules.seen(mine, 'bob', withAccount('BOB', 'b')))).toBe('bound');
    expect(stateOf(rules.seen(mine, 'bob', withAccount('mallory', 'a')))).toBe('held');
    expect(stateOf(rules.seen(mine, 'bob', { account: null, user: 'u', host: 'a' }))).toBe('held');
    expect(stateOf(rules.seen(mine, 'bob', { account: undefined, user: 'u', host: 'a' }))).toBe('bound');
    expect(stateOf(rules.seen(mine, 'bob', { account: undefined, user: 'u', host: 'b' }))).toBe('held');
  });

  test('ends with QUIT, and with a change of the account', () => {
    expect(stateOf(rules.left(bound(live('a')), 'bob'))).toBe('held');
    const mine = bound(withAccount('bob', 'a'));
    const now = { account: null, user: 'u', host: 'a' };
    expect(stateOf(rules.changed(mine, 'bob', withAccount('bob', 'a'), now))).toBe('held');
    expect(stateOf(rules.changed(mine, 'bob', withAccount('bob', 'a'), { ...now, account: 'other' }))).toBe('held');
    expect(stateOf(rules.changed(mine, 'bob', withAccount('bob', 'a'), { account: undefined, user: 'u', host: 'new' }))).toBe('bound');
    const moved = rules.changed(mine, 'bob', withAccount('bob', 'a'), { account: undefined, user: 'u', host: 'new' });
    expect(stateOf(rules.seen(moved, 'bob', { account: undefined, user: 'u', host: 'new' }))).toBe('bound');
  });

  test('goes with the user to another nick, and the nick they leave is held', () => {
    const moved = rules.renamed(bound(live('a')), 'bob', { key: 'rob', nick: 'Rob' });
    expect(stateOf(moved, 'rob')).toBe('bound');
    expect(stateOf(moved, 'bob')).toBe('held');
    const same = rules.renamed(bound(live('a')), 'bob', { key: 'bob', nick: 'BOB' });
    expect(same.map(({ nick, state }) => [nick, state])).toEqual([['BOB', 'bound']]);
  });

  test('ends when somebody else takes the nick', () => {
    expect(stateOf(rules.renamed(bound(live('a')), 'mallory', { key: 'bob', nick: 'Bob' }))).toBe('held');
  });

  test('survives our own reconnect by its account only, and then needs it', () => {
    expect(stateOf(rules.disconnected(bound(live('a'))))).toBe('held');
    const again = rules.disconnected(bound(withAccount('bob', 'a')));
    expect(stateOf(again)).toBe('bound');
    expect(stateOf(rules.seen(again, 'bob', withAccount('bob', 'elsewhere')))).toBe('bound');
    expect(stateOf(rules.seen(again, 'bob', { account: null, user: 'u', host: 'a' }))).toBe('held');
  });

  test('is the contact again, or nobody, as the user says', () => {
    const held = rules.left(bound(live('a')), 'bob');
    expect(stateOf(rules.choose(held, 'bob', 'private'))).toBe('chosen');
    expect(rules.choose(held, 'bob', 'plain')).toEqual([]);
    expect(stateOf(rules.left(rules.choose(held, 'bob', 'private'), 'bob'))).toBe('chosen');
    expect(rules.merged(held, contact(1), contact(2))[0]?.contact).toBe(2);
    expect(rules.removed(held, contact(1))).toEqual([]);
  });

  test('never makes the list grow without end, and is not forgotten for one that has ended', () => {
    let all = rules.bind([], { key: 'keep', nick: 'keep', contact: contact(9), seen: live('k') });
    for (let index = 0; index < rules.MAX_BINDINGS + 50; index += 1) {
      const key = `n${index}`;
      all = rules.left(rules.bind(all, { key, nick: key, contact: contact(index + 10), seen: live('x') }), key);
    }
    expect(all).toHaveLength(rules.MAX_BINDINGS);
    expect(stateOf(all, 'keep')).toBe('bound');
  });

  test('keeps the one in force where two names become one', () => {
    const two = rules.left(rules.bind(bound(live('a')), { key: 'BOB[', nick: 'BOB[', contact: contact(2), seen: live('b') }), 'BOB[');
    expect(rules.refolded(two, () => 'same').map(({ contact: who, state }) => [who, state])).toEqual([[1, 'bound']]);
  });

  test('never lets any order of events bind a nick again by itself', () => {
    const host = fc.constantFrom('a', 'b');
    const account = fc.constantFrom(null, undefined, 'bob', 'eve');
    const person = fc.record({ account, user: fc.constant('u'), host });
    const event = fc.oneof(
      person.map((seen) => (bindings: rules.Bindings) => rules.seen(bindings, 'bob', seen)),
      person.map((seen) => (bindings: rules.Bindings) => rules.changed(bindings, 'bob', seen, seen)),
      fc.constant((bindings: rules.Bindings) => rules.disconnected(bindings)),
      fc.constant((bindings: rules.Bindings) => rules.left(bindings, 'bob')),
      fc.constant((bindings: rules.Bindings) => rules.renamed(bindings, 'eve', { key: 'bob', nick: 'Bob' })),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), person, (events, seen) => {
        let bindings = bound(seen);
        let hasEnded = false;
        for (const apply of events) {
          bindings = apply(bindings);
          if (hasEnded) expect(stateOf(bindings)).toBe('held');
          hasEnded = stateOf(bindings) === 'held';
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('an invite in CTCP lines', () => {
  const invite = `sotto:invite?${'aB3_-'.repeat(300)}`;
  const take = (parts: readonly string[], key = 'bob', now = 0): { partials: Partials; invites: string[] } => {
    let partials: Partials = [];
    const invites: string[] = [];
    for (const part of parts) {
      const taken = takePart(partials, key, part, now);
      partials = taken.partials;
      if (taken.invite !== null) invites.push(taken.invite);
    }
    return { partials, invites };
  };

  test('comes together again in any order, once', () => {
    const parts = splitInvite(invite, 'abcdefgh');
    expect(parts.length).toBeGreaterThan(4);
    for (const part of parts)
      expect(
        `:${'n'.repeat(30)}!~${'u'.repeat(10)}@${'h'.repeat(63)} PRIVMSG ${'t'.repeat(30)} :\u0001SOTTO ${part}\u0001\r\n`.length,
      ).toBeLessThanOrEqual(512);
    expect(take([...parts].reverse()).invites).toEqual([invite]);
    expect(take([...parts, ...parts.slice(1)]).invites).toEqual([invite]);
    expect(splitInvite('sotto:invite?short', 'abcdefgh')).toEqual(['1 abcdefgh 1/1 short']);
    expect(() => splitInvite('https://example.org', 'abcdefgh')).toThrow(RangeError);
    expect(() => splitInvite(`sotto:invite?${'a'.repeat(280 * MAX_PARTS + 1)}`, 'abcdefgh')).toThrow(RangeError);
  });

  test('is dropped as a whole where two lines contradict each other or a part never comes', () => {
    const parts = splitInvite(invite, 'abcdefgh');
    const [first = '', second = ''] = parts;
    const swapped = second.replace(/.$/, 'X');
    expect(take([first, second, swapped, ...parts.slice(2)]).invites).toEqual([]);
    expect(take(parts.slice(1)).invites).toEqual([]);
    const late = takePart(take(parts.slice(1)).partials, 'bob', first, 200_000);
    expect(late.invite).toBeNull();
  });

  test('is read from one nick only, and what is not one is nothing', () => {
    const [first = '', ...rest] = splitInvite(invite, 'abcdefgh');
    let partials = takePart([], 'bob', first, 0).partials;
    for (const part of rest) {
      const taken = takePart(partials, 'eve', part, 0);
      expect(taken.invite).toBeNull();
      partials = taken.partials;
    }
    for (const bad of ['', '1', '2 abcdefgh 1/1 x', '1 abcdefgh 0/1 x', '1 abcdefgh 2/1 x', '1 abcdefgh 1/99 x', '1 abcdefgh 1/1 x y'])
      expect(takePart([], 'bob', bad, 0)).toEqual({ partials: [], invite: null });
  });

  test('never takes more than it may, whatever is said', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 4 }), fc.nat(30), fc.nat(30), fc.nat(9)), { maxLength: 300 }), (lines) => {
        let partials: Partials = [];
        for (const [key, part, of, id] of lines)
          partials = takePart(partials, key, `1 offer00${id} ${part}/${of} ${'x'.repeat(280)}`, 0).partials;
        expect(partials.length).toBeLessThanOrEqual(16);
      }),
      { numRuns: 50 },
    );
  });
});

describe('offers', () => {
  const offer = (key: string, until = 600_000): offering.Offer => ({
    key,
    nick: key,
    seen: live('a'),
    buffer: buffer(1),
    invite: 'i',
    until,
  });

  test('are shown once, and not too many from one nick or from all', () => {
    let offers = offering.noOffers;
    const show = (key: string, id: string, now = 0): boolean => {
      const may = offering.mayShow(offers, id, key, now);
      if (may) offers = offering.show(offers, offer(key), id, now);
      return may;
    };
    expect(show('bob', 'one')).toBe(true);
    expect(show('bob', 'one')).toBe(false);
    expect(show('eve', 'one')).toBe(false);
    expect([show('bob', 'two'), show('bob', 'three'), show('bob', 'four')]).toEqual([true, true, false]);
    expect(offers.theirs).toHaveLength(1);
    const many = Array.from({ length: 100 }, (_, index) => show(`n${index}`, `id${index}`));
    expect(many.filter(Boolean).length).toBeLessThan(20);
    expect(offers.theirs.length).toBeLessThanOrEqual(16);
    offers = offering.expire(offers, 600_001);
    expect(offers.theirs).toEqual([]);
    expect(show('bob', 'one', 700_000)).toBe(false);
  });

  test('of ours are few at a time, with a pause between two to one nick', () => {
    let offers = offering.noOffers;
    const own = (key: string, made = 0): offering.OwnOffer => ({
      key,
      nick: key,
      seen: live('a'),
      buffer: buffer(1),
      invite: null,
      made,
      until: 600_000,
    });
    offers = offering.offered(offers, own('bob'));
    expect(offering.pauseBefore(offers, 'bob', 1_000)).toBe(offering.OFFER_PAUSE_MS - 1_000);
    expect(offering.pauseBefore(offers, 'bob', offering.OFFER_PAUSE_MS)).toBe(0);
    for (let index = 1; index < offering.MAX_OWN_OFFERS; index += 1) offers = offering.offered(offers, own(`n${index}`));
    expect(offering.pauseBefore(offers, 'another', 0)).toBeNull();
    expect(offering.cleared(offers, 'bob').own).toHaveLength(offering.MAX_OWN_OFFERS - 1);
  });
});

test('the mark of a buffer for plain IRC is no part of the nick', () => {
  expect(nickOfQuery(markedName('bob'))).toBe('bob');
  expect(nickOfQuery('bob')).toBe('bob');
});
