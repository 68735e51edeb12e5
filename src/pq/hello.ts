/**
 * The hello's key agreement (B.3), as far as both sides compute the same: what is in `pre`, and the keys that follow.
 *
 *   pre = [prekeyId: 8, x: 32, ctPrekey: 1568, ctIdentity: 1568, eid, gate: 16]
 */
import { decodeCbor, encodeCbor } from './cbor.ts';
import { readBytes, readOptional, readTuple, readUint } from './fields.ts';
import { PUBLIC_IDENTITY_BYTES, decodePublicIdentity, encodePublicIdentity } from './identity.ts';
import { derive, label, prefixed, transcript } from './labels.ts';
import { MAX_HELLO_BYTES } from './packet.ts';
import { LOG_HEAD_BYTES } from './payload.ts';
import { PREKEY_ID_BYTES } from './prekey.ts';
import { KEM_CIPHERTEXT_BYTES } from './kem.ts';
import { KEY_BYTES, NONCE_BYTES, TAG_BYTES, X_BYTES, gcmOpen, gcmSeal, hkdf, hmac, wipe } from './primitives.ts';
import { readProfile, writeProfile } from './profile.ts';
import type { Profile, PublicIdentity, SignedPrekey } from './types.ts';

/** What both addresses of a hello may take together, so that 20,000 bytes of text fit beside it. A single longer one is still taken. */
const ADDRESS_ROOM = 3_000;
const GATE_BYTES = 16;
export const SESSION_ID_BYTES = 16;

export interface Hello {
  prekeyId: Uint8Array;
  x: Uint8Array;
  ctPrekey: Uint8Array;
  ctIdentity: Uint8Array;
  eid: Uint8Array;
  gate: Uint8Array;
}

export const encodeHello = ({ prekeyId, x, ctPrekey, ctIdentity, eid, gate }: Hello): Uint8Array =>
  encodeCbor([prekeyId, x, ctPrekey, ctIdentity, eid, gate]);

/** Throws `malformed`. */
export function decodeHello(pre: Uint8Array): Hello {
  const [prekeyId, x, ctPrekey, ctIdentity, eid, gate] = readTuple(decodeCbor(pre, MAX_HELLO_BYTES), 6);
  return {
    prekeyId: readBytes(prekeyId, PREKEY_ID_BYTES),
    x: readBytes(x, X_BYTES),
    ctPrekey: readBytes(ctPrekey, KEM_CIPHERTEXT_BYTES),
    ctIdentity: readBytes(ctIdentity, KEM_CIPHERTEXT_BYTES),
    eid: readBytes(eid, PUBLIC_IDENTITY_BYTES + TAG_BYTES, MAX_HELLO_BYTES),
    gate: readBytes(gate, GATE_BYTES),
  };
}

/**
 * The gate, checked before any KEM: keyed by the invite's secret; without an invite by the answerer's fingerprint, which
 * everybody knows who holds its card, so that both look alike and rubbish costs nothing.
 */
export const gateOf = (key: Uint8Array, { prekeyId, x, ctPrekey, ctIdentity, eid }: Omit<Hello, 'gate'>): Uint8Array =>
  hmac(key, prefixed(label('gate'), prekeyId, x, ctPrekey, ctIdentity, eid)).slice(0, GATE_BYTES);

/** th0 of B.3. */
export const helloTranscript = (
  fingerprint: Uint8Array,
  prekey: Pick<SignedPrekey, 'id' | 'x' | 'k'>,
  { x, ctPrekey, ctIdentity }: Pick<Hello, 'x' | 'ctPrekey' | 'ctIdentity'>,
): Uint8Array => transcript('hello', fingerprint, prekey.id, prekey.x, prekey.k, x, ctPrekey, ctIdentity);

/** Splits the prekey's KEM secret: `hello` goes into k1, `root` into the first root step. Wipes it. */
export function splitPrekeySecret(secret: Uint8Array): { hello: Uint8Array; root: Uint8Array } {
  const split = { hello: derive(secret, 'split hs', KEY_BYTES), root: derive(secret, 'split rt', KEY_BYTES) };
  wipe(secret);
  return split;
}

export interface FirstSecrets {
  dhIdentity: Uint8Array;
  dhPrekey: Uint8Array;
  hello: Uint8Array;
  kemIdentity: Uint8Array;
  /** The invite's secret, or nothing. */
  psk: Uint8Array;
}

/** k1: hides who says hello. Wipes the secrets but the invite's. */
export function firstKey({ dhIdentity, dhPrekey, hello, kemIdentity, psk }: FirstSecrets, th0: Uint8Array): Uint8Array {
  const ikm = prefixed(dhIdentity, dhPrekey, hello, kemIdentity, psk);
  const key = hkdf(ikm, th0, label('k1'), KEY_BYTES);
  wipe(ikm, dhIdentity, dhPrekey, hello, kemIdentity);
  return key;
}

function introductionKeys(k1: Uint8Array, th0: Uint8Array) {
  const okm = hkdf(k1, new Uint8Array(0), label('hello id', th0), KEY_BYTES + NONCE_BYTES);
  return { okm, key: okm.subarray(0, KEY_BYTES), nonce: okm.subarray(KEY_BYTES) };
}

/** What eid holds: who says hello, the data of the pair (design §6.6), and which session is to be replaced (B.7). */
export interface Introduction {
  identity: PublicIdentity;
  profile: Profile;
  /** Head of the initiator's identity log (32). */
  logHead: Uint8Array;
  /** Id of a session this one replaces: 16 bytes, zeros where it was lost with the state; null: the initiator knows of none. */
  replaces: Uint8Array | null;
  /** `RatchetSession.begun`. */
  begun: number;
}

export function sealIntroduction(
  k1: Uint8Array,
  th0: Uint8Array,
  { identity, profile, logHead, replaces, begun }: Introduction,
): Uint8Array {
  const { okm, key, nonce } = introductionKeys(k1, th0);
  const room = Math.max(ADDRESS_ROOM, profile.addresses[0]?.length ?? 0);
  const fields = [encodePublicIdentity(identity), writeProfile(profile, room), logHead, replaces ?? new Uint8Array(0), begun];
  const eid = gcmSeal(key, nonce, th0, encodeCbor(fields));
  wipe(okm);
  return eid;
}

/** Throws `authentication` or `malformed`. */
export function openIntroduction(k1: Uint8Array, th0: Uint8Array, eid: Uint8Array): Introduction {
  const { okm, key, nonce } = introductionKeys(k1, th0);
  const opened = gcmOpen(key, nonce, th0, eid);
  wipe(okm);
  return decodeIntroduction(opened);
}

/** Throws `malformed`. */
export function decodeIntroduction(bytes: Uint8Array): Introduction {
  const [identity, profile, logHead, replaces, begun] = readTuple(decodeCbor(bytes, MAX_HELLO_BYTES), 5);
  const replaced = readOptional(replaces, SESSION_ID_BYTES);
  return {
    identity: decodePublicIdentity(readBytes(identity, PUBLIC_IDENTITY_BYTES)),
    profile: readProfile(profile),
    logHead: readBytes(logHead, LOG_HEAD_BYTES),
    replaces: replaced.length === 0 ? null : replaced,
    begun: readUint(begun),
  };
}

export interface SessionKeys {
  rootKey: Uint8Array;
  /** Header keys of the initiator's first chain and of the answerer's: different, so that nothing can be reflected. */
  headerKeyA: Uint8Array;
  headerKeyB: Uint8Array;
  id: Uint8Array;
}

/** k2 (the initiator's classical proof) and from it the session. Wipes `k1` and `dhProof`. */
export function sessionKeys(
  k1: Uint8Array,
  dhProof: Uint8Array,
  th0: Uint8Array,
  eid: Uint8Array,
  fingerprintA: Uint8Array,
  fingerprintB: Uint8Array,
): SessionKeys {
  const th1 = transcript('eid', th0, eid);
  const k2 = hkdf(dhProof, k1, label('k2', th1), KEY_BYTES);
  const okm = hkdf(k2, new Uint8Array(0), label('session', th1, fingerprintA, fingerprintB), 3 * KEY_BYTES + SESSION_ID_BYTES);
  const keys = {
    rootKey: okm.slice(0, KEY_BYTES),
    headerKeyA: okm.slice(KEY_BYTES, 2 * KEY_BYTES),
    headerKeyB: okm.slice(2 * KEY_BYTES, 3 * KEY_BYTES),
    id: okm.slice(3 * KEY_BYTES),
  };
  wipe(k1, dhProof, k2, okm);
  return keys;
}
