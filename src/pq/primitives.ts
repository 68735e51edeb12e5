/**
 * The primitives DM/1 is made of, beside ML-KEM in kem.ts, and the only file that knows who computes them: X25519, Ed25519 signing,
 * AES-256-GCM and long hashes by node:crypto; short hashes by noble (node's set-up cost exceeds theirs), and what node cannot do as
 * DM/1 needs it: deterministic ML-DSA-65, and Ed25519 verification that refuses public keys of small order on every runtime.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  hash,
  hkdfSync,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js';
import { hmac as nobleHmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { importPrivate, importPublic } from './derKey.ts';
import { PqError } from './errors.ts';

export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
export const MAC_BYTES = 32;
export const X_BYTES = 32;
export const DSA_PUBLIC_BYTES = 1_952;
export const DSA_SIGNATURE_BYTES = 3_309;
export const ED_SIGNATURE_BYTES = 64;

/** Up to this many bytes noble is quicker than node's set-up. */
const SMALL_BYTES = 64;

/** Best effort: JavaScript cannot promise that no copy is left. */
export function wipe(...secrets: Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

/** Constant time for equal lengths. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** A plain copy; what node returned is wiped. */
export function plain(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes);
  bytes.fill(0);
  return copy;
}

/** Node looks at a key that is plain bytes by provoking two exceptions, each dearer than the work: so it is handed a KeyObject. */
const secret = createSecretKey;

export const sha256 = (data: Uint8Array): Uint8Array =>
  data.length <= SMALL_BYTES ? nobleSha256(data) : plain(hash('sha256', data, 'buffer'));
export const sha512 = (data: Uint8Array): Uint8Array => plain(hash('sha512', data, 'buffer'));

/** HMAC-SHA-256 (RFC 2104): 32 bytes. */
export const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  data.length <= SMALL_BYTES ? nobleHmac(nobleSha256, key, data) : plain(createHmac('sha256', secret(key)).update(data).digest());

/** HKDF-SHA-256 (RFC 5869). */
export function hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return ikm.length <= SMALL_BYTES
    ? nobleHkdf(nobleSha256, ikm, salt, info, length)
    : new Uint8Array(hkdfSync('sha256', secret(ikm), salt, info, length));
}

/** AES-256-GCM (SP 800-38D): ciphertext with the 16-byte tag at its end. */
export function gcmSeal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', secret(key), nonce).setAAD(ad);
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

/** The plaintext. Throws `authentication`. */
export function gcmOpen(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length < TAG_BYTES) throw new PqError('malformed');
  const split = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', secret(key), nonce, { authTagLength: TAG_BYTES })
    .setAAD(ad)
    .setAuthTag(sealed.subarray(split));
  const opened = plain(decipher.update(sealed.subarray(0, split)));
  try {
    decipher.final();
    return opened;
  } catch {
    wipe(opened);
    throw new PqError('authentication');
  }
}

/** PKCS#8 and SubjectPublicKeyInfo around a raw key of X25519 and Ed25519 (RFC 8410). */
const PKCS8_X25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);
const SPKI_X25519 = Uint8Array.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 3, 0x21, 0);
const SPKI_ED25519 = Uint8Array.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0);
const PKCS8_ED25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/** Of a 32-byte seed. */
function importSeed(prefix: Uint8Array, seed: Uint8Array): KeyObject {
  if (seed.length !== X_BYTES) throw new PqError('malformed');
  return importPrivate(prefix, seed);
}

function publicBytes(privateKey: KeyObject): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(-X_BYTES));
}

export const xPublic = (seed: Uint8Array): Uint8Array => publicBytes(importSeed(PKCS8_X25519, seed));

/** X25519 (RFC 7748). Throws `malformed` for a low-order point (all-zero result). */
export function dh(seed: Uint8Array, theirs: Uint8Array): Uint8Array {
  if (theirs.length !== X_BYTES) throw new PqError('malformed');
  const privateKey = importSeed(PKCS8_X25519, seed);
  const publicKey = importPublic(SPKI_X25519, theirs);
  try {
    return plain(diffieHellman({ privateKey, publicKey }));
  } catch {
    throw new PqError('malformed');
  }
}

/** ML-DSA-65 key pair from its 32-byte seed (FIPS 204). */
export const dsaKeys = (seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array } => ml_dsa65.keygen(seed);
export const edPublic = (seed: Uint8Array): Uint8Array => publicBytes(importSeed(PKCS8_ED25519, seed));

export interface DualSignature {
  ed: Uint8Array;
  pq: Uint8Array;
}

/** Ed25519 and deterministic ML-DSA-65 over the same bytes. */
export const dualSign = (edSeed: Uint8Array, pqSecret: Uint8Array, message: Uint8Array): DualSignature => ({
  ed: plain(sign(null, message, importSeed(PKCS8_ED25519, edSeed))),
  pq: ml_dsa65.sign(message, pqSecret, { extraEntropy: false }),
});

/**
 * Ed25519 without the cofactor (RFC 8032 §5.1.7 allows both): OpenSSL checks that equation, noble that the encodings are canonical and
 * the key has no small order. So all implementations agree on keys of mixed order: they are refused.
 */
const edVerify = (key: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean =>
  ed25519.verify(signature, message, key, { zip215: false }) && verify(null, message, importPublic(SPKI_ED25519, key), signature);

/** True only if both signatures are right. */
export function dualVerify(keys: { ed: Uint8Array; pq: Uint8Array }, signature: DualSignature, message: Uint8Array): boolean {
  try {
    return edVerify(keys.ed, signature.ed, message) && ml_dsa65.verify(signature.pq, message, keys.pq);
  } catch {
    // Both throw where a key or signature is not even an encoding of one.
    return false;
  }
}
