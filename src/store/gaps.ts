/** Places of a buffer of IRC where lines are missing between two that are here. */
import type { HistoryPoint } from '../contract/chat.ts';
import type { BufferId } from '../contract/ids.ts';
import { boundName } from './columns.ts';
import type { Db } from './db.ts';
import { MAX_GAPS } from './limits.ts';
import type { GapRow } from './rows.ts';

export interface Gaps {
  ofBuffer(buffer: BufferId): GapRow[];
  /** See `Store.putGap`. */
  put(gap: { buffer: BufferId; after: HistoryPoint; before: HistoryPoint }): GapRow;
  remove(id: number): void;
  removeOf(buffer: BufferId): void;
}

interface Row {
  id: number;
  after_time: number;
  after_msgid: string | null;
  before_time: number;
  before_msgid: string | null;
}

export function createGaps(db: Db): Gaps {
  const select = db.prepare<[number], Row>(
    'SELECT id, after_time, after_msgid, before_time, before_msgid FROM gaps WHERE buffer = ? ORDER BY before_time, id',
  );
  const insert = db.prepare<[number, number, string | null, number, string | null]>(
    'INSERT INTO gaps (buffer, after_time, after_msgid, before_time, before_msgid) VALUES (?, ?, ?, ?, ?)',
  );
  const move = db.prepare<[number, string | null, number]>('UPDATE gaps SET before_time = ?, before_msgid = ? WHERE id = ?');
  const remove = db.prepare<[number]>('DELETE FROM gaps WHERE id = ?');
  const removeInner = db.prepare<[number, number, number, number]>(
    'DELETE FROM gaps WHERE buffer = ? AND after_time >= ? AND before_time <= ? AND id <> ?',
  );
  const removeOldest = db.prepare<[number, number, number]>(
    'DELETE FROM gaps WHERE buffer = ? AND id NOT IN (SELECT id FROM gaps WHERE buffer = ? ORDER BY before_time DESC, id DESC LIMIT ?)',
  );
  const removeOf = db.prepare<[number]>('DELETE FROM gaps WHERE buffer = ?');

  return {
    ofBuffer: (buffer) =>
      select.all(buffer).map((row) => ({
        id: row.id,
        buffer,
        after: { time: row.after_time, msgid: row.after_msgid },
        before: { time: row.before_time, msgid: row.before_msgid },
      })),
    put: ({ buffer, after, before }) => {
      const known = select.all(buffer).find((row) => row.after_time === after.time && row.after_msgid === after.msgid);
      const msgid = before.msgid === null ? null : boundName(before.msgid);
      const afterId = after.msgid === null ? null : boundName(after.msgid);
      if (known) move.run(before.time, msgid, known.id);
      const id = known?.id ?? Number(insert.run(buffer, after.time, afterId, before.time, msgid).lastInsertRowid);
      removeInner.run(buffer, after.time, before.time, id);
      removeOldest.run(buffer, buffer, MAX_GAPS);
      return { id, buffer, after, before };
    },
    remove: (id) => void remove.run(id),
    removeOf: (buffer) => void removeOf.run(buffer),
  };
}
