/** The steps of the ratchet (B.3): one X25519 and one ML-KEM-1024 exchange a turn, both bound into the root by a transcript. */
import { decodeCbor, encodeCbor } from './cbor.ts';
import { PqError } from './errors.ts';
import { readBytes, readOptional, readTuple } from './fields.ts';
import { label, prefixed, transcript, uint32 } from './labels.ts';
import { chainStep } from './messageKeys.ts';
import { MAX_PACKET_BYTES } from './packet.ts';
import { KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_BYTES, KEM_SEED_BYTES, kemEncapsulate, kemKeys } from './kem.ts';
import { KEY_BYTES, X_BYTES, dh, hkdf, wipe, xPublic } from './primitives.ts';
import type { OwnRatchet, RandomSource, RatchetSource, SendChain, SkippedRow } from './types.ts';

/** Messages of one chain that one packet may pass over (B.6). */
const MAX_JUMP = 1_024;
export const NOTHING = new Uint8Array(0);

/** Chain numbers as the store's keys: eight hex digits. */
export const chainName = (chain: number): string => chain.toString(16).padStart(8, '0');

export interface Header {
  x: Uint8Array;
  k: Uint8Array;
  ct: Uint8Array;
  ctIdentity: Uint8Array;
  previous: number;
  n: number;
}

/** Numbers take four bytes whatever their size, so that the length of a sealed header tells nothing about them. */
export const encodeHeader = ({ xPublic: x, kPublic: k, ct, ctIdentity, previous, n }: SendChain): Uint8Array =>
  encodeCbor([x, k, ct, ctIdentity, uint32(previous), uint32(n)]);

const readUint32 = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

export function decodeHeader(bytes: Uint8Array): Header {
  const [x, k, ct, ctIdentity, previous, n] = readTuple(decodeCbor(bytes, MAX_PACKET_BYTES), 6);
  return {
    x: readBytes(x, X_BYTES),
    k: readBytes(k, KEM_PUBLIC_BYTES),
    ct: readOptional(ct, KEM_CIPHERTEXT_BYTES),
    ctIdentity: readOptional(ctIdentity, KEM_CIPHERTEXT_BYTES),
    previous: readUint32(readBytes(previous, 4)),
    n: readUint32(readBytes(n, 4)),
  };
}

export interface Secrets {
  dh: Uint8Array;
  kem: Uint8Array;
  /** Of the identity key, in the answerer's first chain only. */
  identity: Uint8Array;
}

/** th of B.3: `k` is the key encapsulated to, `sender` and `receiver` the X25519 keys. */
export const stepTranscript = (
  k: Uint8Array,
  ct: Uint8Array,
  sender: Uint8Array,
  receiver: Uint8Array,
  ctIdentity: Uint8Array,
): Uint8Array => transcript('step', k, ct, sender, receiver, ctIdentity);

export interface Stepped {
  rootKey: Uint8Array;
  chainKey: Uint8Array;
  /** Header key of the chain after the next. */
  nextHeaderKey: Uint8Array;
}

/** RK', CK, NHK = HKDF(salt = RK, ikm = LP(dh) LP(ss) LP(ss_a), "root" ‖ th). Wipes the secrets. */
export function rootStep(rootKey: Uint8Array, secrets: Secrets, th: Uint8Array): Stepped {
  const ikm = prefixed(secrets.dh, secrets.kem, secrets.identity);
  const okm = hkdf(ikm, rootKey, label('root', th), 3 * KEY_BYTES);
  const stepped = {
    rootKey: okm.slice(0, KEY_BYTES),
    chainKey: okm.slice(KEY_BYTES, 2 * KEY_BYTES),
    nextHeaderKey: okm.slice(2 * KEY_BYTES),
  };
  wipe(ikm, okm, secrets.dh, secrets.kem, secrets.identity);
  return stepped;
}

/** A ratchet key for a coming turn. May be made ahead of time; must be used once. */
export function prepareRatchet(random: RandomSource): OwnRatchet {
  const seeds = { x: random(X_BYTES), k: random(KEM_SEED_BYTES) };
  return ratchetOf(seeds);
}

export function ratchetOf({ x, k }: { x: Uint8Array; k: Uint8Array }): OwnRatchet {
  const { publicKey, secretKey } = kemKeys(k);
  return { x, k, xPublic: xPublic(x), kPublic: publicKey, kSecret: secretKey };
}

/** Our half of a turn: a new pair, encapsulated to theirs, and to their identity key where `identityKey` is given. */
export function sendStep(
  rootKey: Uint8Array,
  header: Pick<Header, 'x' | 'k'>,
  identityKey: Uint8Array | null,
  random: RandomSource,
  ratchet: RatchetSource,
): Stepped & { own: OwnRatchet; ct: Uint8Array; ctIdentity: Uint8Array } {
  const own = ratchet();
  const { ct, secret } = kemEncapsulate(header.k, random);
  const identity = identityKey ? kemEncapsulate(identityKey, random) : { ct: NOTHING, secret: NOTHING };
  const th = stepTranscript(header.k, ct, own.xPublic, header.x, identity.ct);
  const stepped = rootStep(rootKey, { dh: dh(own.x, header.x), kem: secret, identity: identity.secret }, th);
  return { ...stepped, own, ct, ctIdentity: identity.ct };
}

/** Keys of the messages `from` to `to` - 1. Throws `limit` when these are more than 1,024. */
export function skip(chain: number, chainKey: Uint8Array, from: number, to: number): { chainKey: Uint8Array; rows: SkippedRow[] } {
  if (to - from > MAX_JUMP) throw new PqError('limit');
  const rows: SkippedRow[] = [];
  let key = chainKey;
  for (let n = from; n < to; n++) {
    const { messageKey, next } = chainStep(key);
    rows.push({ chain: chainName(chain), n, bytes: messageKey });
    key = next;
  }
  return { chainKey: key, rows };
}
