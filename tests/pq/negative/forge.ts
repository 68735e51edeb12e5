/**
 * Packets as a malicious peer makes them: it knows every key of its session, so it can seal any header and any payload. The
 * same for the first packet of somebody who holds a card. Each function takes the honest values and lets some of them be changed.
 */
import { chainStep, hintFor, sealBody, sealHeader } from '../../../src/pq/messageKeys.ts';
import { chooseBucket, encodePacket } from '../../../src/pq/packet.ts';
import { encodePayload } from '../../../src/pq/payload.ts';
import { dh } from '../../../src/pq/primitives.ts';
import { encodeHeader } from '../../../src/pq/ratchet.ts';
import type { ExpandedIdentity, Payload, RatchetSession, SendChain } from '../../../src/pq/types.ts';
import { forgedSession, introductionOf as introduction, type ForgedSession } from '../forgedSession.ts';
import { NOW, bob, bobsCard, logHeadOf, profile, random, text } from '../people.ts';

const NOTHING = new Uint8Array(0);
/** The chain is not really stepped further than this: what is beyond is refused before its key is asked for. */
const MAX_STEPS = 3_000;

/** The payload an honest sender would put into its next packet. */
export const payloadOf = (session: RatchetSession, words = 'forged'): Payload => ({
  mid: new Uint8Array(16).fill(7),
  ts: NOW,
  fingerprint: session.ownFingerprint,
  ack: { chain: 0, base: 0, bitmap: NOTHING },
  logHead: session.peerLogHead,
  body: text(words),
});

export interface Forgery {
  /** Parts of the header. With another `n` the message key is that of `n`. */
  header?: Partial<SendChain>;
  /** The header's plaintext instead of it. */
  headerBytes?: Uint8Array;
  payload?: Partial<Payload>;
  payloadBytes?: Uint8Array;
}

/** The packet `session` would send next, with what is changed in it. Its MAC is right. */
export function forge(session: RatchetSession, { header = {}, headerBytes, payload = {}, payloadBytes }: Forgery = {}): Uint8Array {
  const { send, pre } = session;
  const salt = random(16);
  const hdr = sealHeader(send.headerKey, { salt, pre }, headerBytes ?? encodeHeader({ ...send, ...header }));
  let { chainKey } = send;
  for (let n = send.n; n < Math.min(header.n ?? 0, MAX_STEPS); n++) chainKey = chainStep(chainKey).next;
  const bytes = payloadBytes ?? encodePayload({ ...payloadOf(session), ...payload });
  const { padded } = chooseBucket(bytes.length, pre.length, hdr.length);
  const outer = { salt, hint: hintFor(send.headerKey, salt), pre, hdr };
  return encodePacket(sealBody(chainStep(chainKey).messageKey, outer, session.id, bytes, padded));
}

/** What an honest initiator puts into eid. */
export const introductionOf = (from: ExpandedIdentity): Uint8Array => introduction(from.public, profile, logHeadOf(from), NOW);

export interface FirstForgery extends Pick<ForgedSession, 'hello' | 'gateKey' | 'psk' | 'answerer'> {
  from: ExpandedIdentity;
  /** The plaintext of eid instead of the honest one. */
  introduction?: Uint8Array;
}

/** A session with Bob over his reusable prekey, begun by somebody who changes what it likes. What is not changed is right. */
export function beginForged({ from, introduction = introductionOf(from), ...changes }: FirstForgery): RatchetSession {
  const { prekey } = bobsCard;
  return forgedSession({
    random,
    to: { ...bob, logHead: bobsCard.logHead },
    prekey,
    fingerprint: from.fingerprint,
    proof: dh(from.seeds.x, prekey.x),
    introduction,
    begun: NOW,
    ...changes,
  });
}
