/**
 * What is inside a packet: `[kind, mid, ts, fp, [chain, base, bitmap], logHead, content]`. `content` is CBOR of its own, so
 * that kinds of a later version can be carried without being understood (body.ts).
 */
import { MAX_KIND, MESSAGE_ID_BYTES, readBody, writeBody } from './body.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { readBytes, readTuple, readUint } from './fields.ts';
import { FINGERPRINT_BYTES } from './identity.ts';
import { MAX_PACKET_BYTES } from './packet.ts';
import type { AckVector, Payload } from './types.ts';

export { MESSAGE_ID_BYTES, TEXT_AFTER_ANSWER, TEXT_BEFORE_ANSWER, decodeBody, encodeBody } from './body.ts';
export const LOG_HEAD_BYTES = 32;
/** An acknowledgement looks at most 256 numbers past the first that is missing. */
export const ACK_BITMAP_BYTES = 32;
const MAX_NUMBER = 0xffff_ffff;

/** Throws `limit` for a field that is too long or cannot be written. */
export function encodePayload({ mid, ts, fingerprint, ack, logHead, body }: Payload): Uint8Array {
  const { code, content } = writeBody(body);
  return encodeCbor([code, mid, ts, fingerprint, [ack.chain, ack.base, ack.bitmap], logHead, content]);
}

/** Throws `malformed`; a kind it does not know is `unknown`. */
export function decodePayload(bytes: Uint8Array): Payload {
  const [code, mid, ts, fingerprint, ack, logHead, content] = readTuple(decodeCbor(bytes, MAX_PACKET_BYTES), 7);
  const [chain, base, bitmap] = readTuple(ack, 3);
  const vector: AckVector = {
    chain: readUint(chain, MAX_NUMBER),
    base: readUint(base, MAX_NUMBER),
    bitmap: readBytes(bitmap, 0, ACK_BITMAP_BYTES),
  };
  return {
    mid: readBytes(mid, MESSAGE_ID_BYTES),
    ts: readUint(ts),
    fingerprint: readBytes(fingerprint, FINGERPRINT_BYTES),
    ack: vector,
    logHead: readBytes(logHead, LOG_HEAD_BYTES),
    body: readBody({ code: readUint(code, MAX_KIND), content: readBytes(content, 0, MAX_PACKET_BYTES) }),
  };
}
