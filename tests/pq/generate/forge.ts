/** Packets that nobody's src/pq would send, authenticated with the right keys all the same. */
import { ackVector } from '../../../src/pq/acknowledgement.ts';
import { chainStep, hintFor, sealBody, sealHeader } from '../../../src/pq/messageKeys.ts';
import { chooseBucket, encodePacket, parsePacket } from '../../../src/pq/packet.ts';
import { encodePayload } from '../../../src/pq/payload.ts';
import { label, prefixed } from '../../../src/pq/labels.ts';
import { gcmSeal, hkdf, hmac } from '../../../src/pq/primitives.ts';
import { encodeHeader } from '../../../src/pq/ratchet.ts';
import type { Body, RatchetSession, SendChain } from '../../../src/pq/types.ts';
import { NOW } from './cast.ts';

export interface Forgery {
  /** Fields of the header that are not the session's. `n` goes on in the chain, as if those before had been sent. */
  header?: Partial<Pick<SendChain, 'xPublic' | 'kPublic' | 'ct' | 'ctIdentity' | 'previous' | 'n'>>;
  /** Instead of the encoded header. */
  headerBytes?: (encoded: Uint8Array) => Uint8Array;
  payload?: (encoded: Uint8Array) => Uint8Array;
  pre?: Uint8Array;
  /** Instead of 0x80 and zeros behind the payload: fills up to that length. */
  padding?: (payload: Uint8Array, length: number) => Uint8Array;
}

/** `like`: the honest packet whose salt, message id and body are taken, so that the two differ in little. */
export function forge(session: RatchetSession, like: { packet: Uint8Array; mid: Uint8Array; body: Body }, forgery: Forgery): Uint8Array {
  const send = { ...session.send, ...forgery.header };
  const pre = forgery.pre ?? session.pre;
  const { salt } = parsePacket(like.packet);
  const encoded = encodeHeader(send);
  const hdr = sealHeader(send.headerKey, { salt, pre }, forgery.headerBytes?.(encoded) ?? encoded);
  const honest = encodePayload({
    mid: like.mid,
    body: like.body,
    ts: NOW,
    fingerprint: session.ownFingerprint,
    ack: ackVector(session),
    logHead: session.peerLogHead,
  });
  const payload = forgery.payload?.(honest) ?? honest;
  let key = send.chainKey;
  for (let n = session.send.n; n < send.n; n++) key = chainStep(key).next;
  const { padded } = chooseBucket(payload.length, pre.length, hdr.length);
  const outer = { salt, hint: hintFor(send.headerKey, salt), pre, hdr };
  const mk = chainStep(key).messageKey;
  if (!forgery.padding) return encodePacket(sealBody(mk, outer, session.id, payload, padded));
  const okm = hkdf(mk, salt, label('msg', session.id), 76);
  const ad = prefixed(Uint8Array.of(1), salt, outer.hint, pre, hdr, session.id);
  const body = gcmSeal(okm.slice(0, 32), okm.slice(64), ad, forgery.padding(payload, padded));
  return encodePacket({ ...outer, body, mac: hmac(okm.slice(32, 64), prefixed(ad, body)) });
}
