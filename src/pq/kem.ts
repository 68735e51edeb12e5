/**
 * ML-KEM-1024 (FIPS 203), computed by OpenSSL through node:crypto where the runtime has it, else by noble. All bytes are the same
 * either way. OpenSSL takes a fifth of the time, its key import included, and is constant-time by intent; noble is not: JavaScript
 * cannot be. Decapsulation with a long-lived key meets chosen ciphertexts, so that is where it counts.
 */
import * as crypto from 'node:crypto';
import { hexToBytes } from '@noble/hashes/utils.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { PqError } from './errors.ts';
import { importPrivate, importPublic } from './derKey.ts';
import { equalBytes, plain, sha256, wipe } from './primitives.ts';
import type { RandomSource } from './types.ts';

export const KEM_SEED_BYTES = 64;
export const KEM_PUBLIC_BYTES = 1_568;
export const KEM_CIPHERTEXT_BYTES = 1_568;
/** The expanded key: secret polynomials (1,536) ‖ public key ‖ its hash (32) ‖ z (32). */
export const KEM_SECRET_BYTES = 3_168;
const PUBLIC_AT = 1_536;
const M_BYTES = 32;

export interface KemPair {
  publicKey: Uint8Array;
  secretKey: Uint8Array;
}

export interface Encapsulated {
  ct: Uint8Array;
  secret: Uint8Array;
}

/** One implementation. Whatever has a wrong length or fails a check of FIPS 203 §7 is `malformed`. */
export interface Kem {
  keys(seed: Uint8Array): KemPair;
  encapsulate(publicKey: Uint8Array, random: RandomSource): Encapsulated;
  decapsulate(secretKey: Uint8Array, ct: Uint8Array): Uint8Array;
  decapsulateSeed(seed: Uint8Array, ct: Uint8Array): Uint8Array;
}

/** What `task` returns, if the lengths are right and it does not throw. */
function strictly<T>(lengths: readonly (readonly [Uint8Array, number])[], task: () => T): T {
  if (lengths.some(([bytes, length]) => bytes.length !== length)) throw new PqError('malformed');
  try {
    return task();
  } catch (cause) {
    throw new PqError('malformed', undefined, { cause });
  }
}

export const kemNoble: Kem = {
  keys: (seed) => strictly([[seed, KEM_SEED_BYTES]], () => ml_kem1024.keygen(seed)),
  encapsulate: (publicKey, random) =>
    strictly([[publicKey, KEM_PUBLIC_BYTES]], () => {
      const m = random(M_BYTES);
      const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey, m);
      wipe(m);
      return { ct: cipherText, secret: sharedSecret };
    }),
  decapsulate: (secretKey, ct) =>
    strictly(
      [
        [secretKey, KEM_SECRET_BYTES],
        [ct, KEM_CIPHERTEXT_BYTES],
      ],
      () => ml_kem1024.decapsulate(ct, secretKey),
    ),
  decapsulateSeed(seed, ct) {
    const { secretKey } = kemNoble.keys(seed);
    try {
      return kemNoble.decapsulate(secretKey, ct);
    } finally {
      wipe(secretKey);
    }
  },
};

/** PKCS#8 around the seed or the expanded key, and SubjectPublicKeyInfo (RFC 9935 §4, §6). */
const PKCS8_SEED = hexToBytes('3054020100300b060960864801650304040304428040');
const PKCS8_EXPANDED = hexToBytes('30820c78020100300b060960864801650304040304820c6404820c60');
const SPKI = hexToBytes('30820632300b06096086480165030404030382062100');

const native: Kem = {
  keys: (seed) =>
    strictly([[seed, KEM_SEED_BYTES]], () => {
      // The export holds the seed, then the expanded key.
      const exported = importPrivate(PKCS8_SEED, seed).export({ format: 'der', type: 'pkcs8' });
      const secretKey = new Uint8Array(exported.subarray(-KEM_SECRET_BYTES));
      wipe(exported);
      return { publicKey: secretKey.slice(PUBLIC_AT, PUBLIC_AT + KEM_PUBLIC_BYTES), secretKey };
    }),
  encapsulate: (publicKey) =>
    strictly([[publicKey, KEM_PUBLIC_BYTES]], () => {
      const key = importPublic(SPKI, publicKey);
      const { ciphertext, sharedKey } = crypto.encapsulate(key);
      return { ct: plain(ciphertext), secret: plain(sharedKey) };
    }),
  decapsulate: (secretKey, ct) =>
    strictly(
      [
        [secretKey, KEM_SECRET_BYTES],
        [ct, KEM_CIPHERTEXT_BYTES],
      ],
      () => plain(crypto.decapsulate(importPrivate(PKCS8_EXPANDED, secretKey), ct)),
    ),
  decapsulateSeed: (seed, ct) =>
    strictly(
      [
        [seed, KEM_SEED_BYTES],
        [ct, KEM_CIPHERTEXT_BYTES],
      ],
      () => plain(crypto.decapsulate(importPrivate(PKCS8_SEED, seed), ct)),
    ),
};

/**
 * Made by noble from the seed 0, 1, … 63: SHA-256 of the expanded key, which holds the public one, and what a ciphertext of zeros
 * decapsulates to. Fixed, because calling noble here would cost each start its warm-up of 30 ms. The tests compare the two.
 */
const KNOWN_KEY_HASH = hexToBytes('3a2a676c5a242ee683cb6097c8f3e64fbef4d90267f9250ec2beab8f99621fad');
const KNOWN_REJECTION = hexToBytes('294cb5b6b0f37a047745a2a69991f66ac85936e1b077e717eaeb26bb0ba42c68');

function takes(task: () => unknown): boolean {
  try {
    task();
    return true;
  } catch {
    return false;
  }
}

/** Electron's BoringSSL has the functions and not the algorithm, or another form of the keys: only doing all of it tells. */
function works(kem: Kem): boolean {
  try {
    const random = (length: number): Uint8Array => new Uint8Array(length);
    const seed = Uint8Array.from({ length: KEM_SEED_BYTES }, (_, index) => index);
    const { publicKey, secretKey } = kem.keys(seed);
    const { ct, secret } = kem.encapsulate(publicKey, random);
    const answers = [kem.decapsulate(secretKey, ct), kem.decapsulateSeed(seed, ct)];
    const zeros = new Uint8Array(KEM_CIPHERTEXT_BYTES);
    return (
      equalBytes(sha256(secretKey), KNOWN_KEY_HASH) &&
      equalBytes(kem.decapsulateSeed(seed, zeros), KNOWN_REJECTION) &&
      answers.every((answer) => equalBytes(answer, secret)) &&
      !takes(() => kem.encapsulate(new Uint8Array(KEM_PUBLIC_BYTES).fill(0xff), random))
    );
  } catch {
    return false;
  }
}

export const kemNative: Kem | null = works(native) ? native : null;
const kem = kemNative ?? kemNoble;

/** The pair from the seed d ‖ z (64): public key (1,568) and expanded key (3,168). */
export const kemKeys = (seed: Uint8Array): KemPair => kem.keys(seed);

/**
 * A ciphertext (1,568) and the secret (32). Throws `malformed` for a key that fails the modulus check (§7.2). With randomness
 * from the system OpenSSL draws m itself: what is mixed into `random` against a failing system generator then does not reach m,
 * only OpenSSL's own generator stands between, and in exchange m meets constant-time code. Any other source is used, by noble.
 */
export const kemEncapsulate = (publicKey: Uint8Array, random: RandomSource): Encapsulated =>
  (random.native ? kem : kemNoble).encapsulate(publicKey, random);

/** Never fails on a wrong ciphertext of the right length (implicit rejection): only the MAC tells. The key must be our own work. */
export const kemDecapsulate = (secretKey: Uint8Array, ct: Uint8Array): Uint8Array => kem.decapsulate(secretKey, ct);

/** With the seed; `expanded`, where it is at hand, saves noble the key generation and is of no use to OpenSSL. */
export const kemDecapsulateSeed = (seed: Uint8Array, ct: Uint8Array, expanded: Uint8Array | null = null): Uint8Array =>
  expanded && kem === kemNoble ? kem.decapsulate(expanded, ct) : kem.decapsulateSeed(seed, ct);
