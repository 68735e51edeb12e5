/**
 * What the store holds, as plain data. Bytes are `Uint8Array`s of their own; times are milliseconds since 1970. Ids made by
 * DM/1 (sessions, hellos, message ids, prekeys, invites, chains) are lower-case hex, so that they serve as map keys.
 */
import type { BufferId, ContactId, MessageId, ServerName } from '../contract/ids.ts';
import type { HistoryPoint } from '../contract/chat.ts';
import type { Message, Receipt, ReceiptState } from '../contract/message.ts';

export type BufferKind = 'server' | 'channel' | 'query' | 'private';

export interface BufferRow {
  id: BufferId;
  kind: BufferKind;
  server: ServerName | null;
  contact: ContactId | null;
  /** Folded name; unique with kind and server. */
  key: string;
  name: string;
  topic: string;
  open: boolean;
  muted: boolean;
  readUpTo: MessageId | null;
  draft: string;
}

/** Lines after the read marker, not our own. In queries and private buffers each counts as a highlight. */
export interface Counters {
  unread: number;
  highlights: number;
}

export type ContactState = 'connecting' | 'active' | 'request' | 'blocked';
export type ContactLevel = 'not-verified' | 'invite-pinned' | 'verified' | 'changed';

export interface ContactRow {
  id: ContactId;
  /** The name they gave themselves, sanitised by the caller. */
  nickname: string;
  /** The name this user gave them. */
  petname: string | null;
  /** Public identity; null until the card or hello has arrived. */
  identity: Uint8Array | null;
  fingerprint: Uint8Array | null;
  state: ContactState;
  level: ContactLevel;
  /** Their addresses, newest first. */
  addresses: Uint8Array[];
  /** Key of the record they made for us, and the highest card number seen in it. */
  theirRecord: string | null;
  cardSeq: number;
  /** The record we made for them, and the number of the last card put there. */
  ownRecord: { key: string; writer: string } | null;
  ownRecordSeq: number;
  /** Where the contact came from, in words of the caller. */
  source: string;
  /** The `[servers.<name>]` entry that belongs to this contact. */
  configServer: ServerName | null;
  /** What first contact still needs. */
  pendingAddress: Uint8Array | null;
  pendingInvite: string | null;
  /** We asked them and they have not answered yet. */
  waiting: boolean;
  /** Their first answer has opened: the shield no longer says "confirming". */
  confirmed: boolean;
  /** Opaque: small things the caller keeps with the contact. */
  memo: Uint8Array | null;
  created: number;
  lastSeen: number | null;
  /** Head of their identity log as far as we have followed it, and the number of that entry; null: not known. */
  logHead: Uint8Array | null;
  logSeq: number | null;
  /** Entry of our own identity log up to which they were told, or had been when they came; null: before there was a log. */
  toldSeq: number | null;
  /** They named a history of our identity that is not ours, and the user was told. */
  splitSeen: boolean;
  /** When a session they began last took over from a confirmed one, and when we last began anew because they had gone back; null: never. */
  replaced: number | null;
  renewed: number | null;
  /** The session our next hello replaces. */
  replaces: string | null;
  /** What the user chose for this contact: null is as configured. */
  readReceipts: boolean | null;
  presence: boolean | null;
  cover: boolean | null;
  /** The user lets them know where this computer is: iroh is used with them, once they have chosen it too. */
  direct: boolean;
  /** Where they can be reached that way, as they told. Never used while `direct` is false. */
  directAddress: Uint8Array | null;
}

/** A contact to be made; what is left out is empty, zero or false. `nickname`, `state`, `level`, `source`, `created` are required. */
export type NewContact = Pick<ContactRow, 'nickname' | 'state' | 'level' | 'source' | 'created'> &
  Partial<Omit<ContactRow, 'id' | 'nickname' | 'state' | 'level' | 'source' | 'created'>>;

export type ContactChange = Partial<Omit<ContactRow, 'id' | 'created'>>;

export interface PrekeyRow {
  id: string;
  bytes: Uint8Array;
  oneTime: boolean;
  /** The private half is deleted after this. */
  notAfter: number;
  invite: string | null;
}

export type InviteState = 'spare' | 'given' | 'used';

export interface InviteRow {
  id: string;
  prekeyId: string;
  secret: Uint8Array;
  record: { key: string; writer: string } | null;
  text: string;
  expires: number;
  state: InviteState;
  /** How it is meant to travel, in words of the caller ('copy', 'ctcp', …). */
  channel: string;
  /** Who used it. */
  contact: ContactId | null;
}

export interface SessionRow {
  id: string;
  contact: ContactId;
  /** Hash of the hello it began with, so that repeated hellos find it. */
  helloId: string | null;
  /** Opaque state. */
  bytes: Uint8Array;
  /** Rises by one with each write; starts at 1. */
  version: number;
  created: number;
  /** False: kept for receiving only. */
  active: boolean;
  /** When it was last written. */
  used: number;
}

/** New state of a session. `expectedVersion` null inserts it (then `helloId`, `created` count); else 'conflict' unless the row has it. */
export interface SessionWrite {
  id: string;
  expectedVersion: number | null;
  helloId: string | null;
  bytes: Uint8Array;
  created: number;
  active: boolean;
}

export interface SkippedRow {
  chain: string;
  n: number;
  /** Opaque key. */
  bytes: Uint8Array;
}

export interface ReplayRow {
  chain: string;
  n: number;
  /** Hash of the packet that was opened as (chain, n). */
  hash: Uint8Array;
  /** What was answered, to answer duplicates the same way; null: silence. */
  tag: Uint8Array | null;
}

export interface OutboxRow {
  mid: string;
  contact: ContactId;
  /** What is to be sealed. */
  payload: Uint8Array;
  /** Sealed bytes, null before sealing and after `dropPacket`. */
  packet: Uint8Array | null;
  /** Where it was sealed last, or the one it is for; null again when that session is removed. */
  session: string | null;
  ackTag: Uint8Array | null;
  sealedAt: number | null;
  attempts: number;
  /** Not before this; 0: at once. */
  nextTry: number;
  state: 'queued' | 'sent';
  /** Why the last attempt failed. */
  error: string | null;
  /** The line it carries; null for what is not shown (profile, receipts). */
  message: MessageId | null;
  buffer: BufferId | null;
  created: number;
}

/** One slot of our record for a contact that holds a packet of ours, or is about to. */
export interface MailRow {
  contact: ContactId;
  slot: number;
  /** Key of the record. */
  record: string;
  mid: string;
  /** Of the packet, hex. */
  hash: string;
}

/** A line of ours, with what it takes to send it again. */
export interface SentLine {
  contact: ContactId;
  buffer: BufferId;
  mid: string;
  kind: Message['kind'];
  text: string;
  state: ReceiptState;
}

/** A line whose receipt changed: for the pages. */
export interface ReceiptChange {
  buffer: BufferId;
  message: MessageId;
  receipt: Receipt;
}

/** A payload that is kept for a later version, and where it was opened. */
export interface KeptPayload {
  mid: string;
  session: string;
  chain: string;
  n: number;
  /** Its code on the wire. */
  kind: number;
  bytes: Uint8Array;
}

export interface KeptRow extends KeptPayload {
  seq: number;
  contact: ContactId;
  /** When the session began: sessions come and go, their order stays known. */
  sessionCreated: number;
  /** When it was received. */
  time: number;
}

/** Lines after `after` and before `before` are missing here, as far as is known. `before` is out of the gap, `after` too. */
export interface GapRow {
  id: number;
  buffer: BufferId;
  after: HistoryPoint;
  before: HistoryPoint;
}

/** A nick that stands for a contact. `account`: what proves who has it; null: nothing outlasts the connection. */
export interface BindingRow {
  server: ServerName;
  /** Folded nick. */
  key: string;
  nick: string;
  contact: ContactId;
  account: string | null;
  state: 'bound' | 'held' | 'chosen';
  reason: string;
}

/** A line that has no buffer yet. */
export type UnplacedMessage = Omit<Message, 'buffer'>;

/** TLS only, on this port, until `expires` (milliseconds since 1970); `duration` in seconds is what the server said. */
export interface StsRow {
  host: string;
  port: number;
  duration: number;
  expires: number;
}
