/** Sealing one message in a session. */
import { ackTag, ackVector } from './acknowledgement.ts';
import { PqError } from './errors.ts';
import { chainStep, hintFor, sealBody, sealHeader } from './messageKeys.ts';
import { SALT_BYTES, chooseBucket, encodePacket, type Bucket } from './packet.ts';
import { MESSAGE_ID_BYTES, TEXT_AFTER_ANSWER, TEXT_BEFORE_ANSWER, encodePayload } from './payload.ts';
import { wipe } from './primitives.ts';
import { encodeHeader } from './ratchet.ts';
import type { Body, OutgoingPayload, RandomSource, RatchetSession } from './types.ts';

/** Messages a session remembers as sent and not acknowledged (design §6.5); the oldest is left to its tag. */
export const MAX_UNACKNOWLEDGED = 256;
/** While the hello is kept beside them: a session's record stays below 16 KiB. */
const MAX_UNANSWERED = 64;
const MAX_N = 0xffff_ffff;
/** What nobody sends again, so that its acknowledgement is not waited for. */
const FLEETING: ReadonlySet<Body['kind']> = new Set(['ack', 'dummy', 'typing', 'presence']);

export interface Sealed {
  /** Commit it before the packet leaves: it can seal no second message with the same key. */
  session: RatchetSession;
  packet: Uint8Array;
  /** What the reply of who opened it begins with; for `verifyReply`. */
  ackTag: Uint8Array;
  mid: Uint8Array;
  bucket: Bucket;
}

/** Bytes of UTF-8 a text may take in this session now. */
export const textLimit = (session: Pick<RatchetSession, 'confirmed'>): number =>
  session.confirmed ? TEXT_AFTER_ANSWER : TEXT_BEFORE_ANSWER;

/** `now`: the time the message carries. Throws `limit` for what does not fit into one packet. */
export function seal(
  session: RatchetSession,
  { payload, random, now }: { payload: OutgoingPayload; random: RandomSource; now: number },
): Sealed {
  const { send, pre } = session;
  const { mid, body } = payload;
  if (mid.length !== MESSAGE_ID_BYTES) throw new PqError('malformed');
  if (send.n >= MAX_N) throw new PqError('limit');
  const bytes = encodePayload({
    mid,
    body,
    ts: now,
    fingerprint: session.ownFingerprint,
    ack: ackVector(session),
    logHead: session.peerLogHead,
  });
  const salt = random(SALT_BYTES);
  const hdr = sealHeader(send.headerKey, { salt, pre }, encodeHeader(send));
  const { bucket, padded } = chooseBucket(bytes.length, pre.length, hdr.length);
  const { messageKey, next } = chainStep(send.chainKey);
  const outer = { salt, hint: hintFor(send.headerKey, salt), pre, hdr };
  const packet = encodePacket(sealBody(messageKey, outer, session.id, bytes, padded));
  const tag = ackTag(messageKey, mid);
  wipe(messageKey, bytes);
  const needsAck = !FLEETING.has(body.kind);
  const unacknowledged = needsAck ? [...session.unacknowledged, { chain: send.number, n: send.n, mid }] : session.unacknowledged;
  const remembered = pre.length > 0 ? MAX_UNANSWERED : MAX_UNACKNOWLEDGED;
  return {
    session: { ...session, send: { ...send, chainKey: next, n: send.n + 1 }, unacknowledged: unacknowledged.slice(-remembered) },
    packet,
    ackTag: tag,
    mid,
    bucket,
  };
}
