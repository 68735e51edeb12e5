/** Prekeys (B.1): the reusable one of the card, and one-time ones of invites. Stored as seeds. */
import { decodeCbor, encodeCbor, type CborValue } from './cbor.ts';
import { readBytes, readFlag, readTuple, readUint, readVersion } from './fields.ts';
import { KEM_PUBLIC_BYTES, KEM_SEED_BYTES, kemKeys } from './kem.ts';
import { X_BYTES, wipe, xPublic } from './primitives.ts';
import type { PrekeySecret, RandomSource, SignedPrekey } from './types.ts';

const VERSION = 1;
export const PREKEY_ID_BYTES = 8;
const MAX_STORED_BYTES = 256;

/** `notBefore`, `notAfter`: ms since 1970, what others may begin with it in. How long the secret is kept is the caller's matter. */
export function createPrekey(
  random: RandomSource,
  { notBefore, notAfter, oneTime }: { notBefore: number; notAfter: number; oneTime: boolean },
): PrekeySecret {
  return { id: random(PREKEY_ID_BYTES), notBefore, notAfter, oneTime, x: random(X_BYTES), k: random(KEM_SEED_BYTES) };
}

/** For the encrypted store only. */
export const encodePrekey = ({ id, notBefore, notAfter, oneTime, x, k }: PrekeySecret): Uint8Array =>
  encodeCbor([VERSION, id, notBefore, notAfter, oneTime ? 1 : 0, x, k]);

/** Throws `malformed`. */
export function decodePrekey(bytes: Uint8Array): PrekeySecret {
  const [version, id, notBefore, notAfter, oneTime, x, k] = readTuple(decodeCbor(bytes, MAX_STORED_BYTES), 7);
  readVersion(version, VERSION);
  return {
    id: readBytes(id, PREKEY_ID_BYTES),
    notBefore: readUint(notBefore),
    notAfter: readUint(notAfter),
    oneTime: readFlag(oneTime),
    x: readBytes(x, X_BYTES),
    k: readBytes(k, KEM_SEED_BYTES),
  };
}

/** The public half, for `signCard`. */
export function publicPrekey({ id, notBefore, notAfter, oneTime, x, k }: PrekeySecret): SignedPrekey {
  const { publicKey, secretKey } = kemKeys(k);
  wipe(secretKey);
  return { id, notBefore, notAfter, oneTime, x: xPublic(x), k: publicKey };
}

export const prekeyFields = ({ id, notBefore, notAfter, oneTime, x, k }: SignedPrekey): CborValue => [
  id,
  notBefore,
  notAfter,
  oneTime ? 1 : 0,
  x,
  k,
];

export function readPrekey(value: CborValue | undefined): SignedPrekey {
  const [id, notBefore, notAfter, oneTime, x, k] = readTuple(value, 6);
  return {
    id: readBytes(id, PREKEY_ID_BYTES),
    notBefore: readUint(notBefore),
    notAfter: readUint(notAfter),
    oneTime: readFlag(oneTime),
    x: readBytes(x, X_BYTES),
    k: readBytes(k, KEM_PUBLIC_BYTES),
  };
}
