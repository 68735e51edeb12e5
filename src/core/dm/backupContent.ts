/**
 * What a backup holds (docs/BACKUP.md): identity with its log, contacts, blocked people. No sessions, prekeys or messages. It was
 * sealed with the user's passphrase, and is read as if somebody else had written it.
 */
import { PqError } from '../../pq/errors.ts';
import { decodeCbor, encodeCbor, type CborValue } from '../../pq/cbor.ts';
import { readBytes, readFlag, readList, readOptional, readText, readTuple, readUint, writeText } from '../../pq/fields.ts';
import { decodeIdentity, FINGERPRINT_BYTES } from '../../pq/identity.ts';
import { MAX_LOG_ENTRY_BYTES } from '../../pq/identityLog.ts';
import { concat } from '../../pq/primitives.ts';
import type { ContactLevel, ContactRow } from '../../store/rows.ts';
import { MAX_ADDRESS_BYTES, MAX_BLOCKED_FINGERPRINTS, MAX_CONTACTS } from '../../store/store.ts';
import { sanitizeNickname } from './nickname.ts';
import { introducer } from './introducer.ts';

export interface FormerIdentity {
  /** Number of its entry in the log. */
  seq: number;
  /** As `encodeIdentity` writes them. */
  seeds: Uint8Array;
}

/**
 * A contact as it travels. Its public identity (3.6 KB) stays behind: the fingerprint names it, and their next card or hello brings it.
 */
export type BackupContact = Pick<
  ContactRow,
  | 'nickname'
  | 'petname'
  | 'level'
  | 'source'
  | 'addresses'
  | 'theirRecord'
  | 'cardSeq'
  | 'ownRecord'
  | 'logHead'
  | 'logSeq'
  | 'toldSeq'
  | 'splitSeen'
  | 'created'
  | 'lastSeen'
  | 'readReceipts'
  | 'presence'
  | 'cover'
> & { fingerprint: Uint8Array; state: 'active' | 'blocked' };

export interface Backup {
  /** Milliseconds since 1970. */
  made: number;
  /** The number of the last card that was signed: the next one has to be higher. */
  cardSeq: number;
  seeds: Uint8Array;
  /** All entries of the identity log, oldest first. */
  log: Uint8Array[];
  former: FormerIdentity[];
  contacts: BackupContact[];
  blocked: { fingerprint: Uint8Array; time: number }[];
}

const VERSION = 1;
const KIND = { profile: 1, entry: 2, former: 3, contact: 4, blocked: 5 } as const;
const HEAD_BYTES = 5;
const MAX_SEEDS_BYTES = 256;
/** Card numbers are seconds since 1970 at least; this leaves them room for 34,000 years. */
const MAX_CARD_SEQ = 2 ** 40;
/** Entries of one's own log (ownIdentity.ts), and a bound on a contact's. */
const MAX_ENTRIES = 1_000;
const MAX_SEQ = 0xffff_ffff;
const MAX_NAME_BYTES = 256;
const MAX_KEY_BYTES = 1_024;
const MAX_ADDRESSES = 2;
/** Two addresses and the longest names stay below it. */
const MAX_RECORD_BYTES = 16_384;
const LEVELS: readonly ContactLevel[] = ['not-verified', 'invite-pinned', 'verified', 'changed'];
const STATES = ['active', 'blocked'] as const;
/** null, false, true. */
const CHOICES = [null, false, true] as const;
const NOTHING = new Uint8Array(0);

const textOrNull = (text: string | null, max: number): CborValue => (text === null ? null : writeText(text, max));
const readTextOrNull = (value: CborValue | undefined, max: number): string | null => (value === null ? null : readText(value, max));
const readNumberOrNull = (value: CborValue | undefined, max?: number): number | null => (value === null ? null : readUint(value, max));

const record = (kind: number, bytes: Uint8Array): Uint8Array => {
  const head = new Uint8Array(HEAD_BYTES);
  const view = new DataView(head.buffer);
  view.setUint8(0, kind);
  view.setUint32(1, bytes.length);
  return concat(head, bytes);
};

const contactFields = (contact: BackupContact): CborValue => [
  writeText(contact.nickname, MAX_NAME_BYTES),
  textOrNull(contact.petname, MAX_NAME_BYTES),
  contact.fingerprint,
  STATES.indexOf(contact.state),
  LEVELS.indexOf(contact.level),
  // Who introduced them is a number of this profile only.
  writeText(introducer(contact.source) === null ? contact.source : 'introduced', MAX_NAME_BYTES),
  contact.addresses.slice(0, MAX_ADDRESSES),
  textOrNull(contact.theirRecord, MAX_KEY_BYTES),
  contact.cardSeq,
  contact.ownRecord && [writeText(contact.ownRecord.key, MAX_KEY_BYTES), writeText(contact.ownRecord.writer, MAX_KEY_BYTES)],
  contact.logHead ?? NOTHING,
  contact.logSeq,
  contact.toldSeq,
  contact.splitSeen ? 1 : 0,
  contact.created,
  contact.lastSeen,
  ...[contact.readReceipts, contact.presence, contact.cover].map((choice) => CHOICES.indexOf(choice)),
];
const CONTACT_FIELDS = 19;

const readChoice = (value: CborValue | undefined): boolean | null => CHOICES[readUint(value, CHOICES.length - 1)] ?? null;
const readOf = <T>(list: readonly T[], value: CborValue | undefined): T => {
  const found = list[readUint(value, list.length - 1)];
  if (found === undefined) throw new PqError('malformed');
  return found;
};
const readPair = (value: CborValue | undefined): BackupContact['ownRecord'] => {
  if (value === null) return null;
  const [key, writer] = readTuple(value, 2);
  return { key: readText(key, MAX_KEY_BYTES), writer: readText(writer, MAX_KEY_BYTES) };
};

function readContact(bytes: Uint8Array): BackupContact {
  const at = readTuple(decodeCbor(bytes, MAX_RECORD_BYTES), CONTACT_FIELDS);
  const head = readOptional(at[10], FINGERPRINT_BYTES);
  const petname = sanitizeNickname(readTextOrNull(at[1], MAX_NAME_BYTES) ?? '');
  return {
    nickname: sanitizeNickname(readText(at[0], MAX_NAME_BYTES)),
    petname: petname === '' ? null : petname,
    fingerprint: readBytes(at[2], FINGERPRINT_BYTES),
    state: readOf(STATES, at[3]),
    level: readOf(LEVELS, at[4]),
    source: readText(at[5], MAX_NAME_BYTES),
    addresses: readList(at[6], MAX_ADDRESSES).map((address) => readBytes(address, 1, MAX_ADDRESS_BYTES)),
    theirRecord: readTextOrNull(at[7], MAX_KEY_BYTES),
    cardSeq: readUint(at[8], MAX_CARD_SEQ),
    ownRecord: readPair(at[9]),
    logHead: head.length === 0 ? null : head,
    logSeq: readNumberOrNull(at[11], MAX_SEQ),
    toldSeq: readNumberOrNull(at[12], MAX_SEQ),
    splitSeen: readFlag(at[13]),
    created: readUint(at[14]),
    lastSeen: readNumberOrNull(at[15]),
    readReceipts: readChoice(at[16]),
    presence: readChoice(at[17]),
    cover: readChoice(at[18]),
  };
}

/** Throws `limit` for a field that is too long. */
export const encodeBackup = (backup: Backup): Uint8Array =>
  concat(
    record(KIND.profile, encodeCbor([VERSION, backup.made, backup.cardSeq, backup.seeds])),
    ...backup.log.map((entry) => record(KIND.entry, entry)),
    ...backup.former.map(({ seq, seeds }) => record(KIND.former, encodeCbor([seq, seeds]))),
    ...backup.contacts.map((contact) => record(KIND.contact, encodeCbor(contactFields(contact)))),
    ...backup.blocked.map(({ fingerprint, time }) => record(KIND.blocked, encodeCbor([fingerprint, time]))),
  );

interface Pieces {
  kind: number;
  bytes: Uint8Array;
}

/** Records in rising order of their kinds, until the end. */
function* pieces(content: Uint8Array): Generator<Pieces> {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  let last = 0;
  for (let at = 0; at < content.length;) {
    if (at + HEAD_BYTES > content.length) throw new PqError('malformed');
    const kind = view.getUint8(at);
    const end = at + HEAD_BYTES + view.getUint32(at + 1);
    if (kind < last || end > content.length || end - at > MAX_RECORD_BYTES) throw new PqError('malformed');
    yield { kind, bytes: content.slice(at + HEAD_BYTES, end) };
    last = kind;
    at = end;
  }
}

const bounded = (list: readonly unknown[], max: number): void => {
  if (list.length >= max) throw new PqError('malformed');
};

/** Throws `malformed`. Whether log and identities fit together is checked by backup.ts. */
export function decodeBackup(content: Uint8Array): Backup {
  let profile: Pick<Backup, 'made' | 'cardSeq' | 'seeds'> | null = null;
  const rest: Omit<Backup, 'made' | 'cardSeq' | 'seeds'> = { log: [], former: [], contacts: [], blocked: [] };
  for (const { kind, bytes } of pieces(content)) {
    switch (kind) {
      case KIND.profile: {
        const [version, made, cardSeq, seeds] = readTuple(decodeCbor(bytes, MAX_RECORD_BYTES), 4);
        if (profile || version !== VERSION) throw new PqError('malformed');
        profile = { made: readUint(made), cardSeq: readUint(cardSeq, MAX_CARD_SEQ), seeds: readBytes(seeds, 1, MAX_SEEDS_BYTES) };
        decodeIdentity(profile.seeds);
        break;
      }
      case KIND.entry:
        bounded(rest.log, MAX_ENTRIES);
        if (bytes.length > MAX_LOG_ENTRY_BYTES) throw new PqError('malformed');
        rest.log.push(bytes);
        break;
      case KIND.former: {
        bounded(rest.former, MAX_ENTRIES);
        const [seq, seeds] = readTuple(decodeCbor(bytes, MAX_RECORD_BYTES), 2);
        rest.former.push({ seq: readUint(seq, MAX_SEQ), seeds: readBytes(seeds, 1, MAX_SEEDS_BYTES) });
        break;
      }
      case KIND.contact:
        bounded(rest.contacts, MAX_CONTACTS);
        rest.contacts.push(readContact(bytes));
        break;
      case KIND.blocked: {
        bounded(rest.blocked, MAX_BLOCKED_FINGERPRINTS);
        const [fingerprint, time] = readTuple(decodeCbor(bytes, MAX_RECORD_BYTES), 2);
        rest.blocked.push({ fingerprint: readBytes(fingerprint, FINGERPRINT_BYTES), time: readUint(time) });
        break;
      }
      default:
        throw new PqError('malformed');
    }
  }
  if (!profile || rest.log.length === 0) throw new PqError('malformed');
  return { ...profile, ...rest };
}
