/** The long-term identity (B.1): four separate key pairs, stored as seeds, named by one fingerprint over all four. */
import { decodeCbor, encodeCbor, type CborValue } from './cbor.ts';
import { readBytes, readTuple, readVersion } from './fields.ts';
import { KEM_PUBLIC_BYTES, KEM_SEED_BYTES, kemKeys } from './kem.ts';
import { DSA_PUBLIC_BYTES, KEY_BYTES, X_BYTES, dsaKeys, edPublic, xPublic } from './primitives.ts';
import { transcript } from './labels.ts';
import type { ExpandedIdentity, Identity, PublicIdentity, RandomSource } from './types.ts';

const VERSION = 1;
export const FINGERPRINT_BYTES = 32;
/** `[1, ed, pq, x, k]` with the public keys. */
export const PUBLIC_IDENTITY_BYTES = 3_596;
const MAX_STORED_BYTES = 256;

export function createIdentity(random: RandomSource): Identity {
  return { ed: random(KEY_BYTES), pq: random(KEY_BYTES), x: random(X_BYTES), k: random(KEM_SEED_BYTES) };
}

/** For the encrypted store only: these are the seeds. */
export const encodeIdentity = ({ ed, pq, x, k }: Identity): Uint8Array => encodeCbor([VERSION, ed, pq, x, k]);

/** Throws `malformed`. */
export function decodeIdentity(bytes: Uint8Array): Identity {
  const [version, ed, pq, x, k] = readTuple(decodeCbor(bytes, MAX_STORED_BYTES), 5);
  readVersion(version, VERSION);
  return { ed: readBytes(ed, KEY_BYTES), pq: readBytes(pq, KEY_BYTES), x: readBytes(x, X_BYTES), k: readBytes(k, KEM_SEED_BYTES) };
}

/** Expands the seeds (some milliseconds: keep the result). */
export function expandIdentity(seeds: Identity): ExpandedIdentity {
  const pq = dsaKeys(seeds.pq);
  const k = kemKeys(seeds.k);
  const own = { ed: edPublic(seeds.ed), pq: pq.publicKey, x: xPublic(seeds.x), k: k.publicKey };
  return { seeds, public: own, fingerprint: fingerprint(own), pqSecret: pq.secretKey, kSecret: k.secretKey };
}

export const publicIdentity = (identity: ExpandedIdentity): PublicIdentity => identity.public;

const fields = ({ ed, pq, x, k }: PublicIdentity): CborValue => [VERSION, ed, pq, x, k];

/** 3,596 bytes. */
export const encodePublicIdentity = (identity: PublicIdentity): Uint8Array => encodeCbor(fields(identity));

/** Throws `malformed`. The keys may still be none that work: their use says so. */
export function decodePublicIdentity(bytes: Uint8Array): PublicIdentity {
  const [version, ed, pq, x, k] = readTuple(decodeCbor(bytes, PUBLIC_IDENTITY_BYTES), 5);
  readVersion(version, VERSION);
  return {
    ed: readBytes(ed, KEY_BYTES),
    pq: readBytes(pq, DSA_PUBLIC_BYTES),
    x: readBytes(x, X_BYTES),
    k: readBytes(k, KEM_PUBLIC_BYTES),
  };
}

/** 32 bytes that name the identity: a hash over all four public keys. */
export const fingerprint = ({ ed, pq, x, k }: PublicIdentity): Uint8Array => transcript('id', ed, pq, x, k);

/** Crockford's alphabet: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The first 80 bits as four groups of four, to tell people of the same name apart. It proves nothing: the safety number does. */
export function shortFingerprint(fp: Uint8Array): string {
  let bits = 0n;
  for (const byte of readBytes(fp, FINGERPRINT_BYTES).subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  const letters = Array.from({ length: 16 }, (_, index) => ALPHABET.charAt(Number((bits >> BigInt(75 - 5 * index)) & 31n)));
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join('')).join('-');
}
