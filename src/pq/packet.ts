/**
 * The shape of a packet on the wire (B.2): `[1, salt, hint, pre, hdr, body, mac]`, exactly 4, 8, 16 or 32 KiB long. Nothing
 * here is secret and nothing is authenticated yet.
 */
import { decodeCbor, encodeCbor } from './cbor.ts';
import { CARD_PACKET_BYTES } from './cardRequest.ts';
import { PqError } from './errors.ts';
import { readBytes, readTuple, readVersion } from './fields.ts';
import { transcript } from './labels.ts';
import { PADDING_BYTES } from './padding.ts';
import { MAC_BYTES, TAG_BYTES } from './primitives.ts';

export const VERSION = 1;
/** Lengths a packet can have. */
const BUCKETS = [4_096, 8_192, 16_384, 32_768] as const;
export type Bucket = (typeof BUCKETS)[number];
export const MAX_PACKET_BYTES = 32_768;
export const SALT_BYTES = 16;
export const HINT_BYTES = 16;
/** A hello with one address of the greatest length. */
export const MAX_HELLO_BYTES = 12_000;
/** A sealed header without ciphertext (first chain), with one, and with two (first answer). */
const HEADER_LENGTHS = [1_634, 3_204, 4_774];
/** CBOR heads of a long byte string: 0x59 and two bytes. */
const LONG_HEAD = 3;
const PRE_AT = 36;

export interface Wire {
  salt: Uint8Array;
  hint: Uint8Array;
  /** The hello, or empty. */
  pre: Uint8Array;
  hdr: Uint8Array;
  body: Uint8Array;
  mac: Uint8Array;
}

/** A look at the first bytes, to route a packet before any cost. What follows may still be rubbish. */
export function packetKind(bytes: Uint8Array): 'cardRequest' | 'hello' | 'session' | null {
  if (bytes[1] !== VERSION || !BUCKETS.some((bucket) => bucket === bytes.length)) return null;
  if (bytes[0] === 0x86) return bytes.length === CARD_PACKET_BYTES ? 'cardRequest' : null;
  if (bytes[0] !== 0x87 || bytes[2] !== 0x50 || bytes[19] !== 0x50) return null;
  if (bytes[PRE_AT] === 0x40) return 'session';
  return bytes[PRE_AT] === 0x59 ? 'hello' : null;
}

/** Throws `malformed` for any other length, shape or encoding. */
export function parsePacket(bytes: Uint8Array): Wire {
  const kind = packetKind(bytes);
  if (kind === null || kind === 'cardRequest') throw new PqError('malformed');
  const [version, salt, hint, pre, hdr, body, mac] = readTuple(decodeCbor(bytes, MAX_PACKET_BYTES), 7);
  readVersion(version, VERSION);
  const wire = {
    salt: readBytes(salt, SALT_BYTES),
    hint: readBytes(hint, HINT_BYTES),
    pre: readBytes(pre, 0, MAX_HELLO_BYTES),
    hdr: readBytes(hdr, 0, MAX_PACKET_BYTES),
    body: readBytes(body, TAG_BYTES, MAX_PACKET_BYTES),
    mac: readBytes(mac, MAC_BYTES),
  };
  if (!HEADER_LENGTHS.includes(wire.hdr.length)) throw new PqError('malformed');
  return wire;
}

/** The hint of a packet whose kind is `hello` or `session`. */
export const hintIn = (packet: Uint8Array): Uint8Array => packet.subarray(PRE_AT - HINT_BYTES, PRE_AT);

export const encodePacket = ({ salt, hint, pre, hdr, body, mac }: Wire): Uint8Array =>
  encodeCbor([VERSION, salt, hint, pre, hdr, body, mac]);

/** Bytes of a padded payload in a bucket. Negative where not even the rest fits. */
function room(bucket: Bucket, preLength: number, hdrLength: number): number {
  const pre = preLength === 0 ? 1 : LONG_HEAD + preLength;
  return bucket - PRE_AT - pre - LONG_HEAD - hdrLength - LONG_HEAD - TAG_BYTES - (2 + MAC_BYTES);
}

/** The smallest bucket for a payload, and the length it is padded to. Throws `limit` when even 32 KiB are too small. */
export function chooseBucket(payloadLength: number, preLength: number, hdrLength: number): { bucket: Bucket; padded: number } {
  for (const bucket of BUCKETS) {
    const padded = room(bucket, preLength, hdrLength);
    if (padded >= payloadLength + PADDING_BYTES) return { bucket, padded };
  }
  throw new PqError('limit');
}

/** H(pre): names the hello, and the session it began. */
export const helloIdOfPre = (pre: Uint8Array): Uint8Array => transcript('pre', pre);

/** 32 bytes. Throws `malformed` for what is not shaped like a hello. */
export function helloIdOf(packet: Uint8Array): Uint8Array {
  const { pre } = parsePacket(packet);
  if (pre.length === 0) throw new PqError('malformed');
  return helloIdOfPre(pre);
}
