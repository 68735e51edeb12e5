/**
 * Asking for a card over a bare address (design §6.3). The request holds fresh X25519 and ML-KEM-1024 keys, the answer is the
 * card sealed to both; each is exactly 16 KiB. Who asks knows nobody yet, so the request itself is not sealed and neither side
 * is authenticated: the card's signatures are, and with an invite its fingerprint.
 *
 *   request = [1, x: 32, k: 1568, invite: 0 | 8, gate: 0 | 16, zeros]      gate = HMAC(secret, LP("card request", x, k, invite))[0..16]
 *   answer  = [1, x: 32, ct: 1568, box]      key ‖ nonce = HKDF(LP(dh) LP(ss), salt = H("card answer", x_r, k_r, invite, gate, x, ct), "card key")
 */
import { decodeCbor, encodeCbor } from './cbor.ts';
import { PqError } from './errors.ts';
import { readBytes, readOptional, readTuple, readVersion } from './fields.ts';
import { INVITE_ID_BYTES } from './invite.ts';
import { label, prefixed, transcript } from './labels.ts';
import { pad, unpad } from './padding.ts';
import { KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_BYTES, KEM_SEED_BYTES, kemDecapsulateSeed, kemEncapsulate, kemKeys } from './kem.ts';
import { KEY_BYTES, NONCE_BYTES, TAG_BYTES, X_BYTES, dh, equalBytes, gcmOpen, gcmSeal, hkdf, hmac, wipe, xPublic } from './primitives.ts';
import type { CardRequest, CardRequestSecret, Invite, RandomSource } from './types.ts';

const VERSION = 1;
/** Length of a request and of an answer. */
export const CARD_PACKET_BYTES = 16_384;
const GATE_BYTES = 16;
const NONE = new Uint8Array(0);
/** CBOR around the answer's box. */
const ANSWER_HEADS = 1 + 1 + 2 + X_BYTES + 3 + KEM_CIPHERTEXT_BYTES + 3;
const BOX_BYTES = CARD_PACKET_BYTES - ANSWER_HEADS;

const gateOf = (secret: Uint8Array, x: Uint8Array, k: Uint8Array, id: Uint8Array): Uint8Array =>
  hmac(secret, prefixed(label('card request'), x, k, id)).slice(0, GATE_BYTES);

/** A request for the card of whoever has the address; with an invite, for the card of that invite. Keep `pending` for the answer. */
export function sealCardRequest(
  random: RandomSource,
  { invite = null }: { invite?: Pick<Invite, 'id' | 'secret'> | null } = {},
): { packet: Uint8Array; pending: CardRequestSecret } {
  const seeds = { x: random(X_BYTES), k: random(KEM_SEED_BYTES) };
  const x = xPublic(seeds.x);
  const k = kemKeys(seeds.k).publicKey;
  const request: CardRequest = { x, k, invite: invite && { id: invite.id, gate: gateOf(invite.secret, x, k, invite.id) } };
  const fields = [VERSION, x, k, request.invite?.id ?? NONE, request.invite?.gate ?? NONE];
  const bare = encodeCbor([...fields, NONE]).length - 1;
  // The padding is long enough for a head of three bytes.
  return { packet: encodeCbor([...fields, new Uint8Array(CARD_PACKET_BYTES - bare - 3)]), pending: { ...seeds, request } };
}

/** Throws `malformed`. */
export function openCardRequest(packet: Uint8Array): CardRequest {
  if (packet.length !== CARD_PACKET_BYTES) throw new PqError('malformed');
  const [version, x, k, id, gate, padding] = readTuple(decodeCbor(packet, CARD_PACKET_BYTES), 6);
  readVersion(version, VERSION);
  const invite = { id: readOptional(id, INVITE_ID_BYTES), gate: readOptional(gate, GATE_BYTES) };
  if ((invite.id.length === 0) !== (invite.gate.length === 0)) throw new PqError('malformed');
  if (readBytes(padding, 0, CARD_PACKET_BYTES).some((byte) => byte !== 0)) throw new PqError('malformed');
  return { x: readBytes(x, X_BYTES), k: readBytes(k, KEM_PUBLIC_BYTES), invite: invite.id.length === 0 ? null : invite };
}

/** Whether the requester knows the secret of the invite it names. */
export const verifyCardGate = (request: CardRequest, secret: Uint8Array): boolean =>
  request.invite !== null && equalBytes(request.invite.gate, gateOf(secret, request.x, request.k, request.invite.id));

function answerKey(request: CardRequest, x: Uint8Array, ct: Uint8Array, shared: Uint8Array, secret: Uint8Array) {
  const { id, gate } = request.invite ?? { id: NONE, gate: NONE };
  const th = transcript('card answer', request.x, request.k, id, gate, x, ct);
  const ikm = prefixed(shared, secret);
  const okm = hkdf(ikm, th, label('card key'), KEY_BYTES + NONCE_BYTES);
  wipe(ikm, shared, secret);
  return { th, key: okm.subarray(0, KEY_BYTES), nonce: okm.subarray(KEY_BYTES) };
}

/** `card`: the bytes of `signCard`. Throws `malformed` for keys that are none. */
export function sealCardAnswer(random: RandomSource, request: CardRequest, card: Uint8Array): Uint8Array {
  const seed = random(X_BYTES);
  const x = xPublic(seed);
  const { ct, secret } = kemEncapsulate(request.k, random);
  const { th, key, nonce } = answerKey(request, x, ct, dh(seed, request.x), secret);
  const box = gcmSeal(key, nonce, th, pad(card, BOX_BYTES - TAG_BYTES));
  wipe(seed, key);
  return encodeCbor([VERSION, x, ct, box]);
}

/** The card's bytes, for `readCard`. Throws `malformed` or `authentication`. */
export function openCardAnswer(answer: Uint8Array, pending: CardRequestSecret): Uint8Array {
  if (answer.length !== CARD_PACKET_BYTES) throw new PqError('malformed');
  const [version, xField, ctField, boxField] = readTuple(decodeCbor(answer, CARD_PACKET_BYTES), 4);
  readVersion(version, VERSION);
  const x = readBytes(xField, X_BYTES);
  const ct = readBytes(ctField, KEM_CIPHERTEXT_BYTES);
  const box = readBytes(boxField, BOX_BYTES);
  const { th, key, nonce } = answerKey(pending.request, x, ct, dh(pending.x, x), kemDecapsulateSeed(pending.k, ct));
  const card = unpad(gcmOpen(key, nonce, th, box));
  wipe(key);
  return card;
}
