/**
 * How the key file seals (docs/KEY.md). A seal of `content` under a 32-byte key, for one purpose:
 *
 *   salt (32 random bytes) ‖ AES-256-GCM(key₁, nonce, ad, content) ‖ HMAC-SHA-256(key₂, len(ad) ‖ ad ‖ salt ‖ ciphertext)
 *   key₁ (32) ‖ key₂ (32) ‖ nonce (12) = HKDF-SHA-256(key, salt, "sotto/key/2 " ‖ purpose)
 *
 * The keys are fresh for each salt, so the nonce may be derived; the HMAC commits to the key, as in DM/1.
 */
import { PqError } from '../../pq/errors.ts';
import {
  concat,
  equalBytes,
  gcmOpen,
  gcmSeal,
  hkdf,
  hmac,
  KEY_BYTES,
  MAC_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  wipe,
} from '../../pq/primitives.ts';

export const SECRET_BYTES = 32;
const SALT_BYTES = 32;
const utf8 = new TextEncoder();

/** `keys`: the database keys under the master key. The others: the master key under what that way to open it yields. */
export type SealPurpose = 'keys' | 'keyring' | 'passphrase' | 'recovery';

const parts = (key: Uint8Array, salt: Uint8Array, purpose: SealPurpose) => {
  const derived = hkdf(key, salt, utf8.encode(`sotto/key/2 ${purpose}`), 2 * KEY_BYTES + NONCE_BYTES);
  return {
    key: derived.subarray(0, KEY_BYTES),
    mac: derived.subarray(KEY_BYTES, 2 * KEY_BYTES),
    nonce: derived.subarray(2 * KEY_BYTES),
    all: derived,
  };
};
const lengthOf = (bytes: Uint8Array): Uint8Array => {
  const four = new Uint8Array(4);
  new DataView(four.buffer).setUint32(0, bytes.length);
  return four;
};

/** `ad` is what stands beside the seal in the clear and must not be exchanged; `salt` 32 fresh random bytes. */
export function seal(key: Uint8Array, purpose: SealPurpose, ad: Uint8Array, content: Uint8Array, salt: Uint8Array): Uint8Array {
  const derived = parts(key, salt, purpose);
  const signed = concat(salt, gcmSeal(derived.key, derived.nonce, ad, content));
  const mac = hmac(derived.mac, concat(lengthOf(ad), ad, signed));
  wipe(derived.all);
  return concat(signed, mac);
}

/** The content; null where key, purpose, `ad` or a byte is another one. Constant time in the comparison. */
export function unseal(key: Uint8Array, purpose: SealPurpose, ad: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < SALT_BYTES + TAG_BYTES + MAC_BYTES) return null;
  const signed = sealed.subarray(0, -MAC_BYTES);
  const salt = signed.subarray(0, SALT_BYTES);
  const derived = parts(key, salt, purpose);
  try {
    if (!equalBytes(hmac(derived.mac, concat(lengthOf(ad), ad, signed)), sealed.subarray(-MAC_BYTES))) return null;
    return gcmOpen(derived.key, derived.nonce, ad, signed.subarray(SALT_BYTES));
  } catch (error) {
    if (error instanceof PqError) return null;
    throw error;
  } finally {
    wipe(derived.all);
  }
}
