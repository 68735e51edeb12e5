/** V8, hellos: at whom they arrive, and steps that fail before anything is sent. */
import type { CborValue } from '../../../src/pq/cbor.ts';
import type { PqErrorCode } from '../../../src/pq/errors.ts';
import { decodeHello, gateOf } from '../../../src/pq/hello.ts';
import { fingerprint } from '../../../src/pq/identity.ts';
import { parsePacket } from '../../../src/pq/packet.ts';
import { initiate, open, openHello, type OpenedHello } from '../../../src/pq/session.ts';
import type { ExpandedIdentity, PrekeySecret, RatchetSession } from '../../../src/pq/types.ts';
import { DAY, NOW, WEEK, address, alice, aliceHead, bob, bobHead, invite, mallory, prekeys, profiles, read } from './cast.ts';
import { PACKET_ITEMS, badModulus, check, ending, flips, lowOrder, shapes, wasted } from './damage.ts';
import { draws, drawn } from './draws.ts';
import { hex, type Json } from './json.ts';
import { beginForged, type HelloForgery } from './forgeHello.ts';
import { send, text, type Sent } from './message.ts';
import { commit } from './state.ts';
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
  const begin = (over: Partial<Parameters<typeof initiate>[0]>): RatchetSession =>
    initiate({
      identity: alice,
      peer: bob.public,
      prekey: read.bob.prekey,
      invite: null,
      profile: profiles.alice,
      logHead: aliceHead,
      peerLogHead: bobHead,
      replaces: null,
      begun: NOW,
      random: draws('negative hello', ['e', 'm for the prekey', 'm for the identity key', 'x', 'k']).random,
      now: NOW,
      ...over,
    });
  const first = (session: RatchetSession): Sent => send(session, 'negative hello', text('hello'));
  const start = (over: Partial<Parameters<typeof initiate>[0]>): Uint8Array => first(begin(over)).packet;
  const forged = (forgery: HelloForgery): Uint8Array => first(beginForged('negative hello', forgery)).packet;
  const field = (index: number, value: CborValue): Uint8Array =>
    forged({ fields: (right) => right.map((item, at) => (at === index ? value : item)) });
  /** With two addresses, so that the hello has exactly that length. */
  const ofLength = (length: number): Uint8Array => {
    const of = (second: number): RatchetSession => {
      const addresses = [address('long hello', 2_000), address('long hello, second', second)];
      const profile: CborValue = [new TextEncoder().encode('Alice'), addresses, null];
      return beginForged('negative hello', { fields: ([identity = null, , ...rest]) => [identity, profile, ...rest] });
    };
    return first(of(2_000 + length - of(2_000).pre.length)).packet;
  };
  if (first(beginForged('negative hello', {})).packet.join() !== start({}).join()) throw new Error('a forgery that changes nothing');
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
    // The same keys as a reusable prekey: the hello itself does not say which it is.
    oneTimeWithoutInvite: start({ prekey: { ...read.bobInvite.prekey, oneTime: false } }),
    fromOurselves: forged({ from: bob }),
    profileOfTwo: field(1, [new TextEncoder().encode('Alice'), []]),
    longNickname: field(1, [new TextEncoder().encode('x'.repeat(65)), [address('alice, first')], null]),
    shortHead: field(2, aliceHead.slice(1)),
    replacesFifteen: field(3, drawn('fifteen', 0, 15)),
    begunInBytes: field(4, new Uint8Array(8)),
    fourFields: forged({ fields: (right) => right.slice(0, 4) }),
    longest: ofLength(12_000),
    tooLong: ofLength(12_001),
    second: send(first(begin({})).session, 'negative hello, second', text('hello again')).packet,
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
    [
      'a one-time prekey without its invite, and the gate with our fingerprint',
      'oneTimeWithoutInvite',
      [],
      { ...withInvite, secret: null },
      'gate',
    ],
    ['the same while the invite is open', 'oneTimeWithoutInvite', [], withInvite, 'gate'],
    ['the sender says to be us, and has our keys', 'fromOurselves', [], blob, 'identityMismatch'],
    ['introduction: a profile of two items', 'profileOfTwo', [], blob, 'malformed'],
    ['introduction: a nickname of 65 code points', 'longNickname', [], blob, 'malformed'],
    ['introduction: a log head of 31 bytes', 'shortHead', [], blob, 'malformed'],
    ['introduction: replaces a session with an id of 15 bytes', 'replacesFifteen', [], blob, 'malformed'],
    ['introduction: begun is no number', 'begunInBytes', [], blob, 'malformed'],
    ['introduction: four items', 'fourFields', [], blob, 'malformed'],
    ['a hello of 12,000 bytes, the most there are: opens', 'longest', [], blob, 'opened'],
    ['a hello of 12,001 bytes', 'tooLong', [], blob, 'malformed'],
    ['its second packet comes first: opens, and passes one over', 'second', [], blob, 'opened'],
  ];
  const bases = { hello: packets.hello, helloWithInvite: packets.helloWithInvite };
  const baseOf = {
    hello: 'hello',
    helloWithInvite: 'helloWithInvite',
    wrongSecret: 'helloWithInvite',
    identityOfLowOrder: 'hello',
    identityWithBadKey: 'hello',
    oneTimeWithoutInvite: 'helloWithInvite',
    fromOurselves: 'hello',
    profileOfTwo: 'hello',
    longNickname: 'hello',
    shortHead: 'hello',
    replacesFifteen: 'hello',
    begunInBytes: 'hello',
    fourFields: 'hello',
    longest: 'hello',
    tooLong: 'hello',
    second: 'hello',
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
    // What was passed over is expected in the session that began.
    const then = from === 'second' ? { then: { packet: 'hello', expect: thenFirst(at, packet, packets.hello) } } : {};
    return { name, at: facts, base, edits: edits.map(editJson), expect, ...then };
  });
  return { packets: bases, cases };
}

const met = ({ identity, prekey, secret, gateless }: HelloCase, packet: Uint8Array): OpenedHello =>
  openHello({
    identity,
    packet,
    prekey: () => prekey,
    inviteSecret: () => secret,
    allowGateless: () => gateless,
    random: wasted(),
    now: NOW,
  });

const greet = (at: HelloCase, packet: Uint8Array): Json =>
  ending(() => {
    const { gated, skippedAdd } = met(at, packet);
    return { result: 'opened', gated, passedOver: skippedAdd.length };
  });

/** The first packet after the second one. */
function thenFirst(at: HelloCase, second: Uint8Array, packet: Uint8Array): Json {
  const { session, ...rows } = commit({ skipped: [], replay: [] }, met(at, second));
  const opened = open(session, { identity: at.identity, packet, ...rows, random: wasted(), now: NOW });
  if (opened.kind !== 'opened') throw new Error('a duplicate');
  return { result: 'opened', passedOver: opened.skippedAdd.length, taken: opened.skippedDelete.length };
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
    begun: NOW,
    now: NOW,
  };
  const oneTime = { prekey: read.bobInvite.prekey };
  const prekey = read.bob.prekey;
  const list: [string, Json, Partial<Parameters<typeof initiate>[0]>, PqErrorCode | null][] = [
    ['nothing different: begins', {}, {}, null],
    ['the prekey ends now, exactly: begins', { now: NOW + WEEK }, { now: NOW + WEEK }, null],
    ['the prekey begins in a day, exactly: begins', { now: NOW - DAY }, { now: NOW - DAY }, null],
    [
      'the invite ends now, exactly: begins',
      { invite: true, prekey: 'bobOneTime', now: invite.notAfter },
      { ...oneTime, invite, now: invite.notAfter },
      null,
    ],
    [
      'the invite ends now, exactly, and its prekey goes on: begins',
      { invite: true, prekey: 'bobOneTime', inviteNotAfter: NOW },
      { ...oneTime, invite: { ...invite, notAfter: NOW } },
      null,
    ],
    [
      'the invite ended a millisecond ago, and its prekey goes on',
      { invite: true, prekey: 'bobOneTime', inviteNotAfter: NOW - 1 },
      { ...oneTime, invite: { ...invite, notAfter: NOW - 1 } },
      'expired',
    ],
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
    const begin = (): unknown => initiate({ ...base, random: wasted(), ...over });
    if (expected === null) begin();
    return { name, differs, code: expected && refusal(begin, expected) };
  });
}
