/** One message and one turn of the ratchet, step by step, checked against what src/pq does. */
import { parsePacket, encodePacket } from '../../../src/pq/packet.ts';
import { ackVector } from '../../../src/pq/acknowledgement.ts';
import { encodePayload } from '../../../src/pq/payload.ts';
import { encodeHeader, decodeHeader, type Header } from '../../../src/pq/ratchet.ts';
import { openHeader } from '../../../src/pq/messageKeys.ts';
import { seal, type Sealed } from '../../../src/pq/session.ts';
import type { Body, ExpandedIdentity, PublicIdentity, RatchetSession } from '../../../src/pq/types.ts';
import { NOW } from './cast.ts';
import { draws, drawn, type Draws } from './draws.ts';
import { concat, label, same, type Steps } from './steps.ts';

const NONE = new Uint8Array(0);

export const midOf = (name: string): Uint8Array => drawn(`mid ${name}`, 0, 16);
export const text = (words: string): Body => ({ kind: 'text', text: words, action: false });

export interface Sent extends Sealed {
  body: Body;
  draws: Draws;
}

export function send(session: RatchetSession, name: string, body: Body): Sent {
  const taken = draws(`seal ${name}`, ['salt']);
  const sealed = seal(session, { payload: { mid: midOf(name), body }, random: taken.random, now: NOW });
  return { ...sealed, body, draws: taken };
}

/** From the session before to the packet and the tag of its reply. */
export function messageSteps(trace: Steps, before: RatchetSession, { packet, body, mid, ackTag }: Sent): void {
  const { send: chain, pre } = before;
  const wire = parsePacket(packet);
  const { salt } = wire;
  const header = trace.value('header', encodeHeader(chain));
  const hint = trace.hmac('hint', chain.headerKey, label('hint', salt), 16);
  const hdrKeys = trace.hkdf('hdr: key ‖ nonce', chain.headerKey, salt, label('hdr'), 44);
  const hdrAd = trace.concat('hdr: ad', { salt, pre });
  const hdr = trace.gcmInPacket('hdr', hdrKeys, hdrAd, header);
  const mk = trace.hmac('mk', chain.chainKey, Uint8Array.of(1));
  trace.hmac("CK'", chain.chainKey, Uint8Array.of(2));
  const payload = encodePayload({
    mid,
    body,
    ts: NOW,
    fingerprint: before.ownFingerprint,
    ack: ackVector(before),
    logHead: before.peerLogHead,
  });
  trace.value('payload', payload);
  const padded = trace.pad('padded', payload, wire.body.length - 16);
  const keys = trace.hkdf('msg: aes ‖ mac ‖ nonce', mk, salt, label('msg', before.id), 76);
  const ad = trace.lp('ad', { v: Uint8Array.of(1), salt, hint, pre, hdr, sid: before.id });
  const sealed = trace.gcmInPacket('body', concat(keys.slice(0, 32), keys.slice(64)), ad, padded);
  const mac = trace.hmacOfFields('mac', keys.slice(32, 64), { ad, body: sealed });
  same('packet', encodePacket({ salt, hint, pre, hdr, body: sealed, mac }), packet);
  const ackKey = trace.hkdf('ack key', mk, NONE, label('ack'), 32);
  same('tag', trace.hmac('ack tag', ackKey, mid, 16), ackTag);
}

/** The header of a packet, opened with the header key of its chain. */
export const headerOf = (headerKey: Uint8Array, packet: Uint8Array): Header => decodeHeader(openHeader(headerKey, parsePacket(packet)));

export const TURN_DRAWS = ['x', 'k', 'm'];
export const FIRST_TURN_DRAWS = [...TURN_DRAWS, 'm for the identity key'];

/** What the first packet of a session brings to the answerer. */
export interface First {
  rt: Uint8Array;
  ctPrekey: Uint8Array;
  peer: PublicIdentity;
}

/** Both halves of a turn: `before` received a packet of a new chain with that header, and became `after`. */
export function turnSteps(
  trace: Steps,
  before: RatchetSession,
  after: RatchetSession,
  { header, identity, taken, first }: { header: Header; identity: ExpandedIdentity; taken: Draws; first: First | null },
): { receiving: Uint8Array; sending: Uint8Array } {
  const { send: own } = before;
  const isFirstAnswer = before.initiator && before.receive === null;
  const ct = first?.ctPrekey ?? header.ct;
  const secrets = {
    dh: trace.dh('receiving: dh', own.x, header.x),
    ss: first ? first.rt : trace.decapsulate('receiving: ss', own.k, header.ct),
    ss_a: isFirstAnswer ? trace.decapsulate('receiving: ss_a', identity.seeds.k, header.ctIdentity) : NONE,
  };
  const th = trace.hash('receiving: th', 'step', {
    ek: own.kPublic,
    ct,
    x_sender: header.x,
    x_receiver: own.xPublic,
    ctIdentity: header.ctIdentity,
  });
  const receiving = trace.hkdfOfFields("receiving: RK' ‖ CK ‖ NHK", secrets, before.rootKey, label('root', th), 96);
  same('next receive key', receiving.slice(64), after.nextReceiveKey);

  const x = trace.xPublic('sending: x', taken.of('x'));
  const k = trace.kemKeys('sending: k', taken.of('k'));
  const toRatchet = trace.encapsulate('sending: ss', header.k, taken.of('m'));
  const toIdentity = first
    ? trace.encapsulate('sending: ss_a', first.peer.k, taken.of('m for the identity key'))
    : { ct: NONE, secret: NONE };
  const out = { dh: trace.dh('sending: dh', taken.of('x'), header.x), ss: toRatchet.secret, ss_a: toIdentity.secret };
  const thOut = trace.hash('sending: th', 'step', {
    ek: header.k,
    ct: toRatchet.ct,
    x_sender: x,
    x_receiver: header.x,
    ctIdentity: toIdentity.ct,
  });
  const sending = trace.hkdfOfFields("sending: RK' ‖ CK ‖ NHK", out, receiving.slice(0, 32), label('root', thOut), 96);
  same('root', sending.slice(0, 32), after.rootKey);
  same('chain', sending.slice(32, 64), after.send.chainKey);
  same('next send key', sending.slice(64), after.nextSendKey);
  same('x', x, after.send.xPublic);
  same('k', k, after.send.kPublic);
  same('ct', toRatchet.ct, after.send.ct);
  same('ctIdentity', toIdentity.ct, after.send.ctIdentity);
  return { receiving, sending };
}
