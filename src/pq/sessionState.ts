/** The stored form of a session: versioned, canonical, seeds instead of expanded keys. For the encrypted store only. */
import { decodeCbor, encodeCbor, type CborValue } from './cbor.ts';
import { PqError } from './errors.ts';
import { readBytes, readFlag, readList, readOptional, readTuple, readUint, readVersion } from './fields.ts';
import { SESSION_ID_BYTES } from './hello.ts';
import { FINGERPRINT_BYTES } from './identity.ts';
import { MAX_HELLO_BYTES } from './packet.ts';
import { ACK_BITMAP_BYTES, LOG_HEAD_BYTES, MESSAGE_ID_BYTES } from './payload.ts';
import { KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_BYTES, KEM_SEED_BYTES } from './kem.ts';
import { KEY_BYTES, X_BYTES, concat } from './primitives.ts';
import { MAX_UNACKNOWLEDGED } from './seal.ts';
import type { RatchetSession, ReceiveChain, SendChain } from './types.ts';

/** 2: the peer's log head, unacknowledged messages packed. */
const VERSION = 2;
/** About 6 KiB in a quiet session; the hello with 64 open messages, or 256 of them, come on top. */
const MAX_STATE_BYTES = 16_384;
const MAX_OLD_CHAINS = 4;
const MAX_NUMBER = 0xffff_ffff;
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
    number: readUint(number, MAX_NUMBER),
    headerKey: readBytes(headerKey, KEY_BYTES),
    chainKey: readBytes(chainKey, KEY_BYTES),
    n: readUint(n, MAX_NUMBER),
    previous: readUint(previous, MAX_NUMBER),
    x: readBytes(x, X_BYTES),
    k: readBytes(k, KEM_SEED_BYTES),
    xPublic: readBytes(xPublic, X_BYTES),
    kPublic: readBytes(kPublic, KEM_PUBLIC_BYTES),
    kSecret: null,
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
    number: readUint(number, MAX_NUMBER),
    headerKey: readBytes(headerKey, KEY_BYTES),
    chainKey: readBytes(chainKey, KEY_BYTES),
    n: readUint(n, MAX_NUMBER),
    ack: { base: readUint(base, MAX_NUMBER), bitmap: readBytes(bitmap, 0, ACK_BITMAP_BYTES) },
  };
}

/** Runs of one chain with rising numbers: `[chain, first n, mids]`, since messages are mostly acknowledged in order. */
function writeOpen(open: RatchetSession['unacknowledged']): CborValue[] {
  const runs: { chain: number; first: number; mids: Uint8Array[] }[] = [];
  for (const { chain, n, mid } of open) {
    const last = runs.at(-1);
    if (last?.chain === chain && last.first + last.mids.length === n) last.mids.push(mid);
    else runs.push({ chain, first: n, mids: [mid] });
  }
  return runs.map(({ chain, first, mids }) => [chain, first, concat(...mids)]);
}

function readOpen(value: CborValue | undefined): RatchetSession['unacknowledged'] {
  const runs = readList(value, MAX_UNACKNOWLEDGED);
  const open = runs.flatMap((item) => {
    const [chainField, firstField, midsField] = readTuple(item, 3);
    const [chain, first] = [readUint(chainField, MAX_NUMBER), readUint(firstField, MAX_NUMBER)];
    const mids = readBytes(midsField, MESSAGE_ID_BYTES, MAX_UNACKNOWLEDGED * MESSAGE_ID_BYTES);
    if (mids.length % MESSAGE_ID_BYTES !== 0 || first + mids.length / MESSAGE_ID_BYTES > MAX_NUMBER) throw new PqError('malformed');
    return Array.from({ length: mids.length / MESSAGE_ID_BYTES }, (_, index) => ({
      chain,
      n: first + index,
      mid: mids.slice(index * MESSAGE_ID_BYTES, (index + 1) * MESSAGE_ID_BYTES),
    }));
  });
  if (open.length > MAX_UNACKNOWLEDGED || writeOpen(open).length !== runs.length) throw new PqError('malformed');
  return open;
}

/** About 6 KiB, never more than 16. */
export function encodeSession(session: RatchetSession): Uint8Array {
  return encodeCbor([
    VERSION,
    session.id,
    session.helloId,
    session.begun,
    session.initiator ? 1 : 0,
    session.confirmed ? 1 : 0,
    session.ownFingerprint,
    session.peerFingerprint,
    session.peerLogHead,
    session.rootKey,
    writeSend(session.send),
    session.nextSendKey,
    session.receive && writeReceive(session.receive),
    session.nextReceiveKey,
    session.oldChains.map(({ number, headerKey }) => [number, headerKey]),
    session.pre,
    writeOpen(session.unacknowledged),
  ]);
}

/** Throws `malformed`. */
export function decodeSession(bytes: Uint8Array): RatchetSession {
  const fields = readTuple(decodeCbor(bytes, MAX_STATE_BYTES), 17);
  const [
    version,
    id,
    helloId,
    begun,
    initiator,
    confirmed,
    own,
    peer,
    peerLog,
    rootKey,
    send,
    nextSend,
    receive,
    nextReceive,
    old,
    pre,
    open,
  ] = fields;
  readVersion(version, VERSION);
  return {
    id: readBytes(id, SESSION_ID_BYTES),
    helloId: readBytes(helloId, HELLO_ID_BYTES),
    begun: readUint(begun),
    initiator: readFlag(initiator),
    confirmed: readFlag(confirmed),
    ownFingerprint: readBytes(own, FINGERPRINT_BYTES),
    peerFingerprint: readBytes(peer, FINGERPRINT_BYTES),
    peerLogHead: readBytes(peerLog, LOG_HEAD_BYTES),
    rootKey: readBytes(rootKey, KEY_BYTES),
    send: readSend(send),
    nextSendKey: readBytes(nextSend, KEY_BYTES),
    receive: readReceive(receive),
    nextReceiveKey: readBytes(nextReceive, KEY_BYTES),
    oldChains: readList(old, MAX_OLD_CHAINS).map((item) => {
      const [number, headerKey] = readTuple(item, 2);
      return { number: readUint(number, MAX_NUMBER), headerKey: readBytes(headerKey, KEY_BYTES) };
    }),
    pre: readBytes(pre, 0, MAX_HELLO_BYTES),
    unacknowledged: readOpen(open),
  };
}
