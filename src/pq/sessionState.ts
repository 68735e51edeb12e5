/** The stored form of a session: versioned, canonical, seeds instead of expanded keys. For the encrypted store only. */
import { decodeCbor, encodeCbor, type CborValue } from './cbor.ts';
import { readBytes, readFlag, readList, readOptional, readTuple, readUint, readVersion } from './fields.ts';
import { SESSION_ID_BYTES } from './hello.ts';
import { FINGERPRINT_BYTES } from './identity.ts';
import { MAX_HELLO_BYTES } from './packet.ts';
import { ACK_BITMAP_BYTES, MESSAGE_ID_BYTES } from './payload.ts';
import { KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_BYTES, KEM_SEED_BYTES, KEY_BYTES, X_BYTES } from './primitives.ts';
import { MAX_UNACKNOWLEDGED } from './seal.ts';
import type { RatchetSession, ReceiveChain, SendChain } from './types.ts';

const VERSION = 1;
/** About 6 KiB in a quiet session; the hello and 256 open messages come on top. */
const MAX_STATE_BYTES = 32_768;
const MAX_OLD_CHAINS = 4;
const HELLO_ID_BYTES = 32;

const writeSend = (send: SendChain): CborValue => [
  send.number,
  send.headerKey,
  send.chainKey,
  send.n,
  send.previous,
  send.x,
  send.k,
  send.xPublic,
  send.kPublic,
  send.ct,
  send.ctIdentity,
];

function readSend(value: CborValue | undefined): SendChain {
  const [number, headerKey, chainKey, n, previous, x, k, xPublic, kPublic, ct, ctIdentity] = readTuple(value, 11);
  return {
    number: readUint(number),
    headerKey: readBytes(headerKey, KEY_BYTES),
    chainKey: readBytes(chainKey, KEY_BYTES),
    n: readUint(n),
    previous: readUint(previous),
    x: readBytes(x, X_BYTES),
    k: readBytes(k, KEM_SEED_BYTES),
    xPublic: readBytes(xPublic, X_BYTES),
    kPublic: readBytes(kPublic, KEM_PUBLIC_BYTES),
    ct: readOptional(ct, KEM_CIPHERTEXT_BYTES),
    ctIdentity: readOptional(ctIdentity, KEM_CIPHERTEXT_BYTES),
  };
}

const writeReceive = ({ number, headerKey, chainKey, n, ack }: ReceiveChain): CborValue => [
  number,
  headerKey,
  chainKey,
  n,
  ack.base,
  ack.bitmap,
];

function readReceive(value: CborValue | undefined): ReceiveChain | null {
  if (value === null) return null;
  const [number, headerKey, chainKey, n, base, bitmap] = readTuple(value, 6);
  return {
    number: readUint(number),
    headerKey: readBytes(headerKey, KEY_BYTES),
    chainKey: readBytes(chainKey, KEY_BYTES),
    n: readUint(n),
    ack: { base: readUint(base), bitmap: readBytes(bitmap, 0, ACK_BITMAP_BYTES) },
  };
}

/** About 6 KiB; up to 16 KiB while the hello is still repeated. */
export function encodeSession(session: RatchetSession): Uint8Array {
  return encodeCbor([
    VERSION,
    session.id,
    session.helloId,
    session.initiator ? 1 : 0,
    session.confirmed ? 1 : 0,
    session.ownFingerprint,
    session.peerFingerprint,
    session.rootKey,
    writeSend(session.send),
    session.nextSendKey,
    session.receive && writeReceive(session.receive),
    session.nextReceiveKey,
    session.oldChains.map(({ number, headerKey }) => [number, headerKey]),
    session.pre,
    session.unacknowledged.map(({ chain, n, mid }) => [chain, n, mid]),
  ]);
}

/** Throws `malformed`. */
export function decodeSession(bytes: Uint8Array): RatchetSession {
  const fields = readTuple(decodeCbor(bytes, MAX_STATE_BYTES), 15);
  const [version, id, helloId, initiator, confirmed, own, peer, rootKey, send, nextSend, receive, nextReceive, old, pre, open] = fields;
  readVersion(version, VERSION);
  return {
    id: readBytes(id, SESSION_ID_BYTES),
    helloId: readBytes(helloId, HELLO_ID_BYTES),
    initiator: readFlag(initiator),
    confirmed: readFlag(confirmed),
    ownFingerprint: readBytes(own, FINGERPRINT_BYTES),
    peerFingerprint: readBytes(peer, FINGERPRINT_BYTES),
    rootKey: readBytes(rootKey, KEY_BYTES),
    send: readSend(send),
    nextSendKey: readBytes(nextSend, KEY_BYTES),
    receive: readReceive(receive),
    nextReceiveKey: readBytes(nextReceive, KEY_BYTES),
    oldChains: readList(old, MAX_OLD_CHAINS).map((item) => {
      const [number, headerKey] = readTuple(item, 2);
      return { number: readUint(number), headerKey: readBytes(headerKey, KEY_BYTES) };
    }),
    pre: readBytes(pre, 0, MAX_HELLO_BYTES),
    unacknowledged: readList(open, MAX_UNACKNOWLEDGED).map((item) => {
      const [chain, n, mid] = readTuple(item, 3);
      return { chain: readUint(chain), n: readUint(n), mid: readBytes(mid, MESSAGE_ID_BYTES) };
    }),
  };
}
