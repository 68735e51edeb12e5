import { boundBytes, boundName, bytes, flag } from './columns.ts';
import type { Db } from './db.ts';
import { conflict, limit } from './errors.ts';
import { MAX_PREKEYS } from './limits.ts';
import type { Operations } from './operations.ts';
import type { PrekeyRow } from './rows.ts';

type Row = Omit<PrekeyRow, 'oneTime'> & { oneTime: number };

const read = ({ oneTime, ...row }: Row): PrekeyRow => ({ ...row, bytes: bytes(row.bytes), oneTime: oneTime === 1 });

export interface Prekeys extends Pick<Operations, 'putPrekey' | 'getPrekey' | 'listPrekeys' | 'deletePrekey'> {
  put(prekey: PrekeyRow): void;
  /** For use inside a transaction: throws 'conflict' when the one-time prekey is gone; a reusable one stays. */
  use(id: string): void;
  prune(now: number): number;
}

export function createPrekeys(db: Db): Prekeys {
  const columns = 'id, bytes, oneTime, notAfter, invite';
  const insert = db.prepare<[string, Uint8Array, number, number, string | null]>(
    `INSERT OR REPLACE INTO prekeys (${columns}) VALUES (?, ?, ?, ?, ?)`,
  );
  const get = db.prepare<[string], Row>(`SELECT ${columns} FROM prekeys WHERE id = ?`);
  const list = db.prepare<[], Row>(`SELECT ${columns} FROM prekeys ORDER BY rowid`);
  const count = db.prepare<[string], { rows: number }>('SELECT count(*) AS rows FROM prekeys WHERE id <> ?');
  const remove = db.prepare<[string]>('DELETE FROM prekeys WHERE id = ?');
  const expire = db.prepare<[number]>('DELETE FROM prekeys WHERE notAfter < ?');

  const put = (prekey: PrekeyRow): void => {
    if ((count.get(prekey.id)?.rows ?? 0) >= MAX_PREKEYS) throw limit('Too many prekeys are stored.');
    insert.run(boundName(prekey.id), boundBytes(prekey.bytes), flag(prekey.oneTime), prekey.notAfter, prekey.invite);
  };
  return {
    put,
    putPrekey: put,
    getPrekey: (id) => {
      const row = get.get(id);
      return row ? read(row) : null;
    },
    listPrekeys: () => list.all().map(read),
    deletePrekey: (id) => {
      remove.run(id);
    },
    use: (id) => {
      const row = get.get(id);
      if (!row) throw conflict('This prekey was used already.');
      if (row.oneTime === 1) remove.run(id);
    },
    prune: (now) => expire.run(now).changes,
  };
}
