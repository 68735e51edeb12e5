/**
 * Invites: `sotto:invite?` and base64url of canonical CBOR with a checksum behind it. The checksum is for slips of hand and
 * eye; an invite that was swapped on the way is a matter of how it travelled (design §6.3, §6.4).
 */
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { PqError } from './errors.ts';
import { readBytes, readTuple, readUint, readVersion } from './fields.ts';
import { FINGERPRINT_BYTES } from './identity.ts';
import { label } from './labels.ts';
import { PREKEY_ID_BYTES } from './prekey.ts';
import { KEY_BYTES, concat, equalBytes, sha256 } from './primitives.ts';
import { MAX_ADDRESS_BYTES, MIN_ADDRESS_BYTES, readRecordKey, writeRecordKey } from './profile.ts';
import type { Invite, InviteChannel, RandomSource } from './types.ts';

const VERSION = 1;
const INVITE_PREFIX = 'sotto:invite?';
export const INVITE_ID_BYTES = 8;
const CHECKSUM_BYTES = 4;
/** An invite with the longest address is shorter. */
const MAX_INVITE_TEXT = 6_000;
const MAX_INVITE_BYTES = 4_500;
const CHANNELS: readonly InviteChannel[] = ['pasted', 'irc'];

/** Makes the id and the secret. Throws `malformed` unless exactly one of record key and address is given. */
export function createInvite(random: RandomSource, facts: Omit<Invite, 'id' | 'secret'>): Invite {
  if ((facts.recordKey === null) === (facts.address === null)) throw new PqError('malformed');
  return { ...facts, id: random(INVITE_ID_BYTES), secret: random(KEY_BYTES) };
}

const checksum = (body: Uint8Array): Uint8Array => sha256(concat(label('invite checksum'), body)).subarray(0, CHECKSUM_BYTES);

export function encodeInvite(invite: Invite): string {
  const { fingerprint, id, secret, notAfter, prekeyId, recordKey, address, channel } = invite;
  const fields = [VERSION, CHANNELS.indexOf(channel), fingerprint, id, secret, notAfter, prekeyId, writeRecordKey(recordKey), address];
  const body = encodeCbor(fields);
  return INVITE_PREFIX + toBase64Url(concat(body, checksum(body)));
}

const DAMAGED = 'This invite is incomplete or has a wrong character in it. Copy it again.';

/** Throws `malformed` (with a sentence for whoever pasted it) or `expired`. White space around it does not matter. */
export function decodeInvite(text: string, now: number): Invite {
  const invite = parse(text);
  if (now > invite.notAfter) throw new PqError('expired', 'This invite has expired. Ask for a new one.');
  return invite;
}

function parse(text: string): Invite {
  const trimmed = text.trim();
  if (trimmed.length > MAX_INVITE_TEXT || !trimmed.startsWith(INVITE_PREFIX)) throw new PqError('malformed', 'This is not a Sotto invite.');
  const bytes = fromBase64Url(trimmed.slice(INVITE_PREFIX.length));
  if (bytes === null || bytes.length <= CHECKSUM_BYTES) throw new PqError('malformed', DAMAGED);
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  if (!equalBytes(checksum(body), bytes.subarray(-CHECKSUM_BYTES))) throw new PqError('malformed', DAMAGED);
  const [version, channel, fp, id, secret, notAfter, prekeyId, recordKey, address] = readTuple(decodeCbor(body, MAX_INVITE_BYTES), 9);
  readVersion(version, VERSION);
  if ((recordKey === null) === (address === null)) throw new PqError('malformed', DAMAGED);
  return {
    channel: CHANNELS[readUint(channel, CHANNELS.length - 1)] ?? 'irc',
    fingerprint: readBytes(fp, FINGERPRINT_BYTES),
    id: readBytes(id, INVITE_ID_BYTES),
    secret: readBytes(secret, KEY_BYTES),
    notAfter: readUint(notAfter),
    prekeyId: readBytes(prekeyId, PREKEY_ID_BYTES),
    recordKey: readRecordKey(recordKey),
    address: address === null ? null : readBytes(address, MIN_ADDRESS_BYTES, MAX_ADDRESS_BYTES),
  };
}
