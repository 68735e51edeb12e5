/** Sealing with the keys of one message and of one header chain (B.3, B.4). The MAC is checked before anything is decrypted. */
import { PqError } from './errors.ts';
import { label, prefixed } from './labels.ts';
import { HINT_BYTES, VERSION, type Wire } from './packet.ts';
import { pad, unpad } from './padding.ts';
import { KEY_BYTES, NONCE_BYTES, concat, equalBytes, gcmOpen, gcmSeal, hkdf, hmac, wipe } from './primitives.ts';

const MESSAGE = Uint8Array.of(1);
const CHAIN = Uint8Array.of(2);

/** mk = HMAC(CK, 1), CK' = HMAC(CK, 2). */
export const chainStep = (chainKey: Uint8Array): { messageKey: Uint8Array; next: Uint8Array } => ({
  messageKey: hmac(chainKey, MESSAGE),
  next: hmac(chainKey, CHAIN),
});

/** Tells the owner of the header key which session a packet is for, and nobody else anything. */
export const hintFor = (headerKey: Uint8Array, salt: Uint8Array): Uint8Array => hmac(headerKey, label('hint', salt)).slice(0, HINT_BYTES);

function headerKeys(headerKey: Uint8Array, salt: Uint8Array) {
  const okm = hkdf(headerKey, salt, label('hdr'), KEY_BYTES + NONCE_BYTES);
  return { key: okm.subarray(0, KEY_BYTES), nonce: okm.subarray(KEY_BYTES) };
}

type Salted = Pick<Wire, 'salt' | 'pre'>;

export function sealHeader(headerKey: Uint8Array, { salt, pre }: Salted, header: Uint8Array): Uint8Array {
  const { key, nonce } = headerKeys(headerKey, salt);
  return gcmSeal(key, nonce, concat(salt, pre), header);
}

/** Throws `authentication`. */
export function openHeader(headerKey: Uint8Array, { salt, pre, hdr }: Wire): Uint8Array {
  const { key, nonce } = headerKeys(headerKey, salt);
  return gcmOpen(key, nonce, concat(salt, pre), hdr);
}

/** Keys depend on the random salt too: a state that was rolled back never uses a key and nonce twice. */
function bodyKeys(messageKey: Uint8Array, salt: Uint8Array, sid: Uint8Array) {
  const okm = hkdf(messageKey, salt, label('msg', sid), KEY_BYTES + KEY_BYTES + NONCE_BYTES);
  return { okm, aes: okm.subarray(0, KEY_BYTES), mac: okm.subarray(KEY_BYTES, 2 * KEY_BYTES), nonce: okm.subarray(2 * KEY_BYTES) };
}

type Outer = Omit<Wire, 'body' | 'mac'>;

const associated = ({ salt, hint, pre, hdr }: Outer, sid: Uint8Array): Uint8Array =>
  prefixed(Uint8Array.of(VERSION), salt, hint, pre, hdr, sid);

/** Encrypts and authenticates a payload, padded to `padded` bytes. */
export function sealBody(messageKey: Uint8Array, outer: Outer, sid: Uint8Array, payload: Uint8Array, padded: number): Wire {
  const keys = bodyKeys(messageKey, outer.salt, sid);
  const ad = associated(outer, sid);
  const inner = pad(payload, padded);
  const body = gcmSeal(keys.aes, keys.nonce, ad, inner);
  const mac = hmac(keys.mac, prefixed(ad, body));
  wipe(keys.okm, inner);
  return { ...outer, body, mac };
}

/** The payload. Throws `authentication`. */
export function openBody(messageKey: Uint8Array, wire: Wire, sid: Uint8Array): Uint8Array {
  const keys = bodyKeys(messageKey, wire.salt, sid);
  try {
    const ad = associated(wire, sid);
    if (!equalBytes(hmac(keys.mac, prefixed(ad, wire.body)), wire.mac)) throw new PqError('authentication');
    return unpad(gcmOpen(keys.aes, keys.nonce, ad, wire.body));
  } finally {
    wipe(keys.okm);
  }
}
