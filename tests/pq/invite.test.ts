import { expect, it } from 'vitest';
import { createInvite, decodeInvite, encodeInvite } from '../../src/pq/invite.ts';
import { initiate } from '../../src/pq/session.ts';
import { NOW, WEEK, address, alice, begin, bobsCard, bobsInviteCard, invite, mallory, random, refused } from './people.ts';

const link = encodeInvite(invite);

it('comes back from its link, with spaces around it or not', () => {
  expect(link).toMatch(/^sotto:invite\?[\w-]+$/);
  expect(link.length).toBeLessThan(300);
  expect(decodeInvite(link, NOW)).toEqual(invite);
  expect(decodeInvite(`  ${link}\n`, NOW)).toEqual(invite);
});

it('carries an address where there are no records', () => {
  const direct = createInvite(random, { ...invite, recordKey: null, address: address(4_096), channel: 'irc' });
  expect(decodeInvite(encodeInvite(direct), NOW)).toEqual(direct);
});

it('with any one character changed is refused with a sentence that says what to do', () => {
  for (let at = 'sotto:invite?'.length; at < link.length; at++) {
    const other = link[at] === 'A' ? 'B' : 'A';
    const changed = link.slice(0, at) + other + link.slice(at + 1);
    expect(() => decodeInvite(changed, NOW)).toThrow('This invite is incomplete or has a wrong character in it. Copy it again.');
  }
});

it('cut short, with another scheme, or of endless length is refused', () => {
  for (const text of [link.slice(0, -1), link.slice(0, 20), `x${link}`, 'sotto:invite?', '', `${link}${'A'.repeat(10_000)}`]) {
    expect(refused(() => decodeInvite(text, NOW))).toBe('malformed');
  }
});

it('that has expired is refused', () => {
  expect(refused(() => decodeInvite(link, NOW + WEEK + 1))).toBe('expired');
});

it('names exactly one way to the card', () => {
  expect(refused(() => createInvite(random, { ...invite, recordKey: null, address: null }))).toBe('malformed');
  expect(refused(() => createInvite(random, { ...invite, address: address() }))).toBe('malformed');
});

it('begins nothing with another person, another prekey, or after its time', () => {
  const good = { ...begin, prekey: bobsInviteCard.prekey, invite };
  expect(refused(() => initiate({ ...good, peer: mallory.public }))).toBe('identityMismatch');
  expect(refused(() => initiate({ ...good, prekey: bobsCard.prekey }))).toBe('unknownPrekey');
  expect(refused(() => initiate({ ...good, invite: null }))).toBe('unknownPrekey');
  expect(refused(() => initiate({ ...good, now: NOW + WEEK + 1 }))).toBe('expired');
  expect(refused(() => initiate({ ...good, peer: alice.public }))).toBe('identityMismatch');
});
