import type { ContactId, MessageId } from '../contract/ids.ts';
import type { ReceiptState } from '../contract/message.ts';
import { boundBytes, boundName, bytes, bytesOrNull } from './columns.ts';
import type { Db } from './db.ts';
import { conflict, limit } from './errors.ts';
import { MAX_ACKNOWLEDGED, MAX_EXPIRED, MAX_OUTBOX_ROWS, MAX_PACKET_BYTES, MAX_READ_IDS, MAX_SEALED_PACKETS } from './limits.ts';
import type { PrivateLines } from './lines.ts';
import type { Operations } from './operations.ts';
import type { OutboxRow, ReceiptChange } from './rows.ts';
import type { Sessions } from './sessions.ts';
import { transaction } from './transaction.ts';

const read = (row: OutboxRow): OutboxRow => ({
  ...row,
  payload: bytes(row.payload),
  packet: bytesOrNull(row.packet),
  ackTag: bytesOrNull(row.ackTag),
});

type Door =
  | 'queue'
  | 'requeue'
  | 'sentLine'
  | 'expiredOutbox'
  | 'untold'
  | 'tell'
  | 'commitSeal'
  | 'outbox'
  | 'setOutbox'
  | 'acknowledge'
  | 'markRead'
  | 'dropPacket'
  | 'failOutbox';

type NewRow = Pick<OutboxRow, 'contact' | 'mid' | 'payload' | 'message' | 'created'> & { session?: string | null };

export interface Outbox extends Pick<Operations, Door> {
  /** For use inside a transaction. */
  arrived(contact: ContactId, mids: readonly string[], state: 'delivered' | 'read'): ReceiptChange[];
  resetBackoff(contact: ContactId): void;
  /** A message to this contact, whatever became of it. */
  isOurs(contact: ContactId, mid: string): boolean;
  count(contact: ContactId): number;
}

export function createOutbox(db: Db, lines: PrivateLines, sessions: Sessions): Outbox {
  const select = `SELECT o.mid, o.contact, o.payload, o.packet, o.session, o.ackTag, o.sealedAt, o.attempts, o.nextTry, o.state,
    o.error, o.message, l.buffer, o.created FROM outbox o LEFT JOIN lines l ON l.id = o.message`;
  const get = db.prepare<[string], OutboxRow>(`${select} WHERE o.mid = ?`);
  const list = db.prepare<[number | null], OutboxRow>(`${select} WHERE o.contact = ifnull(?, o.contact) ORDER BY o.seq`);
  const count = db.prepare<[number], { rows: number }>('SELECT count(*) AS rows FROM outbox WHERE contact = ?');
  const sealed = db.prepare<[number, string], { rows: number }>(
    'SELECT count(*) AS rows FROM outbox WHERE contact = ? AND mid <> ? AND packet IS NOT NULL',
  );
  const insert = db.prepare<[string, number, Uint8Array, string | null, number | null, number]>(
    `INSERT INTO outbox (mid, contact, payload, session, attempts, nextTry, state, message, created) VALUES (?, ?, ?, ?, 0, 0, 'queued', ?, ?)`,
  );
  const seal = db.prepare<[Uint8Array, string, Uint8Array | null, number, string, number]>(
    'UPDATE outbox SET packet = ?, session = ?, ackTag = ?, sealedAt = ? WHERE mid = ? AND contact = ?',
  );
  const unseal = db.prepare<[string]>('UPDATE outbox SET packet = NULL, ackTag = NULL, sealedAt = NULL WHERE mid = ?');
  const set = db.prepare<[number, number, string | null, string, string]>(
    'UPDATE outbox SET attempts = ?, nextTry = ?, error = ?, state = ? WHERE mid = ?',
  );
  const remove = db.prepare<[string, number]>('DELETE FROM outbox WHERE mid = ? AND contact = ?');
  const reset = db.prepare<[number]>('UPDATE outbox SET nextTry = 0, attempts = 0 WHERE contact = ?');

  const expired = db.prepare<[number, number], { contact: ContactId; mid: string }>(
    'SELECT contact, mid FROM outbox WHERE message IS NOT NULL AND created < ? ORDER BY seq LIMIT ?',
  );
  const toldUpTo = db.prepare<[number], { message: MessageId }>('SELECT message FROM told WHERE contact = ?');
  const setTold = db.prepare<[number, number]>(
    'INSERT INTO told (contact, message) VALUES (?, ?) ON CONFLICT DO UPDATE SET message = max(message, excluded.message)',
  );

  /** For use inside a transaction. */
  const add = ({ contact, mid, payload, message, session = null, created }: NewRow): void => {
    if ((count.get(contact)?.rows ?? 0) >= MAX_OUTBOX_ROWS) {
      throw limit('Too many messages to this contact are waiting to be delivered. This one was not taken.');
    }
    insert.run(boundName(mid), contact, boundBytes(payload, MAX_PACKET_BYTES), session && boundName(session), message, created);
  };
  const raise = (peer: ContactId, mid: string, state: ReceiptState, reason: string | null = null): ReceiptChange[] =>
    lines.setReceipt({ peer, mid }, state, reason).map(({ id, buffer }) => ({ buffer, message: id, receipt: { state, reason } }));
  const arrived: Outbox['arrived'] = (contact, mids, state) => {
    if (mids.length > MAX_ACKNOWLEDGED) throw limit('Too many messages were acknowledged at once.');
    return mids.flatMap((mid) => {
      remove.run(mid, contact);
      return raise(contact, mid, state);
    });
  };

  return {
    arrived,
    resetBackoff: (contact) => {
      reset.run(contact);
    },
    isOurs: (contact, mid) => get.get(mid)?.contact === contact || lines.isOurs({ peer: contact, mid }),
    count: (contact) => count.get(contact)?.rows ?? 0,
    queue: transaction(db, ({ message, ...row }) => {
      if (message) lines.insert({ ...message, receipt: { state: 'queued', reason: null } }, { peer: row.contact, mid: row.mid });
      add({ ...row, message: message?.id ?? null });
    }),
    requeue: transaction(db, ({ message, payload, created }) => {
      const line = lines.sent(message);
      if (line?.state !== 'failed') throw conflict('This message is not one that has failed.');
      const { contact, mid } = line;
      add({ contact, mid, payload, message, created });
      return raise(contact, mid, 'queued')[0] ?? null;
    }),
    sentLine: (message) => lines.sent(message),
    expiredOutbox: (before) => expired.all(before, MAX_EXPIRED),
    untold: ({ contact, buffer, upTo }) => {
      const found = lines.received({ peer: contact, buffer, after: toldUpTo.get(contact)?.message ?? 0, upTo, limit: MAX_READ_IDS });
      return { mids: found.map(({ mid }) => mid), last: found.at(-1)?.id ?? null };
    },
    tell: transaction(db, ({ contact, upTo, receipt }) => {
      setTold.run(contact, upTo);
      if (receipt) add({ ...receipt, contact, message: null });
    }),
    commitSeal: transaction(db, ({ contact, session, retire, mid, packet, ackTag, sealedAt }) => {
      sessions.write(contact, session, sealedAt);
      sessions.retire(contact, retire);
      if (mid === null || packet === null) return;
      if ((sealed.get(contact, mid)?.rows ?? 0) >= MAX_SEALED_PACKETS) throw limit('Too many packets to this contact are unacknowledged.');
      const { changes } = seal.run(boundBytes(packet, MAX_PACKET_BYTES), session.id, ackTag && boundBytes(ackTag), sealedAt, mid, contact);
      if (changes !== 1) throw conflict('This message is not waiting any more.');
    }),
    outbox: (contact) => list.all(contact).map(read),
    setOutbox: transaction(db, (change) => {
      const row = get.get(change.mid);
      if (!row) return null;
      const { attempts = row.attempts, nextTry = row.nextTry, error = row.error } = change;
      set.run(attempts, nextTry, error && boundName(error), change.sent ? 'sent' : row.state, row.mid);
      const raised = change.sent ? raise(row.contact, row.mid, 'sent', error)[0] : undefined;
      if (raised || change.error === undefined) return raised ?? null;
      const [told] = lines.setReason({ peer: row.contact, mid: row.mid }, error);
      return told ? { buffer: told.buffer, message: told.id, receipt: { state: told.receipt, reason: error } } : null;
    }),
    acknowledge: transaction(db, ({ contact, mids }) => arrived(contact, mids, 'delivered')),
    markRead: transaction(db, ({ contact, mids }) => arrived(contact, mids, 'read')),
    dropPacket: (mid) => {
      unseal.run(mid);
    },
    failOutbox: transaction(db, ({ mid, reason }) => {
      const row = get.get(mid);
      if (!row) return null;
      remove.run(mid, row.contact);
      return raise(row.contact, mid, 'failed', boundName(reason))[0] ?? null;
    }),
  };
}
