/** Queries on the lines of one file. Both files have the table; receipts are private.db's, server message ids irc.db's. */
import type { BufferId, ContactId, MessageId, Place } from '../contract/ids.ts';
import { countsAsUnread, type Message, type MessageKind, type ReceiptState } from '../contract/message.ts';
import { boundName, boundText, flag } from './columns.ts';
import type { Db } from './db.ts';
import { readDetails, writeDetails } from './details.ts';
import type { Counters, SentLine } from './rows.ts';

export interface Row {
  id: MessageId;
  buffer: BufferId;
  time: number;
  kind: MessageKind;
  sender: string | null;
  text: string;
  subject: string | null;
  self: number;
  highlight: number;
  receipt: ReceiptState | null;
  reason: string | null;
  msgid: string | null;
  details: string | null;
}

export type Inserted = [number, number, number, string, string | null, string, string | null, number, number, number];

export const read = (row: Row): Message => {
  const details = readDetails(row.details);
  return {
    id: row.id,
    buffer: row.buffer,
    time: row.time,
    kind: row.kind,
    from: row.sender,
    text: row.text,
    subject: row.subject,
    self: row.self === 1,
    highlight: row.highlight === 1,
    receipt: row.receipt === null ? null : { state: row.receipt, reason: row.reason },
    ...(details === undefined ? {} : { details }),
    ...(row.msgid === null ? {} : { isReferable: true }),
  };
};

export const insertedOf = (message: Message): Inserted => [
  message.id,
  message.buffer,
  message.time,
  message.kind,
  message.from,
  message.text,
  message.subject,
  flag(message.self),
  flag(message.highlight),
  flag(!message.self && countsAsUnread(message.kind)),
];

/** Throws 'limit' for a line that no file takes. */
export const checkLine = (message: Message): void => {
  boundText(message.text);
  boundName(message.from ?? '');
  boundName(message.subject ?? '');
  if (message.details) writeDetails(message.details);
};

export const common = 'id, buffer, time, kind, sender, text, subject, self, highlight, counts';

export interface Lines {
  /** The newest `limit` lines before the place, newest first. */
  before(buffer: BufferId, place: Place | null, limit: number): Message[];
  /** Of lines with an id above `after`. */
  unread(buffer: BufferId, after: MessageId | null): Counters;
  /** Lines of others that count, at most `max`. */
  countFromOthers(buffer: BufferId, max: number): number;
  count(buffer: BufferId): number;
  highestId(): number;
  remove(buffer: BufferId): number;
  /** Buffers that have lines. */
  buffers(): BufferId[];
}

export function createLines(db: Db, receipts: boolean): Lines {
  const selected = `id, buffer, time, kind, sender, text, subject, self, highlight, ${
    receipts ? 'receipt, reason, NULL AS msgid, NULL AS details' : 'NULL AS receipt, NULL AS reason, msgid, details'
  }`;
  const before = db.prepare<[number, number, number, number], Row>(
    `SELECT ${selected} FROM lines WHERE buffer = ? AND (time, id) < (?, ?) ORDER BY time DESC, id DESC LIMIT ?`,
  );
  const unread = db.prepare<[number, number], Counters>(
    'SELECT count(*) AS unread, ifnull(sum(highlight), 0) AS highlights FROM lines WHERE counts = 1 AND buffer = ? AND id > ?',
  );
  const fromOthers = db.prepare<[number, number], { rows: number }>(
    'SELECT count(*) AS rows FROM (SELECT 1 FROM lines WHERE counts = 1 AND buffer = ? LIMIT ?)',
  );
  const count = db.prepare<[number], { rows: number }>('SELECT count(*) AS rows FROM lines WHERE buffer = ?');
  const highest = db.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM lines');
  const remove = db.prepare<[number]>('DELETE FROM lines WHERE buffer = ?');
  // Jumps from buffer to buffer in the index; DISTINCT would read every entry.
  const buffers = db.prepare<[], { buffer: BufferId }>(
    `WITH RECURSIVE found (buffer) AS (
       SELECT min(buffer) FROM lines
       UNION ALL SELECT (SELECT min(buffer) FROM lines WHERE buffer > found.buffer) FROM found WHERE found.buffer IS NOT NULL
     ) SELECT buffer FROM found WHERE buffer IS NOT NULL`,
  );
  return {
    before: (buffer, place, limit) =>
      before.all(buffer, place?.time ?? Number.MAX_SAFE_INTEGER, place?.id ?? Number.MAX_SAFE_INTEGER, limit).map(read),
    unread: (buffer, after) => unread.get(buffer, after ?? 0) ?? { unread: 0, highlights: 0 },
    countFromOthers: (buffer, max) => fromOthers.get(buffer, max)?.rows ?? 0,
    count: (buffer) => count.get(buffer)?.rows ?? 0,
    highestId: () => highest.get()?.id ?? 0,
    remove: (buffer) => remove.run(buffer).changes,
    buffers: () => buffers.all().map(({ buffer }) => buffer),
  };
}

export interface PrivateLines extends Lines {
  insert(message: Message, tie: { peer: ContactId; mid: string } | null): void;
  /** As `insert`; a line whose id is there already is left out. */
  insertOnce(message: Message): void;
  /** Moves the receipt of an own line forward; what it was before decides whether it may. */
  setReceipt(of: { peer: ContactId; mid: string }, to: ReceiptState, reason: string | null): { id: MessageId; buffer: BufferId }[];
  /** Why an own line still waits. */
  setReason(of: { peer: ContactId; mid: string }, reason: string | null): { id: MessageId; buffer: BufferId; receipt: ReceiptState }[];
  /** Deletes an own line that has failed; false: it has not, or there is none. */
  removeFailed(of: { buffer: BufferId; message: MessageId }): boolean;
  isOurs(of: { peer: ContactId; mid: string }): boolean;
  sent(message: MessageId): SentLine | null;
  /** Lines of others with an id above `after` and up to `upTo`, in order of id. */
  received(of: { peer: ContactId; buffer: BufferId; after: number; upTo: MessageId; limit: number }): { id: MessageId; mid: string }[];
}

const from: Record<ReceiptState, string> = {
  queued: `'failed'`,
  sent: `'queued'`,
  delivered: `'queued', 'sent', 'failed'`,
  read: `'queued', 'sent', 'failed', 'delivered'`,
  failed: `'queued', 'sent'`,
};

export function createPrivateLines(db: Db): PrivateLines {
  const sql = `INSERT INTO lines (${common}, receipt, reason, peer, mid) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  type All = [...Inserted, string | null, string | null, number | null, string | null];
  const insert = db.prepare<All>(sql);
  const insertOnce = db.prepare<All>(`${sql} ON CONFLICT DO NOTHING`);
  const raise = (to: ReceiptState) =>
    db.prepare<[string | null, string, number], { id: MessageId; buffer: BufferId }>(
      `UPDATE lines SET receipt = '${to}', reason = ?
       WHERE mid = ? AND peer = ? AND self = 1 AND receipt IN (${from[to]}) RETURNING id, buffer`,
    );
  const raises = {
    queued: raise('queued'),
    sent: raise('sent'),
    delivered: raise('delivered'),
    read: raise('read'),
    failed: raise('failed'),
  };
  const setReason = db.prepare<[string | null, string, number], { id: MessageId; buffer: BufferId; receipt: ReceiptState }>(
    `UPDATE lines SET reason = ? WHERE mid = ? AND peer = ? AND self = 1 AND receipt IN ('queued', 'sent') RETURNING id, buffer, receipt`,
  );
  const failed = db.prepare<[number, number]>(`DELETE FROM lines WHERE id = ? AND buffer = ? AND self = 1 AND receipt = 'failed'`);
  const ours = db.prepare<[string, number], { id: MessageId }>('SELECT id FROM lines WHERE mid = ? AND peer = ? AND self = 1');
  const sent = db.prepare<[number], SentLine>(
    `SELECT peer AS contact, buffer, mid, kind, text, receipt AS state FROM lines
     WHERE id = ? AND self = 1 AND peer IS NOT NULL AND mid IS NOT NULL AND receipt IS NOT NULL`,
  );
  const received = db.prepare<[number, number, number, number, number], { id: MessageId; mid: string }>(
    `SELECT id, mid FROM lines
     WHERE counts = 1 AND buffer = ? AND self = 0 AND peer = ? AND mid IS NOT NULL AND id > ? AND id <= ? ORDER BY id LIMIT ?`,
  );
  return {
    ...createLines(db, true),
    insert: (message, tie) => {
      checkLine(message);
      insert.run(
        ...insertedOf(message),
        message.receipt?.state ?? null,
        message.receipt?.reason ?? null,
        tie?.peer ?? null,
        tie?.mid ?? null,
      );
    },
    insertOnce: (message) => {
      insertOnce.run(...insertedOf(message), message.receipt?.state ?? null, message.receipt?.reason ?? null, null, null);
    },
    setReceipt: ({ peer, mid }, to, reason) => raises[to].all(reason, mid, peer),
    setReason: ({ peer, mid }, reason) => setReason.all(reason, mid, peer),
    removeFailed: ({ buffer, message }) => failed.run(message, buffer).changes > 0,
    isOurs: ({ peer, mid }) => ours.get(mid, peer) !== undefined,
    sent: (message) => sent.get(message) ?? null,
    received: ({ buffer, peer, after, upTo, limit }) => received.all(buffer, peer, after, upTo, limit),
  };
}
