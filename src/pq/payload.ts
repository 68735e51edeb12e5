/**
 * What is inside a packet: `[kind, mid, ts, fp, [chain, base, bitmap], logHead, content]`. `content` is CBOR of its own, so
 * that kinds of a later version can be carried without being understood.
 */
import { decodeCbor, encodeCbor } from './cbor.ts';
import { readBytes, readFlag, readText, readTuple, readUint, writeText } from './fields.ts';
import { FINGERPRINT_BYTES } from './identity.ts';
import { MAX_PACKET_BYTES } from './packet.ts';
import { fitAddresses, readAddresses, readProfile, writeProfile } from './profile.ts';
import { PqError } from './errors.ts';
import type { AckVector, Body, Payload } from './types.ts';

export const MESSAGE_ID_BYTES = 16;
export const LOG_HEAD_BYTES = 32;
/** An acknowledgement looks at most 256 numbers past the first that is missing. */
export const ACK_BITMAP_BYTES = 32;
/** Bytes of UTF-8 a text may take before the other side has answered (the hello needs room) and after it (design §6.6). */
export const TEXT_BEFORE_ANSWER = 20_000;
export const TEXT_AFTER_ANSWER = 29_000;
const MAX_NUMBER = 0xffff_ffff;

const DUMMY = 0;
const TEXT = 1;
const PROFILE = 2;
const ADDRESS_UPDATE = 3;
const ACK = 4;

const NOTHING = new Uint8Array(0);

interface Coded {
  code: number;
  content: Uint8Array;
}

function writeBody(body: Body): Coded {
  switch (body.kind) {
    case 'dummy':
      return { code: DUMMY, content: NOTHING };
    case 'text':
      return { code: TEXT, content: encodeCbor([body.action ? 1 : 0, writeText(body.text, TEXT_AFTER_ANSWER)]) };
    case 'profile':
      return { code: PROFILE, content: encodeCbor(writeProfile(body)) };
    case 'addressUpdate':
      return { code: ADDRESS_UPDATE, content: encodeCbor(fitAddresses(body.addresses)) };
    case 'ack':
      return { code: ACK, content: NOTHING };
    case 'unknown':
      return { code: body.code, content: body.bytes };
  }
}

function readTextBody(content: Uint8Array): Body {
  const [action, text] = readTuple(decodeCbor(content, MAX_PACKET_BYTES), 2);
  return { kind: 'text', action: readFlag(action), text: readText(text, TEXT_AFTER_ANSWER) };
}

function readBody({ code, content }: Coded): Body {
  switch (code) {
    case DUMMY:
    case ACK:
      if (content.length > 0) throw new PqError('malformed');
      return { kind: code === ACK ? 'ack' : 'dummy' };
    case TEXT:
      return readTextBody(content);
    case PROFILE:
      return { kind: 'profile', ...readProfile(decodeCbor(content, MAX_PACKET_BYTES)) };
    case ADDRESS_UPDATE:
      return { kind: 'addressUpdate', addresses: readAddresses(decodeCbor(content, MAX_PACKET_BYTES)) };
    default:
      return { kind: 'unknown', code, bytes: content };
  }
}

/** A body alone, as it waits in the outbox. Throws `limit`. */
export function encodeBody(body: Body): Uint8Array {
  const { code, content } = writeBody(body);
  return encodeCbor([code, content]);
}

/** Throws `malformed`. */
export function decodeBody(bytes: Uint8Array): Body {
  const [code, content] = readTuple(decodeCbor(bytes, MAX_PACKET_BYTES), 2);
  return readBody({ code: readUint(code, MAX_NUMBER), content: readBytes(content, 0, MAX_PACKET_BYTES) });
}

/** Throws `limit` for a text, name or address that is too long. */
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
    body: readBody({ code: readUint(code, MAX_NUMBER), content: readBytes(content, 0, MAX_PACKET_BYTES) }),
  };
}
