/**
 * The contact card (B.1): identity, prekey, name and addresses, signed by Ed25519 and ML-DSA-65 together. It holds no record
 * key: a card is for anybody who asks, a record is made for one pair (design §6.6).
 */
import { decodeCbor, encodeCbor } from './cbor.ts';
import { PqError } from './errors.ts';
import { readBytes, readTuple, readUint, readVersion } from './fields.ts';
import { PUBLIC_IDENTITY_BYTES, decodePublicIdentity, encodePublicIdentity } from './identity.ts';
import { label, prefixed, uint32, uint64 } from './labels.ts';
import { LOG_HEAD_BYTES } from './payload.ts';
import { prekeyFields, readPrekey } from './prekey.ts';
import { DSA_SIGNATURE_BYTES, ED_SIGNATURE_BYTES, concat, dualSign, dualVerify } from './primitives.ts';
import { fitAddresses, readAddresses, readNickname, writeNickname } from './profile.ts';
import type { Card, ExpandedIdentity, SignedPrekey } from './types.ts';

const VERSION = 1;
/** A card fits a sealed answer of 16 KiB, which takes 1,640 bytes for itself. */
const MAX_CARD_BYTES = 14_700;
/** What all but the addresses takes at most. */
const WITHOUT_ADDRESSES = 9_100;
const MAX_SEQ = 0xffff_ffff;
/** Clocks may differ by this much before a prekey counts as not valid yet. */
export const CLOCK_TOLERANCE_MS = 24 * 3_600_000;

interface Signed {
  identity: Uint8Array;
  prekey: SignedPrekey;
  nickname: Uint8Array;
  seq: number;
  issued: number;
  logHead: Uint8Array;
  addresses: readonly Uint8Array[];
}

/** What is signed: every field after its length (B.5), never the CBOR around it. */
function signedBytes({ identity, prekey, nickname, seq, issued, logHead, addresses }: Signed): Uint8Array {
  const { id, notBefore, notAfter, oneTime, x, k } = prekey;
  const ofPrekey = prefixed(id, uint64(notBefore), uint64(notAfter), Uint8Array.of(oneTime ? 1 : 0), x, k);
  const fields = [identity, ofPrekey, nickname, uint32(seq), uint64(issued), logHead, prefixed(...addresses)];
  return concat(label('card'), prefixed(...fields));
}

/**
 * Signs a card (about 12 ms). At most two addresses of 200-4,096 bytes, of which as many are taken as fit. `seq` is below
 * 2^32. Throws `limit`.
 */
export function signCard(
  identity: ExpandedIdentity,
  card: { prekey: SignedPrekey; nickname: string; seq: number; logHead: Uint8Array; addresses: readonly Uint8Array[]; issued?: number },
): Uint8Array {
  if (!Number.isInteger(card.seq) || card.seq < 0 || card.seq > MAX_SEQ) throw new PqError('limit');
  const signed: Signed = {
    identity: encodePublicIdentity(identity.public),
    prekey: card.prekey,
    nickname: writeNickname(card.nickname),
    seq: card.seq,
    issued: card.issued ?? card.prekey.notBefore,
    logHead: readBytes(card.logHead, LOG_HEAD_BYTES),
    addresses: fitAddresses(card.addresses, MAX_CARD_BYTES - WITHOUT_ADDRESSES),
  };
  const { ed, pq } = dualSign(identity.seeds.ed, identity.pqSecret, signedBytes(signed));
  const { seq, issued, logHead, addresses, nickname } = signed;
  return encodeCbor([VERSION, signed.identity, prekeyFields(card.prekey), nickname, seq, issued, logHead, addresses, ed, pq]);
}

/** Checks both signatures and the prekey's time. Throws `malformed`, `badSignature` or `expired`. */
export function readCard(bytes: Uint8Array, now: number): Card {
  const [version, identity, prekey, nickname, seq, issued, logHead, addresses, ed, pq] = readTuple(decodeCbor(bytes, MAX_CARD_BYTES), 10);
  readVersion(version, VERSION);
  const identityBytes = readBytes(identity, PUBLIC_IDENTITY_BYTES);
  const card: Card = {
    identity: decodePublicIdentity(identityBytes),
    prekey: readPrekey(prekey),
    nickname: readNickname(nickname),
    seq: readUint(seq, MAX_SEQ),
    issued: readUint(issued),
    logHead: readBytes(logHead, LOG_HEAD_BYTES),
    addresses: readAddresses(addresses),
  };
  const signature = { ed: readBytes(ed, ED_SIGNATURE_BYTES), pq: readBytes(pq, DSA_SIGNATURE_BYTES) };
  const signed = { ...card, identity: identityBytes, nickname: writeNickname(card.nickname) };
  if (!dualVerify(card.identity, signature, signedBytes(signed))) throw new PqError('badSignature');
  if (now > card.prekey.notAfter || now + CLOCK_TOLERANCE_MS < card.prekey.notBefore) throw new PqError('expired');
  return card;
}
