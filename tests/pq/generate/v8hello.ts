/** V8, hellos: at whom they arrive, and steps that fail before anything is sent. */
import type { PqErrorCode } from '../../../src/pq/errors.ts';
import { decodeHello, gateOf } from '../../../src/pq/hello.ts';
import { fingerprint } from '../../../src/pq/identity.ts';
import { parsePacket } from '../../../src/pq/packet.ts';
import { initiate, openHello } from '../../../src/pq/session.ts';
import type { ExpandedIdentity, PrekeySecret } from '../../../src/pq/types.ts';
import { DAY, NOW, WEEK, alice, aliceHead, bob, bobHead, invite, mallory, prekeys, profiles, read } from './cast.ts';
import { PACKET_ITEMS, badModulus, check, ending, flips, lowOrder, shapes, wasted } from './damage.ts';
import { draws, drawn } from './draws.ts';
import { hex, type Json } from './json.ts';
import { send, text } from './message.ts';
import { difference, edited, editJson, flipped, itemSpans, refusal, spanOf, type Edit, type Span } from './outcome.ts';

const HELLO_ITEMS = ['prekeyId', 'x', 'ctPrekey', 'ctIdentity', 'eid', 'gate'];

interface HelloCase {
  identity: ExpandedIdentity;
  prekey: PrekeySecret | null;
  secret: Uint8Array | null;
  gateless: boolean;
}

export function helloCases(): { packets: Record<string, Uint8Array>; cases: Json } {
  /** The same draws each time, so that the packets differ in little. */
  const start = (over: Partial<Parameters<typeof initiate>[0]>): Uint8Array => {
    const session = initiate({
      identity: alice,
      peer: bob.public,
      prekey: read.bob.prekey,
      invite: null,
      profile: profiles.alice,
      logHead: aliceHead,
      peerLogHead: bobHead,
      replaces: null,
      random: draws('negative hello', ['e', 'm for the prekey', 'm for the identity key', 'x', 'k']).random,
      now: NOW,
      ...over,
    });
    return send(session, 'negative hello', text('hello')).packet;
  };
  const invited = { prekey: read.bobInvite.prekey, invite };
  const impostor = (over: Partial<ExpandedIdentity['public']>): ExpandedIdentity => {
    const own = { ...alice.public, ...over };
    return { ...alice, public: own, fingerprint: fingerprint(own) };
  };
  const packets = {
    hello: start({}),
    helloWithInvite: start(invited),
    wrongSecret: start({ ...invited, invite: { ...invite, secret: drawn('wrong secret', 0, 32) } }),
    identityOfLowOrder: start({ identity: impostor({ x: new Uint8Array(32) }) }),
    identityWithBadKey: start({ identity: impostor({ k: badModulus(alice.public.k) }) }),
  };
  const blob: HelloCase = { identity: bob, prekey: prekeys.bobReusable, secret: null, gateless: true };
  const withInvite: HelloCase = { ...blob, prekey: prekeys.bobOneTime, secret: invite.secret };

  const { pre } = parsePacket(packets.hello);
  const preAt = 36 + 3;
  const inner = itemSpans(pre, HELLO_ITEMS).map((span) => ({ ...span, at: span.at + preAt }));
  const outer = itemSpans(packets.hello, PACKET_ITEMS).filter(({ name }) => name !== 'pre');
  /** A changed hello whose gate was made anew, by somebody who holds the card. */
  const gated = (packet: Uint8Array, key: Uint8Array, change: Edit[]): Edit[] => {
    const hello = decodeHello(parsePacket(change.reduce(edited, packet)).pre);
    const end = preAt + parsePacket(packet).pre.length;
    return [...change, { at: end - 16, remove: 16, insert: gateOf(key, hello) }];
  };
  const contentOf = (name: string): Span => {
    const span = spanOf(inner, name);
    const head = span.length > 256 ? 3 : span.length > 24 ? 2 : 1;
    return { name, at: span.at + head, length: span.length - head };
  };
  const regated = ['x', 'ctPrekey', 'ctIdentity', 'eid'].map((name): [string, keyof typeof packets, Edit[], HelloCase, string] => {
    const { at, length } = contentOf(name);
    const change = [flipped(packets.hello, at + (length >> 1))];
    return [`hello ${name}: a bit, and a gate made anew`, 'hello', gated(packets.hello, bob.fingerprint, change), blob, 'authentication'];
  });
  const low = lowOrder.map(([name, x]): [string, keyof typeof packets, Edit[], HelloCase, string] => {
    const change = [{ at: contentOf('x').at, remove: 32, insert: x }];
    return [
      `hello x of low order, ${name}, and a gate made anew`,
      'hello',
      gated(packets.hello, bob.fingerprint, change),
      blob,
      'malformed',
    ];
  });
  const list: [string, keyof typeof packets, Edit[], HelloCase, string][] = [
    ['over a bare address: opens', 'hello', [], blob, 'opened'],
    ['with an invite: opens', 'helloWithInvite', [], withInvite, 'opened'],
    ...[...flips(packets.hello, outer, 'packet'), ...flips(packets.hello, inner, 'hello'), ...shapes(packets.hello)].map(
      ([name, edits]): [string, 'hello', Edit[], HelloCase, string] => [name, 'hello', edits, blob, 'refused'],
    ),
    ...regated,
    ...low,
    ['the prekey has expired: its secret was deleted', 'hello', [], { ...blob, prekey: null }, 'unknownPrekey'],
    ['the invite was used up: its prekey was deleted', 'helloWithInvite', [], { ...withInvite, prekey: null }, 'unknownPrekey'],
    ['a one-time prekey without its invite', 'helloWithInvite', [], { ...withInvite, secret: null }, 'gate'],
    ['an open invite, and a hello without it', 'hello', [], { ...blob, secret: invite.secret }, 'gate'],
    ['made with a wrong invite secret', 'wrongSecret', [], withInvite, 'gate'],
    [
      'made with a wrong invite secret, and the gate with the right one',
      'wrongSecret',
      gated(packets.wrongSecret, invite.secret, []),
      withInvite,
      'authentication',
    ],
    ['made for another person', 'hello', [], { ...blob, identity: mallory }, 'gate'],
    ['too many hellos without an invite', 'hello', [], { ...blob, gateless: false }, 'limit'],
    ['the sender’s X25519 identity key is of low order', 'identityOfLowOrder', [], blob, 'malformed'],
    ['the sender’s ML-KEM identity key fails the modulus check', 'identityWithBadKey', [], blob, 'malformed'],
  ];
  const bases = { hello: packets.hello, helloWithInvite: packets.helloWithInvite };
  const baseOf = {
    hello: 'hello',
    helloWithInvite: 'helloWithInvite',
    wrongSecret: 'helloWithInvite',
    identityOfLowOrder: 'hello',
    identityWithBadKey: 'hello',
  } as const;
  const cases = list.map(([name, from, changes, at, expected]): Json => {
    const packet = changes.reduce(edited, packets[from]);
    const base = baseOf[from];
    const edits = base === from ? changes : difference(bases[base], packet);
    const expect = greet(at, packet);
    check(name, expect, expected);
    const facts = {
      identity: at.identity === bob ? 'bob' : 'mallory',
      prekey: at.prekey && (at.prekey.oneTime ? 'bobOneTime' : 'bobReusable'),
      inviteSecret: at.secret && hex(at.secret),
      allowGateless: at.gateless,
    };
    return { name, at: facts, base, edits: edits.map(editJson), expect };
  });
  return { packets: bases, cases };
}

function greet({ identity, prekey, secret, gateless }: HelloCase, packet: Uint8Array): Json {
  return ending(() => {
    const result = openHello({
      identity,
      packet,
      prekey: () => prekey,
      inviteSecret: () => secret,
      allowGateless: () => gateless,
      random: wasted(),
      now: NOW,
    });
    return { result: 'opened', gated: result.gated };
  });
}

/** Steps that fail before anything is sent. */
export function initiations(): Json {
  const base = {
    identity: alice,
    peer: bob.public,
    prekey: read.bob.prekey,
    invite: null,
    profile: profiles.alice,
    logHead: aliceHead,
    peerLogHead: bobHead,
    replaces: null,
    now: NOW,
  };
  const oneTime = { prekey: read.bobInvite.prekey };
  const prekey = read.bob.prekey;
  const list: [string, Json, Partial<Parameters<typeof initiate>[0]>, PqErrorCode][] = [
    ['the prekey ended a millisecond ago', { now: NOW + WEEK + 1 }, { now: NOW + WEEK + 1 }, 'expired'],
    ['the prekey begins in more than a day', { now: NOW - DAY - 1 }, { now: NOW - DAY - 1 }, 'expired'],
    ['our own card', { peer: 'alice' }, { peer: alice.public }, 'identityMismatch'],
    ['a one-time prekey without its invite', { prekey: 'bobOneTime' }, oneTime, 'unknownPrekey'],
    ['an invite for another prekey', { invite: true }, { invite }, 'unknownPrekey'],
    [
      'the card of another person than the invite says',
      { invite: true, prekey: 'bobOneTime', peer: 'mallory' },
      { ...oneTime, invite, peer: mallory.public },
      'identityMismatch',
    ],
    [
      'the prekey’s X25519 key is of low order',
      { prekeyX: hex(new Uint8Array(32)) },
      { prekey: { ...prekey, x: new Uint8Array(32) } },
      'malformed',
    ],
    [
      'the prekey’s ML-KEM key fails the modulus check',
      { prekeyK: hex(badModulus(prekey.k)) },
      { prekey: { ...prekey, k: badModulus(prekey.k) } },
      'malformed',
    ],
    [
      'the identity’s X25519 key is of low order',
      { peerX: hex(new Uint8Array(32)) },
      { peer: { ...bob.public, x: new Uint8Array(32) } },
      'malformed',
    ],
    [
      'the identity’s ML-KEM key fails the modulus check',
      { peerK: hex(badModulus(bob.public.k)) },
      { peer: { ...bob.public, k: badModulus(bob.public.k) } },
      'malformed',
    ],
  ];
  return list.map(([name, differs, over, expected]): Json => {
    const code = refusal(() => initiate({ ...base, random: wasted(), ...over }), expected);
    return { name, differs, code };
  });
}
