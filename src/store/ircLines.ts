/** What only lines of IRC have: ids of the server, details, and the question whether a history brings something new. */
import type { BufferId, MessageId } from '../contract/ids.ts';
import type { HistoryPoint } from '../contract/chat.ts';
import type { Details, Message } from '../contract/message.ts';
import type { Db } from './db.ts';
import { writeDetails } from './details.ts';
import { createEarly, type EarlyChange } from './early.ts';
import { createGaps, type Gaps } from './gaps.ts';
import { boundName } from './columns.ts';
import { common, createLines, insertedOf, read, type Inserted, type Lines, type Row } from './lines.ts';

/** Two tellings of one line may differ by this where one of them has no id of the server. */
const SAME_LINE_MS = 1_000;
/** The same for a line of our own that was shown without an echo: its time is ours, not the server's. */
const SAME_OWN_LINE_MS = 30_000;

export interface IrcLines extends Lines {
  readonly gaps: Gaps;
  /**
   * A line whose id or (buffer, msgid) is there already is left out. `counts` false: it is not unread whatever it is. Returns the line as
   * it is stored: with what happened to it before it came.
   */
  insert(message: Message, msgid: string | null, counts?: boolean): Message;
  /** Keeps what happened to a line that is not here. */
  keep(buffer: BufferId, msgid: string, change: EarlyChange): void;
  /** The line that is this one, told before; null: it is new. One that had no msgid gets it. `taken`: lines that others of the same history are. */
  twin(message: Message, msgid: string | null, taken: ReadonlySet<MessageId>): MessageId | null;
  find(buffer: BufferId, msgid: string): Message | null;
  /** Throws 'limit'. */
  change(id: MessageId, text: string, details: Details | undefined): void;
  point(buffer: BufferId, id: MessageId): HistoryPoint | null;
  /** The first and the last text of people. */
  edges(buffer: BufferId): { oldest: HistoryPoint | null; newest: HistoryPoint | null };
  /** The last text of people up to that time. */
  lastUpTo(buffer: BufferId, time: number): MessageId | null;
  /** The highest id above `id` of a line that counts and was said before it. */
  highestBefore(buffer: BufferId, id: MessageId): MessageId | null;
  /** The newest text in all of these buffers: milliseconds since 1970. */
  newestOf(buffers: readonly BufferId[]): number | null;
}

const said = `kind IN ('privmsg', 'notice', 'action')`;

export function createIrcLines(db: Db): IrcLines {
  const insert = db.prepare<[...Inserted, string | null, string | null]>(
    `INSERT INTO lines (${common}, msgid, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const columns = 'id, buffer, time, kind, sender, text, subject, self, highlight, NULL AS receipt, NULL AS reason, msgid, details';
  const byMsgid = db.prepare<[number, string], Row>(`SELECT ${columns} FROM lines WHERE buffer = ? AND msgid = ?`);
  const alike = db.prepare<
    [number, number, number, string, string | null, string, string | null],
    { id: MessageId; time: number; msgid: string | null }
  >(
    `SELECT id, time, msgid FROM lines
     WHERE buffer = ? AND time BETWEEN ? AND ? AND kind = ? AND sender IS ? AND text = ? AND subject IS ? ORDER BY time, id`,
  );
  const name = db.prepare<[string, number]>('UPDATE OR IGNORE lines SET msgid = ? WHERE id = ?');
  const change = db.prepare<[string, string | null, number]>('UPDATE lines SET text = ?, details = ? WHERE id = ?');
  const point = db.prepare<[number, number], HistoryPoint>('SELECT msgid, time FROM lines WHERE buffer = ? AND id = ?');
  const edge = (order: 'ASC' | 'DESC') =>
    db.prepare<[number], HistoryPoint>(
      `SELECT msgid, time FROM lines WHERE buffer = ? AND ${said} ORDER BY time ${order}, id ${order} LIMIT 1`,
    );
  const [first, last] = [edge('ASC'), edge('DESC')];
  const upTo = db.prepare<[number, number], { id: MessageId }>(
    `SELECT id FROM lines WHERE buffer = ? AND time <= ? AND ${said} ORDER BY time DESC, id DESC LIMIT 1`,
  );
  const notLater = db.prepare<[number, number, number, number], { id: MessageId | null }>(
    `SELECT max(id) AS id FROM lines
     WHERE counts = 1 AND buffer = ? AND id > ? AND time < (SELECT time FROM lines WHERE buffer = ? AND id = ?)`,
  );

  const lines = createLines(db, false);
  const gaps = createGaps(db);
  const early = createEarly(db);

  return {
    ...lines,
    gaps,
    keep: (...change) => {
      early.keep(...change);
    },
    remove: (buffer) => {
      gaps.removeOf(buffer);
      early.removeOf(buffer);
      return lines.remove(buffer);
    },
    insert: (message, msgid, counts) => {
      const row = insertedOf(message);
      if (counts === false) row[9] = 0;
      const { changes } = insert.run(...row, msgid === null ? null : boundName(msgid), writeDetails(message.details));
      const changed = changes === 0 || msgid === null ? null : early.applyTo(message, msgid);
      if (changed === null) return message;
      change.run(changed.text, writeDetails(changed.details), changed.id);
      return changed;
    },
    twin: (message, msgid, taken) => {
      const known = msgid === null ? undefined : byMsgid.get(message.buffer, msgid);
      if (known) return known.id;
      const reach = message.self ? SAME_OWN_LINE_MS : SAME_LINE_MS;
      const { buffer, time, kind, from, text, subject } = message;
      for (const other of alike.all(buffer, time - reach, time + reach, kind, from, text, subject)) {
        if (taken.has(other.id)) continue;
        // Two ids are two lines. With one id, or none, the same words at the same time are one.
        if (other.msgid !== null && (msgid !== null || other.time !== time)) continue;
        if (msgid !== null && name.run(msgid, other.id).changes > 0) {
          const row = byMsgid.get(buffer, msgid);
          const changed = row ? early.applyTo(read(row), msgid) : null;
          if (changed) change.run(changed.text, writeDetails(changed.details), changed.id);
        }
        return other.id;
      }
      return null;
    },
    find: (buffer, msgid) => {
      const row = byMsgid.get(buffer, msgid);
      return row ? read(row) : null;
    },
    change: (id, text, details) => {
      change.run(text, writeDetails(details), id);
    },
    point: (buffer, id) => point.get(buffer, id) ?? null,
    edges: (buffer) => ({ oldest: first.get(buffer) ?? null, newest: last.get(buffer) ?? null }),
    lastUpTo: (buffer, time) => upTo.get(buffer, time)?.id ?? null,
    highestBefore: (buffer, id) => notLater.get(buffer, id, buffer, id)?.id ?? null,
    newestOf: (buffers) => {
      const times = buffers.flatMap((buffer) => last.get(buffer)?.time ?? []);
      return times.length === 0 ? null : Math.max(...times);
    },
  };
}
