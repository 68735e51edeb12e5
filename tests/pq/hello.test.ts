import { describe, expect, it } from 'vitest';
import { decodeHello, encodeHello, gateOf, type Hello } from '../../src/pq/hello.ts';
import { encodePacket, packetKind, parsePacket } from '../../src/pq/packet.ts';
import { initiate, openHello } from '../../src/pq/session.ts';
import type { ExpandedIdentity } from '../../src/pq/types.ts';
import {
  NOW,
  alice,
  arrive,
  begin,
  bob,
  bobOpensHello,
  bobsCard,
  bobsInviteCard,
  commit,
  expectText,
  flip,
  helloIdOf,
  invite,
  mallory,
  overBlob,
  overInvite,
  profile,
  random,
  refused,
  reusable,
  sealBy,
  side,
  text,
} from './people.ts';

const a = side(alice, overBlob());
const { packet } = sealBy(a, text('first'));

describe('a hello', () => {
  it('brings who it is, the data of the pair and the first text, in one packet', () => {
    expect(packetKind(packet)).toBe('hello');
    expect(packet).toHaveLength(16_384);
    const opened = bobOpensHello(packet);
    expect(opened.peer).toEqual(alice.public);
    expect(opened.profile).toEqual(profile);
    expect(opened.prekeyId).toEqual(reusable.id);
    expect(opened.gated).toBe(false);
    expect(opened.payload.body).toEqual(text('first'));
    expect(opened.payload.ts).toBe(NOW);
    expect(opened.session.confirmed).toBe(false);
    expect(opened.session.helloId).toEqual(helloIdOf(packet));
  });

  it('shows nothing of who sends it', () => {
    const bytes = Buffer.from(packet);
    for (const secret of [
      alice.fingerprint,
      alice.public.x,
      alice.public.ed,
      alice.public.k.subarray(0, 64),
      Buffer.from('first'),
      Buffer.from('Alice'),
    ])
      expect(bytes.includes(Buffer.from(secret))).toBe(false);
  });

  it('is repeated until the answer opens: any packet of it begins the session, the rest arrive in it', () => {
    const from = side(alice, overBlob());
    const to = side(bob);
    const packets = ['one', 'two', 'three'].map((words) => ({ words, ...sealBy(from, text(words)) }));
    const [one, two, three] = packets;
    if (!one || !two || !three) throw new Error('three were sealed');
    expect(new Set(packets.map((sealed) => helloIdOf(sealed.packet).toString())).size).toBe(1);
    expectText(to, two.packet, 'two');
    expectText(to, three.packet, 'three');
    expectText(to, one.packet, 'one');
    const answer = sealBy(to, text('answer'));
    expect(expectText(from, answer.packet, 'answer').acknowledged).toHaveLength(3);
    expect(packetKind(sealBy(from, text('four')).packet)).toBe('session');
  });

  it('leaves 20,000 bytes for a text, also with the longest profile', () => {
    const large = { nickname: '𝒳'.repeat(64), addresses: [random(1_500), random(1_500)], recordKey: 'k'.repeat(256) };
    const session = initiate({ ...begin, prekey: bobsCard.prekey, invite: null, profile: large });
    const sealed = sealBy(side(alice, session), text('x'.repeat(20_000)));
    expect(sealed.packet).toHaveLength(32_768);
    expect(bobOpensHello(sealed.packet).profile).toEqual(large);
  });

  it('with one bit changed in any field does not open, and the true one still does', () => {
    const wire = parsePacket(packet);
    const hello = decodeHello(wire.pre);
    const fields = ['prekeyId', 'x', 'ctPrekey', 'ctIdentity', 'eid', 'gate'] as const;
    for (const field of fields) {
      const changed: Hello = { ...hello, [field]: flip(hello[field], 3, 2) };
      const bad = encodePacket({ ...wire, pre: encodeHello(changed) });
      expect(['unknownPrekey', 'gate'], field).toContain(refused(() => bobOpensHello(bad)));
      // The gate of a bare blob can be made by anybody: it is the keys that must not fit.
      const gated = encodePacket({ ...wire, pre: encodeHello({ ...changed, gate: gateOf(bob.fingerprint, changed) }) });
      if (field === 'prekeyId' || field === 'gate') continue;
      expect(
        refused(() => bobOpensHello(gated)),
        field,
      ).toBe('authentication');
    }
    for (const field of ['salt', 'hint', 'hdr', 'body', 'mac'] as const) {
      const bad = encodePacket({ ...wire, [field]: flip(wire[field], 5, 1) });
      expect(['notForUs', 'authentication'], field).toContain(refused(() => bobOpensHello(bad)));
    }
    expect(bobOpensHello(packet).payload.body).toEqual(text('first'));
  });

  it('in another bucket, cut, or with a byte behind it is no packet', () => {
    const longer = new Uint8Array(32_768);
    longer.set(packet);
    for (const bad of [packet.subarray(0, -1), new Uint8Array([...packet, 0]), longer, packet.subarray(0, 8_192), flip(packet, 1)])
      expect(refused(() => bobOpensHello(bad))).toBe('malformed');
  });

  it('with a point of low order is refused', () => {
    const wire = parsePacket(packet);
    const changed = { ...decodeHello(wire.pre), x: new Uint8Array(32) };
    const bad = encodePacket({ ...wire, pre: encodeHello({ ...changed, gate: gateOf(bob.fingerprint, changed) }) });
    expect(refused(() => bobOpensHello(bad))).toBe('malformed');
  });

  it('is not begun with keys that are none', () => {
    const good = { ...begin, prekey: bobsCard.prekey, invite: null };
    const badModulus = new Uint8Array(1_568).fill(255);
    expect(refused(() => initiate({ ...good, prekey: { ...good.prekey, k: badModulus } }))).toBe('malformed');
    expect(refused(() => initiate({ ...good, peer: { ...good.peer, k: badModulus } }))).toBe('malformed');
    expect(refused(() => initiate({ ...good, prekey: { ...good.prekey, x: new Uint8Array(32) } }))).toBe('malformed');
  });

  it('for somebody else does not open', () => {
    const input = { packet, prekey: () => reusable, inviteSecret: () => null, random, now: NOW };
    expect(refused(() => openHello({ ...input, identity: mallory }))).toBe('gate');
  });

  it('without an invite is dropped before any cost when the caller says so', () => {
    const input = { identity: bob, packet, prekey: () => reusable, inviteSecret: () => null, random, now: NOW };
    expect(refused(() => openHello({ ...input, allowGateless: () => false }))).toBe('limit');
  });
});

describe('a hello with an invite', () => {
  const from = side(alice, overInvite());
  const sealed = sealBy(from, text('invited'));

  it('opens with the secret and says that it was gated', () => {
    const opened = bobOpensHello(sealed.packet);
    expect(opened.gated).toBe(true);
    expect(opened.prekeyId).toEqual(bobsInviteCard.prekey.id);
    const to = side(bob);
    commit(to, opened);
    expectText(from, sealBy(to, text('welcome')).packet, 'welcome');
    expect(from.session?.confirmed).toBe(true);
  });

  it('made with another secret, or by somebody who only knows the card, does not open', () => {
    const session = initiate({ ...begin, identity: mallory, prekey: bobsInviteCard.prekey, invite: { ...invite, secret: random(32) } });
    expect(refused(() => bobOpensHello(sealBy(side(mallory, session), text('let me in')).packet))).toBe('gate');
  });

  it('whose one-time prekey is gone does not open again', () => {
    const gone = { identity: bob, packet: sealed.packet, prekey: () => null, inviteSecret: () => invite.secret, random, now: NOW };
    expect(refused(() => openHello(gone))).toBe('unknownPrekey');
  });
});

/** Everything of somebody but their ML-KEM key. */
const withKemOf = (thief: ExpandedIdentity, robbed: ExpandedIdentity): ExpandedIdentity => ({
  ...robbed,
  seeds: { ...robbed.seeds, k: thief.seeds.k },
  kSecret: thief.kSecret,
});

describe('static ML-KEM keys prove who both are', () => {
  it('a hello does not open without the identity key of who it is for', () => {
    const thief = withKemOf(mallory, bob);
    const input = { packet, prekey: () => reusable, inviteSecret: () => null, random, now: NOW };
    expect(refused(() => openHello({ ...input, identity: thief }))).toBe('authentication');
  });

  it('the first answer does not open without the identity key of who began, though the whole session is known', () => {
    const to = side(bob);
    const from = side(alice, overBlob());
    expectText(to, sealBy(from, text('hello')).packet, 'hello');
    const answer = sealBy(to, text('for Alice only'));
    const thief = side(withKemOf(mallory, alice), from.session);
    expect(refused(() => arrive(thief, answer.packet))).toBe('authentication');
    expectText(from, answer.packet, 'for Alice only');
  });
});

it('a hello of another session is refused by an open one', () => {
  const to = side(bob);
  expectText(to, packet, 'first');
  const other = sealBy(side(alice, overBlob()), text('other'));
  expect(refused(() => arrive(to, other.packet))).toBe('notForUs');
});
