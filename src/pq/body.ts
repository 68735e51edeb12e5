/**
 * The kinds of payload, each with content of its own: nothing for the empty ones, else one CBOR array of fixed length.
 *
 * A code this version does not know is `unknown`: kept byte for byte, so that a newer Sotto can show it later. A known code whose
 * content does not parse is `malformed`, which is silence. The sender is authenticated by then, so it is broken or hostile; what
 * is stored as "later" could never be shown, and an acknowledgement would tell the sender that it had arrived. A kind that needs
 * other fields takes a new code.
 */
import { decodeCbor, encodeCbor, type CborValue } from './cbor.ts';
import { PqError } from './errors.ts';
import { readBytes, readFlag, readList, readText, readTuple, readUint, writeText } from './fields.ts';
import { FINGERPRINT_BYTES } from './identity.ts';
import { isFileName, isMediaType, isOneCluster, isPlain } from './names.ts';
import { MAX_PACKET_BYTES } from './packet.ts';
import {
  fitAddresses,
  readAddresses,
  readNickname,
  readProfile,
  readRecordKey,
  writeNickname,
  writeProfile,
  writeRecordKey,
} from './profile.ts';
import type { Body } from './types.ts';

export const MESSAGE_ID_BYTES = 16;
/** Bytes of UTF-8 a text may take before the other side has answered (the hello needs room) and after it (design §6.6). */
export const TEXT_BEFORE_ANSWER = 20_000;
export const TEXT_AFTER_ANSWER = 29_000;
export const MAX_KIND = 0xffff_ffff;
/** Bytes of UTF-8; the longest emoji sequences take 35. */
export const MAX_EMOJI_BYTES = 64;
/** Messages one read receipt names. */
export const MAX_READ_MIDS = 256;
export const FILE_ID_BYTES = 16;
/** What file systems take. */
export const MAX_FILE_NAME_BYTES = 255;
/** RFC 6838 section 4.2, for both names and the slash together. */
export const MAX_MEDIA_TYPE_BYTES = 127;
export const FILE_HASH_BYTES = 32;
/** An entry of the identity log takes at most 10,600; what it says is read by identityLog.ts. */
export const MAX_IDENTITY_ENTRY_BYTES = 12_000;

const CODES = {
  dummy: 0,
  text: 1,
  profile: 2,
  addressUpdate: 3,
  ack: 4,
  reply: 5,
  edit: 6,
  delete: 7,
  reaction: 8,
  typing: 9,
  read: 10,
  record: 11,
  file: 12,
  identity: 13,
  presence: 14,
  introduction: 15,
} as const satisfies Record<Exclude<Body['kind'], 'unknown'>, number>;

const TYPING = ['done', 'active', 'paused'] as const;
const PRESENCE = ['offline', 'online', 'away'] as const;
const NOTHING = new Uint8Array(0);

interface Coded {
  code: number;
  content: Uint8Array;
}

/** The number a kind has on the wire. */
export const kindCode = (body: Body): number => (body.kind === 'unknown' ? body.code : CODES[body.kind]);

/** The value if it may be written. */
function allowed<T>(value: T, isAllowed: boolean): T {
  if (!isAllowed) throw new PqError('limit');
  return value;
}

/** The value if it may be read. */
function valid<T>(value: T, isValid: boolean): T {
  if (!isValid) throw new PqError('malformed');
  return value;
}

const exactly = (bytes: Uint8Array, length: number): Uint8Array => allowed(bytes, bytes.length === length);
const target = (bytes: Uint8Array): Uint8Array => exactly(bytes, MESSAGE_ID_BYTES);
const words = (text: string): Uint8Array => writeText(text, TEXT_AFTER_ANSWER);
const flag = (value: boolean): number => (value ? 1 : 0);

const isRecordKey = (key: string | null): key is string => key !== null && key.length > 0;
const areMids = (mids: readonly Uint8Array[]): boolean =>
  mids.length > 0 && mids.length <= MAX_READ_MIDS && new Set(mids.map((mid) => mid.join())).size === mids.length;

/** The fields of a kind in their order; null: no content at all. */
function fieldsOf(body: Exclude<Body, { kind: 'unknown' }>): CborValue {
  switch (body.kind) {
    case 'dummy':
    case 'ack':
      return null;
    case 'text':
      return [flag(body.action), words(body.text)];
    case 'profile':
      return writeProfile(body);
    case 'addressUpdate':
      return fitAddresses(body.addresses);
    case 'reply':
      return [target(body.target), flag(body.action), words(body.text)];
    case 'edit':
      return [target(body.target), words(body.text)];
    case 'delete':
      return [target(body.target)];
    case 'reaction':
      return [
        target(body.target),
        writeText(allowed(body.emoji, isPlain(body.emoji) && isOneCluster(body.emoji)), MAX_EMOJI_BYTES),
        flag(body.add),
      ];
    case 'typing':
      return [TYPING.indexOf(body.state)];
    case 'read':
      return [allowed(body.mids, areMids(body.mids)).map(target)];
    case 'record':
      return [writeRecordKey(allowed(body.recordKey, isRecordKey(body.recordKey)))];
    case 'file':
      return [
        exactly(body.id, FILE_ID_BYTES),
        writeText(allowed(body.name, isFileName(body.name)), MAX_FILE_NAME_BYTES),
        writeText(allowed(body.mediaType, isMediaType(body.mediaType)), MAX_MEDIA_TYPE_BYTES),
        allowed(body.size, Number.isSafeInteger(body.size) && body.size >= 0),
        exactly(body.sha256, FILE_HASH_BYTES),
      ];
    case 'identity':
      return [allowed(body.entry, body.entry.length > 0 && body.entry.length <= MAX_IDENTITY_ENTRY_BYTES)];
    case 'presence':
      return [PRESENCE.indexOf(body.state)];
    case 'introduction':
      return [
        writeNickname(body.nickname),
        exactly(body.fingerprint, FINGERPRINT_BYTES),
        fitAddresses(allowed(body.addresses, body.addresses.length > 0)),
      ];
  }
}

/** Throws `limit` for a field that is too long or cannot be written. */
export function writeBody(body: Body): Coded {
  if (body.kind === 'unknown') return { code: body.code, content: body.bytes };
  const fields = fieldsOf(body);
  return { code: CODES[body.kind], content: fields === null ? NOTHING : encodeCbor(fields) };
}

const readTarget = (value: CborValue | undefined): Uint8Array => readBytes(value, MESSAGE_ID_BYTES);
const readWords = (value: CborValue | undefined): string => readText(value, TEXT_AFTER_ANSWER);

function readTyping(value: CborValue | undefined): Body {
  const state = TYPING[readUint(value, TYPING.length - 1)];
  if (state === undefined) throw new PqError('malformed');
  return { kind: 'typing', state };
}

function readPresence(value: CborValue | undefined): Body {
  const state = PRESENCE[readUint(value, PRESENCE.length - 1)];
  if (state === undefined) throw new PqError('malformed');
  return { kind: 'presence', state };
}

function readIntroduction([nickname, fingerprint, list]: readonly CborValue[]): Body {
  const addresses = readAddresses(list);
  return {
    kind: 'introduction',
    nickname: readNickname(nickname),
    fingerprint: readBytes(fingerprint, FINGERPRINT_BYTES),
    addresses: valid(addresses, addresses.length > 0),
  };
}

function readMids(value: CborValue | undefined): Body {
  const mids = readList(value, MAX_READ_MIDS).map(readTarget);
  return { kind: 'read', mids: valid(mids, areMids(mids)) };
}

function readRecord(value: CborValue | undefined): Body {
  const recordKey = readRecordKey(value);
  if (!isRecordKey(recordKey)) throw new PqError('malformed');
  return { kind: 'record', recordKey };
}

/** Where clusters end depends on the Unicode version: what is more than one here may be one emoji in a newer Sotto. */
function readReaction(items: readonly CborValue[], content: Uint8Array): Body {
  const emoji = readText(items[1], MAX_EMOJI_BYTES);
  const body: Body = { kind: 'reaction', target: readTarget(items[0]), emoji: valid(emoji, isPlain(emoji)), add: readFlag(items[2]) };
  return isOneCluster(emoji) ? body : { kind: 'unknown', code: CODES.reaction, bytes: content };
}

function readFile([id, name, mediaType, size, sha256]: readonly CborValue[]): Body {
  const fileName = readText(name, MAX_FILE_NAME_BYTES);
  const type = readText(mediaType, MAX_MEDIA_TYPE_BYTES);
  return {
    kind: 'file',
    id: readBytes(id, FILE_ID_BYTES),
    name: valid(fileName, isFileName(fileName)),
    mediaType: valid(type, isMediaType(type)),
    size: readUint(size),
    sha256: readBytes(sha256, FILE_HASH_BYTES),
  };
}

/** Throws `malformed` for a known kind with other content. */
export function readBody({ code, content }: Coded): Body {
  const value = (): CborValue => decodeCbor(content, MAX_PACKET_BYTES);
  const tuple = (length: number): readonly CborValue[] => readTuple(value(), length);
  switch (code) {
    case CODES.dummy:
    case CODES.ack:
      return { kind: valid(code, content.length === 0) === CODES.ack ? 'ack' : 'dummy' };
    case CODES.text: {
      const [action, text] = tuple(2);
      return { kind: 'text', action: readFlag(action), text: readWords(text) };
    }
    case CODES.profile:
      return { kind: 'profile', ...readProfile(value()) };
    case CODES.addressUpdate:
      return { kind: 'addressUpdate', addresses: readAddresses(value()) };
    case CODES.reply: {
      const [mid, action, text] = tuple(3);
      return { kind: 'reply', target: readTarget(mid), action: readFlag(action), text: readWords(text) };
    }
    case CODES.edit: {
      const [mid, text] = tuple(2);
      return { kind: 'edit', target: readTarget(mid), text: readWords(text) };
    }
    case CODES.delete:
      return { kind: 'delete', target: readTarget(tuple(1)[0]) };
    case CODES.reaction:
      return readReaction(tuple(3), content);
    case CODES.typing:
      return readTyping(tuple(1)[0]);
    case CODES.read:
      return readMids(tuple(1)[0]);
    case CODES.record:
      return readRecord(tuple(1)[0]);
    case CODES.file:
      return readFile(tuple(5));
    case CODES.identity:
      return { kind: 'identity', entry: readBytes(tuple(1)[0], 1, MAX_IDENTITY_ENTRY_BYTES) };
    case CODES.presence:
      return readPresence(tuple(1)[0]);
    case CODES.introduction:
      return readIntroduction(tuple(3));
    default:
      return { kind: 'unknown', code, bytes: content };
  }
}

/** A body alone, as it waits in the outbox. Throws `limit`. */
export function encodeBody(body: Body): Uint8Array {
  const { code, content } = writeBody(body);
  return encodeCbor([code, content]);
}

/** Throws `malformed`. */
export function decodeBody(bytes: Uint8Array): Body {
  const [code, content] = readTuple(decodeCbor(bytes, MAX_PACKET_BYTES), 2);
  return readBody({ code: readUint(code, MAX_KIND), content: readBytes(content, 0, MAX_PACKET_BYTES) });
}
