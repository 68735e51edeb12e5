import type { BufferId, ContactId, MessageId } from '../contract/ids.ts';
import { boundName, boundText, flag } from './columns.ts';
import type { Db } from './db.ts';
import { conflict, limit } from './errors.ts';
import { MAX_BUFFERS } from './limits.ts';
import type { BufferRequest, Operations } from './operations.ts';
import type { BufferRow } from './rows.ts';
import { transaction } from './transaction.ts';

type Row = Omit<BufferRow, 'open' | 'muted'> & { open: number; muted: number };

const read = (row: Row): BufferRow => ({ ...row, open: row.open === 1, muted: row.muted === 1 });
const write = (row: BufferRow): Row => {
  boundName(row.key);
  boundName(row.name);
  boundText(row.topic);
  boundText(row.draft);
  return { ...row, open: flag(row.open), muted: flag(row.muted) };
};

export interface Buffers extends Pick<Operations, 'listBuffers' | 'openBuffer' | 'setBuffer' | 'setDraft'> {
  find(id: BufferId): BufferRow | null;
  ids(): BufferId[];
  ofContact(contact: ContactId): BufferRow[];
  /** For use inside a transaction. */
  obtain(request: BufferRequest, open: boolean): BufferRow;
  raiseRead(id: BufferId, upTo: MessageId): void;
  /** Private buffers of the contact go, with their lines; others lose the tie. */
  removeOf(contact: ContactId): void;
}

export function createBuffers(db: Db): Buffers {
  const columns = 'id, kind, server, contact, key, name, topic, open, muted, readUpTo, draft';
  const list = db.prepare<[], Row>(`SELECT ${columns} FROM buffers ORDER BY id`);
  const get = db.prepare<[number], Row>(`SELECT ${columns} FROM buffers WHERE id = ?`);
  const lookup = db.prepare<[string, string, string], Row>(
    `SELECT ${columns} FROM buffers WHERE kind = ? AND ifnull(server, '') = ? AND key = ?`,
  );
  const byContact = db.prepare<[number], Row>(`SELECT ${columns} FROM buffers WHERE contact = ? ORDER BY id`);
  const insert = db.prepare<[string, string | null, number | null, string, string, number, number], Row>(
    `INSERT INTO buffers (kind, server, contact, key, name, topic, open, muted, readUpTo, draft)
     VALUES (?, ?, ?, ?, ?, '', ?, ?, NULL, '') RETURNING ${columns}`,
  );
  const set = db.prepare<[Row]>(
    `UPDATE buffers SET kind = @kind, server = @server, contact = @contact, key = @key, name = @name, topic = @topic,
       open = @open, muted = @muted, readUpTo = @readUpTo, draft = @draft WHERE id = @id`,
  );
  const raise = db.prepare<[number, number, number]>('UPDATE buffers SET readUpTo = ? WHERE id = ? AND ifnull(readUpTo, 0) < ?');
  const count = db.prepare<[], { rows: number }>('SELECT count(*) AS rows FROM buffers');
  const removePrivate = db.prepare<[number]>(`DELETE FROM buffers WHERE contact = ? AND kind = 'private'`);
  const untie = db.prepare<[number]>('UPDATE buffers SET contact = NULL WHERE contact = ?');

  const find = (id: BufferId): BufferRow | null => {
    const row = get.get(id);
    return row ? read(row) : null;
  };
  const require = (id: BufferId): BufferRow => {
    const row = find(id);
    if (!row) throw conflict('This conversation does not exist any more.');
    return row;
  };
  const obtain = ({ kind, server, contact, key, name, muted = false }: BufferRequest, open: boolean): BufferRow => {
    const found = lookup.get(kind, server ?? '', key);
    if (found) {
      if (open && found.open !== 1) set.run({ ...found, open: 1 });
      return read(open ? { ...found, open: 1 } : found);
    }
    if ((count.get()?.rows ?? 0) >= MAX_BUFFERS) throw limit('There are too many conversations.');
    const row = insert.get(kind, server, contact, boundName(key), boundName(name), flag(open), flag(muted));
    if (!row) throw conflict('The conversation could not be stored.');
    return read(row);
  };
  return {
    find,
    ids: () => list.all().map(({ id }) => id),
    ofContact: (contact) => byContact.all(contact).map(read),
    obtain,
    raiseRead: (id, upTo) => {
      require(id);
      raise.run(upTo, id, upTo);
    },
    removeOf: (contact) => {
      removePrivate.run(contact);
      untie.run(contact);
    },
    listBuffers: () => list.all().map(read),
    openBuffer: transaction(db, (request) => obtain(request, true)),
    setBuffer: transaction(db, (change) => {
      set.run(write({ ...require(change.id), ...change }));
    }),
    setDraft: transaction(db, ({ buffer, text }) => {
      set.run(write({ ...require(buffer), draft: text }));
    }),
  };
}
