/** Every decoder of DM/1, with genuine structures to start from and what makes the same bytes of an accepted value again. */
import { fromBase64Url, toBase64Url } from '../../../src/pq/base64url.ts';
import { readCard } from '../../../src/pq/card.ts';
import { CARD_PACKET_BYTES, openCardAnswer, openCardRequest, sealCardAnswer, sealCardRequest } from '../../../src/pq/cardRequest.ts';
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/pq/cbor.ts';
import { PqError } from '../../../src/pq/errors.ts';
import { decodeHello, decodeIntroduction, encodeHello, type Introduction } from '../../../src/pq/hello.ts';
import { decodeIdentity, decodePublicIdentity, encodeIdentity, encodePublicIdentity } from '../../../src/pq/identity.ts';
import { decodeLogEntry, encodeLogEntry, followLog, logHead, rotate, startLog } from '../../../src/pq/identityLog.ts';
import { createInvite, decodeInvite, encodeInvite } from '../../../src/pq/invite.ts';
import { label, prefixed, uint32, uint64 } from '../../../src/pq/labels.ts';
import { encodePacket, packetKind, parsePacket } from '../../../src/pq/packet.ts';
import { decodeBody, decodePayload, encodeBody, encodePayload } from '../../../src/pq/payload.ts';
import { createPrekey, decodePrekey, encodePrekey, prekeyFields } from '../../../src/pq/prekey.ts';
import { concat, dualSign, sha256 } from '../../../src/pq/primitives.ts';
import { writeNickname, writeProfile } from '../../../src/pq/profile.ts';
import { decodeHeader, encodeHeader, type Header } from '../../../src/pq/ratchet.ts';
import { decodeSession, encodeSession, helloIdOf, locate, verifyReply } from '../../../src/pq/session.ts';
import type { Card, RatchetSession } from '../../../src/pq/types.ts';
import {
  NOW,
  WEEK,
  address,
  alice,
  arrive,
  bob,
  cardOf,
  conversation,
  counter,
  invite,
  items,
  look,
  mallory,
  overBlob,
  overInvite,
  reusable,
  sealBy,
  side,
  type Side,
} from '../people.ts';
import { bodies } from './bodies.ts';
import type { Chance } from './chance.ts';
import type { Target } from './engine.ts';
import { beginForged, forge, introductionOf, payloadOf } from '../negative/forge.ts';

const random = counter('fuzz');
const NOTHING = new Uint8Array(0);

/** A decoder and its encoder. */
const codec = <T>(
  name: string,
  corpus: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
  fit?: Target['fit'],
): Target => ({
  name,
  corpus,
  ...(fit ? { fit } : {}),
  run: (input) => {
    const value = decode(input);
    return { value, again: encode(value) };
  },
});

// Sessions in every state, and a packet of every kind.
const { a, b } = conversation();
const invited = side(alice, overInvite());
const waiting = side(alice, overBlob());
const waitingPackets = [sealBy(waiting, bodies.text).packet, sealBy(waiting, bodies.profile).packet];
const lossy = conversation();
const late = Array.from({ length: 5 }, (_, index) => sealBy(lossy.a, index % 2 === 0 ? bodies.text : bodies.ack).packet);
for (const packet of late.slice(3)) arrive(lossy.b, packet);
for (const turn of [1, 2, 3, 4]) {
  arrive(lossy.a, sealBy(lossy.b, turn === 1 ? bodies.dummy : bodies.text).packet);
  sealBy(lossy.a, bodies.text);
  arrive(lossy.b, sealBy(lossy.a, bodies.text).packet);
}
const sessionOf = ({ session }: Side): RatchetSession => {
  if (!session) throw new Error('no session');
  return session;
};
const sessions = [a, b, invited, waiting, lossy.a, lossy.b].map(sessionOf);
const currentPacket = sealBy(a, bodies.text).packet;
const turnPacket = sealBy(b, bodies.text).packet;
const invitedPacket = sealBy(invited, bodies.text).packet;
const answering = side(bob);
arrive(answering, invitedPacket);
const answerPacket = sealBy(answering, bodies.text).packet;
const packets = [...waitingPackets, currentPacket, turnPacket, invitedPacket, answerPacket];

/** Gives a packet one of the right lengths by its body, the sixth field: what is in front of it stays. */
function fitPacket(input: Uint8Array, chance: Chance): Uint8Array {
  const bucket = [4_096, 8_192, 16_384, 32_768].find((length) => length >= input.length);
  if (bucket === undefined || bucket === input.length || chance.once(6)) return input;
  const { body, mac } = parsePacketLoosely(input);
  if (!body || !mac) return input;
  return concat(body.before, encodeCbor(new Uint8Array(Math.max(0, bucket - body.before.length - 3 - mac.length))), mac);
}

/** Where the body of something like a packet begins, and its last field. Nothing where that cannot be told. */
function parsePacketLoosely(input: Uint8Array): { body?: { before: Uint8Array }; mac?: Uint8Array } {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  let at = 1;
  for (let field = 0; field < 5; field++) {
    const first = input[at] ?? 0xff;
    if (first === 0x59 && at + 3 <= input.length) at += 3 + view.getUint16(at + 1);
    else if (first === 0x58 && at + 2 <= input.length) at += 2 + view.getUint8(at + 1);
    else at += first >> 5 === 2 ? 1 + (first & 31) : 1;
  }
  if (at + 34 >= input.length) return {};
  return { body: { before: input.slice(0, at) }, mac: input.slice(-34) };
}

const headerAgain = (header: Header): Uint8Array => encodeHeader({ ...sessionOf(a).send, ...header, xPublic: header.x, kPublic: header.k });

const introductionAgain = ({ identity, profile: of, logHead: head, replaces, begun }: Introduction): Uint8Array =>
  encodeCbor([encodePublicIdentity(identity), writeProfile(of), head, replaces ?? NOTHING, begun]);

const withReplaces = ([identity, pair, head, , begun]: readonly CborValue[], replaces: Uint8Array): Uint8Array =>
  encodeCbor([identity ?? null, pair ?? null, head ?? null, replaces, begun ?? null]);

/** The fields of a card as its owner would sign them, from what is at their place. Throws nothing that matters: see `fit`. */
function signedCard(input: Uint8Array): Uint8Array {
  const fields = items(input);
  const flat = (value: CborValue | undefined): Uint8Array[] => {
    if (value instanceof Uint8Array) return [value];
    return typeof value === 'object' && value !== null ? value.flatMap(flat) : [];
  };
  const [, identity, prekey, nickname, seq, issued, head, addresses] = fields;
  const isTuple = typeof prekey === 'object' && prekey !== null && !(prekey instanceof Uint8Array);
  const [id, notBefore, notAfter, oneTime, x, k] = isTuple ? prekey : [];
  const long = (value: CborValue | undefined): Uint8Array => uint64(typeof value === 'number' ? value : 0);
  const bytes = (value: CborValue | undefined): Uint8Array => (value instanceof Uint8Array ? value : NOTHING);
  const ofPrekey = prefixed(bytes(id), long(notBefore), long(notAfter), Uint8Array.of(oneTime === 1 ? 1 : 0), bytes(x), bytes(k));
  const short = uint32(typeof seq === 'number' ? seq : 0);
  const signed = [bytes(identity), ofPrekey, bytes(nickname), short, long(issued), bytes(head), prefixed(...flat(addresses))];
  const { ed, pq } = dualSign(bob.seeds.ed, bob.pqSecret, concat(label('card'), prefixed(...signed)));
  return encodeCbor([...fields.slice(0, 8), ed, pq]);
}

/** Signs anew what still has the outline of the structure, as its owner could. */
const signing =
  (sign: (input: Uint8Array) => Uint8Array) =>
  (input: Uint8Array): Uint8Array => {
    try {
      return sign(input);
    } catch (error) {
      if (error instanceof PqError || error instanceof RangeError) return input;
      throw error;
    }
  };

function signedEntry(input: Uint8Array): Uint8Array {
  const fields = items(input);
  const [, seq, previous, identity, time, , , edOld, pqOld] = fields;
  const bytes = (value: CborValue | undefined): Uint8Array => (value instanceof Uint8Array ? value : NOTHING);
  const short = uint32(typeof seq === 'number' ? seq : 0);
  const long = uint64(typeof time === 'number' ? time : 0);
  const signed = concat(label('log entry'), prefixed(short, bytes(previous), bytes(identity), long));
  const { ed, pq } = dualSign(bob.seeds.ed, bob.pqSecret, signed);
  return encodeCbor([...fields.slice(0, 5), ed, pq, edOld ?? NOTHING, pqOld ?? NOTHING]);
}

const cardAgain = (card: Card, input: Uint8Array): Uint8Array => {
  // The signatures are not part of the value: what was verified is taken over.
  const [ed, pq] = items(input).slice(8);
  const { identity, prekey, nickname, seq, issued, logHead: head, addresses } = card;
  const fields = [encodePublicIdentity(identity), prekeyFields(prekey), writeNickname(nickname), seq, issued, head, addresses];
  return encodeCbor([1, ...fields, ed ?? null, pq ?? null]);
};
const cards = [cardOf(bob, reusable), cardOf(mallory, createPrekey(random, { notBefore: NOW, notAfter: NOW + WEEK, oneTime: true }))];
const cardTarget = (name: string, fit?: Target['fit']): Target => ({
  name,
  corpus: cards,
  ...(fit ? { fit } : {}),
  run: (input) => {
    const value = readCard(input, NOW);
    return { value, again: cardAgain(value, input) };
  },
});

const utf8 = new TextEncoder();
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const withAddress = createInvite(random, { ...invite, recordKey: null, address: address(), channel: 'irc' });
const invites = [invite, withAddress].map(encodeInvite);
const inviteBody = (text: string): Uint8Array => (fromBase64Url(text.slice(text.indexOf('?') + 1)) ?? NOTHING).slice(0, -4);
const inviteText = (body: Uint8Array): string =>
  `sotto:invite?${toBase64Url(concat(body, sha256(concat(label('invite checksum'), body)).subarray(0, 4)))}`;

const requests = [sealCardRequest(random), sealCardRequest(random, { invite })];
const [request] = requests;
if (!request) throw new Error('a request was made');
const answers = cards.map((card) => sealCardAnswer(random, request.pending.request, card));

const first = startLog(bob, NOW);
const second = rotate(first, bob, mallory, NOW + WEEK);
const logEntries = [first, second, startLog(alice, 0)].map(encodeLogEntry);

/** A sealed header has one of three lengths: others never reach the decoder, so changed ones are cut or filled up. */
function fitHeader(input: Uint8Array): Uint8Array {
  const length = [1_618, 3_188, 4_758].find((possible) => possible >= input.length) ?? 4_758;
  return input.length >= length ? input.slice(0, length) : concat(input, new Uint8Array(length - input.length));
}

/**
 * Opens a packet for somebody who does not commit what it brings. Only what is new is weighed: the payload. With `genuine` nothing
 * else may open; what counts as a duplicate may differ in its body, since the tag it is answered with is not new.
 */
function opened(to: Side, input: Uint8Array, genuine?: readonly Uint8Array[]): { value: unknown; again: Uint8Array | null } {
  const before = to.session ? encodeSession(to.session) : null;
  const task = (): ReturnType<typeof opened> => {
    const arrived = look(to, input, counter('opening'));
    if (arrived.kind === 'duplicate') return { value: arrived, again: null };
    encodeSession(arrived.session);
    const again = genuine ? (genuine.find((packet) => Buffer.compare(packet, input) === 0) ?? NOTHING) : null;
    return { value: arrived.payload, again };
  };
  const result = attempted(task);
  // Another error than PqError: the engine reports it.
  if (before && to.session && Buffer.compare(before, encodeSession(to.session)) !== 0) throw new Error('the session was changed');
  if (result instanceof PqError) throw result;
  return result;
}

function attempted<T>(task: () => T): T | PqError {
  try {
    return task();
  } catch (error) {
    if (error instanceof PqError) return error;
    throw error;
  }
}

const opening = (name: string, corpus: readonly Uint8Array[], to: Side): Target => ({
  name,
  corpus,
  fit: fitPacket,
  run: (input) => opened(to, input, corpus),
});

/** Packets that an insider seals around a changed header or payload. */
const insider = (name: string, corpus: readonly Uint8Array[], packet: (input: Uint8Array) => Uint8Array, to: () => Side): Target => ({
  name,
  corpus,
  run: (input) => opened(to(), packet(input)),
});

const receiver = conversation();
const turned = sessionOf(receiver.b);
const inChain = sessionOf(receiver.a);
const fromHello = beginForged({ from: alice });
const inCurrent = (): Side => receiver.b;
const atTurn = (): Side => receiver.a;
const fields = items(introductionOf(alice));
const payloads = Object.values(bodies).map((body) =>
  encodePayload({ ...payloadOf(sessionOf(a)), ack: { chain: 1, base: 2, bitmap: Uint8Array.of(5, 1) }, body }),
);
const headers = [a, b, waiting, answering].map((from) => encodeHeader(sessionOf(from).send));

const tag = random(16);

export const targets: readonly Target[] = [
  codec('cbor', [...payloads, ...packets, ...sessions.map(encodeSession), ...cards], (bytes) => decodeCbor(bytes, 32_768), encodeCbor),
  codec('packet', packets, parsePacket, encodePacket, fitPacket),
  { name: 'packetKind', corpus: [...packets, ...requests.map(({ packet }) => packet)], run: (input) => ({ value: packetKind(input), again: null }) },
  codec('header', headers, decodeHeader, headerAgain),
  codec('hello', [waiting, invited].map((from) => sessionOf(from).pre), decodeHello, encodeHello),
  codec(
    'introduction',
    [introductionOf(alice), introductionOf(mallory), withReplaces(fields, random(16))],
    decodeIntroduction,
    introductionAgain,
  ),
  codec('payload', payloads, decodePayload, encodePayload),
  codec('body', Object.values(bodies).map(encodeBody), decodeBody, encodeBody),
  cardTarget('card'),
  { ...cardTarget('cardSignedByItsOwner', signing(signedCard)), weight: 3 },
  codec('invite', invites.map(inviteBody), (bytes) => decodeInvite(inviteText(bytes), NOW), (value) => inviteBody(encodeInvite(value))),
  {
    name: 'inviteText',
    corpus: invites.map((text) => utf8.encode(text)),
    run: (input) => {
      const pasted = latin(input);
      const value = decodeInvite(pasted, NOW);
      // White space around it is no part of it.
      return { value, again: bytesOf(pasted.replace(pasted.trim(), () => encodeInvite(value))) };
    },
  },
  codec(
    'cardRequest',
    requests.map(({ packet }) => packet),
    openCardRequest,
    ({ x, k, invite: named }) => {
      const bare = [1, x, k, named?.id ?? NOTHING, named?.gate ?? NOTHING];
      return encodeCbor([...bare, new Uint8Array(CARD_PACKET_BYTES - encodeCbor([...bare, NOTHING]).length - 2)]);
    },
    (input) => (input.length < CARD_PACKET_BYTES ? concat(input, new Uint8Array(CARD_PACKET_BYTES - input.length)) : input),
  ),
  { name: 'cardAnswer', corpus: answers, run: (input) => ({ value: openCardAnswer(input, request.pending), again: null }) },
  codec('logEntry', logEntries, decodeLogEntry, encodeLogEntry),
  { ...codec('logEntrySignedByItsOwner', logEntries, decodeLogEntry, encodeLogEntry, signing(signedEntry)), weight: 3 },
  {
    name: 'followLog',
    corpus: [encodeLogEntry(second)],
    run: (input) => ({ value: followLog({ head: logHead(first), seq: 0, identity: bob.public }, input), again: null }),
  },
  codec('publicIdentity', [alice, bob].map((of) => encodePublicIdentity(of.public)), decodePublicIdentity, encodePublicIdentity),
  codec('storedIdentity', [alice, bob].map((of) => encodeIdentity(of.seeds)), decodeIdentity, encodeIdentity),
  codec('storedPrekey', [reusable, createPrekey(random, { notBefore: 0, notAfter: 2 ** 53 - 1, oneTime: true })].map(encodePrekey), decodePrekey, encodePrekey),
  codec('storedSession', sessions.map(encodeSession), decodeSession, encodeSession),
  { name: 'helloId', corpus: [...waitingPackets, invitedPacket], fit: fitPacket, run: (input) => ({ value: helloIdOf(input), again: null }) },
  { name: 'locate', corpus: [currentPacket], fit: fitPacket, run: (input) => ({ value: locate(sessionOf(b), input), again: null }) },
  {
    name: 'reply',
    corpus: [random(32), random(16)],
    run: (input) => {
      // Only 32 bytes that begin with the tag are a reply.
      const right = input.length === 32 && Buffer.compare(input.subarray(0, 16), tag) === 0;
      if (verifyReply(input, tag) !== right) throw new Error('a wrong answer');
      return { value: right, again: null };
    },
  },
  opening('openCurrent', [currentPacket], b),
  opening('openTurn', [turnPacket], a),
  opening('openOld', late, lossy.b),
  opening('openHello', [...waitingPackets, invitedPacket], side(bob)),
  insider('insiderHeader', [encodeHeader(inChain.send)], (input) => forge(inChain, { headerBytes: fitHeader(input) }), inCurrent),
  insider('insiderTurnHeader', [encodeHeader(turned.send)], (input) => forge(turned, { headerBytes: fitHeader(input) }), atTurn),
  insider('insiderPayload', payloads, (input) => forge(inChain, { payloadBytes: input.slice(0, 29_000) }), inCurrent),
  insider('insiderFirstPayload', payloads, (input) => forge(fromHello, { payloadBytes: input.slice(0, 20_000) }), () => side(bob)),
  insider('insiderIntroduction', [introductionOf(alice), withReplaces(fields, random(16))], (input) => forge(beginForged({ from: alice, introduction: input.slice(0, 8_000) })), () => side(bob)),
]; // prettier-ignore
