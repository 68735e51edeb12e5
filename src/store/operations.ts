/**
 * The named operations of the store: each one transaction, run in a worker thread in the order of the calls. Every operation
 * rejects with `StoreError` (errors.ts says the codes, limits.ts the maxima behind 'limit') and then has written nothing; it
 * works again once the cause is gone. What resolved is committed.
 */
import type { BufferId, ContactId, MessageId, Place, ServerName } from '../contract/ids.ts';
import type { HistoryPoint } from '../contract/chat.ts';
import type { Message } from '../contract/message.ts';
import type {
  BindingRow,
  BufferKind,
  BufferRow,
  ContactChange,
  ContactRow,
  Counters,
  GapRow,
  InviteRow,
  KeptPayload,
  KeptRow,
  MailRow,
  NewContact,
  OutboxRow,
  PrekeyRow,
  ReceiptChange,
  ReplayRow,
  SentLine,
  SessionRow,
  SessionWrite,
  SkippedRow,
  StsRow,
  UnplacedMessage,
} from './rows.ts';

export interface BufferRequest {
  kind: BufferKind;
  server: ServerName | null;
  contact: ContactId | null;
  /** Folded name; unique with kind and server. */
  key: string;
  name: string;
  muted?: boolean;
}

/** What one received packet changes; all of it is committed together, or none. */
export interface Receive {
  now: number;
  /** A known contact with what changed, or a new one (a *request*, or one gated by our own invite). */
  contact: { id: ContactId; change: ContactChange | null } | { add: NewContact };
  /** The session that opened the packet, after it. */
  session: SessionWrite;
  /** Other sessions of this contact that are receive-only from now on. */
  retire: string[];
  skippedAdd: SkippedRow[];
  skippedDelete: { chain: string; n: number }[];
  replayAdd: ReplayRow | null;
  /** The hello it began with: 'conflict' when it was opened before. `until`: when the private half of its prekey is deleted. */
  hello?: { id: string; until: number } | null;
  /** A one-time prekey to delete; 'conflict' when it is gone already. */
  usedPrekey: string | null;
  /** An invite to mark as used; 'conflict' when it is used already or unknown. */
  usedInvite: string | null;
  /** The payload's message id. Known within 30 days: `duplicate`, and no line is stored; the rest is. */
  mid: string | null;
  message: UnplacedMessage | null;
  /** Where `message` goes; null: the contact's private buffer, made (closed for a request, else open) if there is none. */
  buffer: BufferId | null;
  /** Lines of Sotto's own for the same buffer, after `message`; stored for a duplicate as well. */
  notes?: UnplacedMessage[];
  /** The payload itself where a later version will show more of it; nothing for a duplicate. */
  keep?: KeptPayload | null;
  /** Own messages the packet acknowledges, and says to be read. */
  acknowledged: string[];
  read: string[];
  /** True: `attempts` and `nextTry` of the contact's outbox rows become 0. */
  resetBackoff: boolean;
}

/** What a backup brings. */
export interface Restored {
  /** As `putSecrets` takes them. */
  secrets: { name: string; bytes: Uint8Array | null }[];
  contacts: NewContact[];
  blocked: { fingerprint: Uint8Array; time: number }[];
}

export interface Received {
  contact: ContactId;
  /** The buffer of the stored line; null when none was stored. */
  buffer: BufferId | null;
  /** The stored line, ready to be shown. */
  message: Message | null;
  notes: Message[];
  duplicate: boolean;
  receipts: ReceiptChange[];
  /** Ids in `read` that are no message of ours. */
  unknown: number;
}

export interface Store {
  /** A named secret (identity, device password, counters), or null. */
  getSecret(name: string): Promise<Uint8Array | null>;
  putSecret(name: string, bytes: Uint8Array): Promise<void>;
  /** All of them in one transaction; null deletes. */
  putSecrets(secrets: { name: string; bytes: Uint8Array | null }[]): Promise<void>;
  deleteSecret(name: string): Promise<void>;

  /** All buffers, open and closed, in order of creation. */
  listBuffers(): Promise<BufferRow[]>;
  /** The buffer with this kind, server and key: made if there is none, opened if it is closed. */
  openBuffer(request: BufferRequest): Promise<BufferRow>;
  /** Changes what is given. 'conflict' when another buffer has the key, or the buffer does not exist. */
  setBuffer(change: {
    id: BufferId;
    kind?: BufferKind;
    name?: string;
    key?: string;
    topic?: string;
    open?: boolean;
    muted?: boolean;
    contact?: ContactId | null;
    server?: ServerName | null;
  }): Promise<void>;
  /** Raises the read marker (never lowers it) and tells what is left. */
  setRead(read: { buffer: BufferId; upTo: MessageId }): Promise<Counters>;
  setDraft(draft: { buffer: BufferId; text: string }): Promise<void>;
  /** Unread lines of every buffer, also of those without any. */
  counters(): Promise<(Counters & { buffer: BufferId })[]>;

  /**
   * Stores lines in order; resolves at the group commit (<= 50 ms or 2,000 lines). A line whose (buffer, msgid) or id is
   * there already is left out, so a failed call may be repeated; lines of a removed buffer are dropped. Lines of `private`
   * buffers (Sotto's own notes there) go to private.db. At most MAX_APPEND_LINES a call.
   */
  appendIrc(lines: { message: Message; msgid: string | null }[]): Promise<void>;
  /**
   * Lines of a history, at most MAX_HISTORY_LINES. Those that are here already (the same msgid; without one on either side the same sender
   * and text at the same time) are left out; the others are stored and come back. `isRead`: it does not count as unread.
   */
  insertHistory(lines: { message: Message; msgid: string | null; isRead: boolean }[]): Promise<Message[]>;
  /** The line of IRC with this id of the server. */
  findLine(of: { buffer: BufferId; msgid: string }): Promise<Message | null>;
  /** How a server knows a line of IRC. */
  linePoint(of: { buffer: BufferId; message: MessageId }): Promise<HistoryPoint | null>;
  /** The first and the last text of IRC in a buffer. */
  historyEdges(buffer: BufferId): Promise<{ oldest: HistoryPoint | null; newest: HistoryPoint | null }>;
  /** When the last text of IRC in any of these buffers was said. */
  newestText(buffers: BufferId[]): Promise<number | null>;
  /** The last text up to that time. */
  lastLineUpTo(of: { buffer: BufferId; time: number }): Promise<MessageId | null>;
  /** Where lines are missing, oldest first. */
  gaps(buffer: BufferId): Promise<GapRow[]>;
  /**
   * Marks one, or moves the newer end of the one that begins at the same point; gaps within it become part of it. Null, and none is
   * left there: nothing older than `before` is here, so that nothing is missing in between. Beyond MAX_GAPS the oldest mark goes.
   */
  putGap(gap: { buffer: BufferId; after: HistoryPoint; before: HistoryPoint }): Promise<GapRow | null>;
  removeGap(id: number): Promise<void>;
  /**
   * Adds or takes away somebody's reaction. Null: nothing changes, it has too many, or there is no such line: then the change is kept, at most
   * MAX_EARLY_CHANGES in a buffer, until the line comes by `insertHistory` or `appendIrc`.
   */
  reactLine(reaction: { buffer: BufferId; msgid: string; nick: string; text: string; removed: boolean }): Promise<Message | null>;
  /** Takes a text back: what it said is gone from the file. Null: it was taken back before, or there is no such line (kept then, as above). */
  redactLine(redaction: { buffer: BufferId; msgid: string; by: string; reason: string }): Promise<Message | null>;
  /** The `limit` newest lines before `before` (null: the newest), oldest first, from both files. `more`: older ones exist. */
  page(page: { buffer: BufferId; before: Place | null; limit: number }): Promise<{ messages: Message[]; more: boolean }>;
  /** The highest line id in either file, 0 when there is none: new ids start above it. */
  lastMessageId(): Promise<number>;
  /** Newest place of a buffer. */
  lastPlace(buffer: BufferId): Promise<Place | null>;
  /** Deletes the lines of a buffer from both files; the buffer stays. Returns how many. */
  removeLines(buffer: BufferId): Promise<number>;

  listContacts(): Promise<ContactRow[]>;
  insertContact(contact: NewContact): Promise<ContactRow>;
  /** Changes what is given and returns the row. 'conflict' when there is no such contact. */
  updateContact(update: { id: ContactId; change: ContactChange }): Promise<ContactRow>;
  /** Deletes a contact with its private buffer, lines, sessions, outbox; with `block` its fingerprint is remembered. */
  removeContact(removal: {
    id: ContactId;
    block: boolean;
    now: number;
  }): Promise<{ buffers: BufferId[]; lines: number; outbox: number; sessions: number }>;
  blockFingerprint(block: { fingerprint: Uint8Array; now: number }): Promise<void>;
  unblockFingerprint(fingerprint: Uint8Array): Promise<void>;
  isBlocked(fingerprint: Uint8Array): Promise<boolean>;
  /** Oldest first. */
  listBlocked(): Promise<{ fingerprint: Uint8Array; time: number }[]>;
  /** A backup into a profile that knows nobody, all or nothing. 'conflict' where there is a contact or a session. */
  restore(restored: Restored): Promise<void>;

  /** Inserts or replaces. */
  putPrekey(prekey: PrekeyRow): Promise<void>;
  getPrekey(id: string): Promise<PrekeyRow | null>;
  listPrekeys(): Promise<PrekeyRow[]>;
  deletePrekey(id: string): Promise<void>;

  /** Inserts or replaces an invite, with its one-time prekey when that is given. */
  putInvite(put: { invite: InviteRow; prekey: PrekeyRow | null }): Promise<void>;
  getInvite(id: string): Promise<InviteRow | null>;
  listInvites(): Promise<InviteRow[]>;
  setInvite(change: {
    id: string;
    state?: InviteRow['state'];
    text?: string;
    record?: InviteRow['record'];
    expires?: number;
    channel?: string;
  }): Promise<void>;
  /** Deletes the invite and its one-time prekey. */
  removeInvite(id: string): Promise<void>;

  /** Sessions of one contact or of all (null), newest first. */
  listSessions(contact: ContactId | null): Promise<SessionRow[]>;
  /** What is remembered of one place, and the highest number of its chain that anything is remembered of. */
  loadPlace(place: {
    session: string;
    chain: string;
    n: number;
  }): Promise<{ skipped: SkippedRow | null; replay: ReplayRow | null; highest: number | null }>;
  /** Deletes receive-only sessions that were not written since `before`, with their rows. Returns their ids. */
  removeIdleSessions(before: number): Promise<string[]>;
  /** Whether the hello was opened while its prekey existed. */
  isKnownHello(id: string): Promise<boolean>;
  /** Deletes a session with its skipped keys and replay rows; sealed packets of it are dropped (to be sealed anew). */
  removeSession(session: string): Promise<void>;
  /**
   * After a rollback (contact null: of everybody, which also ends `rolledBack`) or a reset: sessions become receive-only,
   * sealed packets are dropped, their outbox rows stay to be sealed anew under the same ids.
   */
  retireSessions(contact: ContactId | null): Promise<void>;
  /** Raises the generation counter (database, then file) and returns it. */
  advanceGeneration(): Promise<number>;

  /**
   * Stores a line (receipt queued) and its outbox row together; `message` null for payloads that are not shown. `session`: the one
   * the row is for. 'limit' at MAX_OUTBOX_ROWS.
   */
  queue(entry: {
    contact: ContactId;
    mid: string;
    payload: Uint8Array;
    message: Message | null;
    session?: string;
    created: number;
  }): Promise<void>;
  /**
   * Commits a session's new state together with the packet sealed by it: before the packet is sent. `mid` null: state only
   * (acks, which are not repeated). 'conflict' for another version or an outbox row that is gone; 'limit' at MAX_SEALED_PACKETS.
   */
  commitSeal(seal: {
    contact: ContactId;
    session: SessionWrite;
    retire: string[];
    mid: string | null;
    packet: Uint8Array | null;
    ackTag: Uint8Array | null;
    sealedAt: number;
  }): Promise<void>;
  /** Rows in order of queuing, of one contact or of all (null). */
  outbox(contact: ContactId | null): Promise<OutboxRow[]>;
  /** Changes what is given; `sent` true sets the receipt to sent, `error` is the receipt's reason. Null: no line changed, or the row is gone. */
  setOutbox(change: {
    mid: string;
    attempts?: number;
    nextTry?: number;
    error?: string | null;
    sent?: true;
  }): Promise<ReceiptChange | null>;
  /** Payloads that arrived: rows go, receipts become delivered. Unknown ids and those of another contact do nothing. */
  acknowledge(ack: { contact: ContactId; mids: string[] }): Promise<ReceiptChange[]>;
  /** Lines the contact has read; rows that are still waiting go too. */
  markRead(read: { contact: ContactId; mids: string[] }): Promise<ReceiptChange[]>;
  /** Forgets the sealed bytes, so that the payload is sealed anew under the same id. */
  dropPacket(mid: string): Promise<void>;
  /** Gives up: the row goes, the line's receipt becomes failed with the reason. */
  failOutbox(failure: { mid: string; reason: string }): Promise<ReceiptChange | null>;
  /** Queues a line that has failed once more, under the same id. 'conflict' where it has not failed; 'limit' at MAX_OUTBOX_ROWS. */
  requeue(entry: { message: MessageId; payload: Uint8Array; created: number }): Promise<ReceiptChange | null>;
  /** Deletes a line of our own that has failed. 'conflict' where it has not, or is gone. */
  removeFailed(of: { buffer: BufferId; message: MessageId }): Promise<void>;
  /** A line of our own in a private buffer; null: it is none, or it cannot be sent again. */
  sentLine(message: MessageId): Promise<SentLine | null>;
  /** Rows with a line that were queued before, at most MAX_EXPIRED of them. */
  expiredOutbox(before: number): Promise<{ contact: ContactId; mid: string }[]>;

  /** Ids of what the contact wrote here after the line they were last told of, up to `upTo`, oldest first, at most MAX_READ_IDS; `last`: the line of the last one. */
  untold(query: { contact: ContactId; buffer: BufferId; upTo: MessageId }): Promise<{ mids: string[]; last: MessageId | null }>;
  /** The contact was told up to that line, or is not to be; the receipt that says so is queued in the same transaction. */
  tell(told: { contact: ContactId; upTo: MessageId; receipt: { mid: string; payload: Uint8Array; created: number } | null }): Promise<void>;

  /** What lies in the mailboxes of all contacts, by contact and slot. */
  listMail(): Promise<MailRow[]>;
  /** Written before the slot is. */
  putMail(row: MailRow): Promise<void>;
  /** These slots were emptied; null: all, the record is gone. */
  removeMail(of: { contact: ContactId; slots: number[] | null }): Promise<void>;
  /** Everything one received packet changes, in one transaction. */
  commitReceive(receive: Receive): Promise<Received>;
  /** Kept payloads of a contact after `after` (0: the first), oldest first, at most MAX_PAGE_LINES. */
  keptPayloads(page: { contact: ContactId; after: number }): Promise<KeptRow[]>;

  /** The payload that came with a line, where it is kept, and whose it is. */
  keptOfLine(line: { buffer: BufferId; message: MessageId }): Promise<{ contact: ContactId; bytes: Uint8Array } | null>;

  /** Nicks that stand for contacts, by server, oldest first. */
  listBindings(): Promise<BindingRow[]>;
  /** Replaces all of a server; those of contacts that are gone are left out. */
  putBindings(put: { server: ServerName; bindings: Omit<BindingRow, 'server'>[] }): Promise<void>;

  /** IRC hosts with a policy (IRCv3 sts), also those whose policy is over. */
  listSts(): Promise<StsRow[]>;
  /** Null forgets it. Above MAX_STS_POLICIES the one that ends first goes. */
  putSts(put: { host: string; policy: Omit<StsRow, 'host'> | null }): Promise<void>;

  /** Deletes what is past its time: received ids, replay rows and skipped keys after 30 days, expired prekeys with the ids of hellos made for them, expired invites (one with a
   * record: 30 days after, so that the record can be ended). Returns how many rows. */
  prune(now: number): Promise<number>;

  /**
   * Re-encrypts both files under another key (64 hex digits), one after the other. Nothing else is answered meanwhile: about a second per
   * 100 MB. Where it fails or the process ends, each file is under the old key or the new one: `openStore` is to be given both.
   */
  rekey(key: string): Promise<void>;

  /** Writes and removes some hundred kilobytes in both files: rejects as other operations do where there is no room for them. */
  probe(): Promise<void>;

  /** Commits what waits and ends the worker. Later calls reject with 'closed'. */
  close(): Promise<void>;
}

/** The operations as they run inside the worker. */
export type OperationName = Exclude<keyof Store, 'close'>;
export type Arguments<N extends OperationName> = Parameters<Store[N]>;
export type Result<N extends OperationName> = Awaited<ReturnType<Store[N]>>;
export type Operations = {
  [N in OperationName]: (...args: Arguments<N>) => N extends 'appendIrc' ? Promise<Result<N>> : Result<N>;
};
