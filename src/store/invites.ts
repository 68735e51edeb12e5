import type { ContactId } from '../contract/ids.ts';
import { boundBytes, boundName, boundText, bytes } from './columns.ts';
import type { Db } from './db.ts';
import { conflict, limit } from './errors.ts';
import { KEEP_MS, MAX_INVITES } from './limits.ts';
import type { Operations } from './operations.ts';
import type { Prekeys } from './prekeys.ts';
import type { InviteRow } from './rows.ts';
import { transaction } from './transaction.ts';

type Row = Omit<InviteRow, 'record'> & { recordKey: string | null; recordWriter: string | null };

const read = ({ recordKey, recordWriter, ...row }: Row): InviteRow => ({
  ...row,
  secret: bytes(row.secret),
  record: recordKey === null || recordWriter === null ? null : { key: recordKey, writer: recordWriter },
});

export interface Invites extends Pick<Operations, 'putInvite' | 'getInvite' | 'listInvites' | 'setInvite' | 'removeInvite'> {
  /** For use inside a transaction: throws 'conflict' when it is unknown or used already. */
  use(id: string, contact: ContactId): void;
  prune(now: number): number;
}

export function createInvites(db: Db, prekeys: Prekeys): Invites {
  const columns = 'id, prekeyId, secret, recordKey, recordWriter, text, expires, state, channel, contact';
  const insert = db.prepare<[Row]>(
    `INSERT INTO invites (${columns})
     VALUES (@id, @prekeyId, @secret, @recordKey, @recordWriter, @text, @expires, @state, @channel, @contact)
     ON CONFLICT (id) DO UPDATE SET prekeyId = excluded.prekeyId, secret = excluded.secret, recordKey = excluded.recordKey,
       recordWriter = excluded.recordWriter, text = excluded.text, expires = excluded.expires, state = excluded.state,
       channel = excluded.channel, contact = excluded.contact`,
  );
  const get = db.prepare<[string], Row>(`SELECT ${columns} FROM invites WHERE id = ?`);
  const list = db.prepare<[], Row>(`SELECT ${columns} FROM invites ORDER BY rowid`);
  const count = db.prepare<[string], { rows: number }>('SELECT count(*) AS rows FROM invites WHERE id <> ?');
  const remove = db.prepare<[string]>('DELETE FROM invites WHERE id = ?');
  const markUsed = db.prepare<[number, string]>(`UPDATE invites SET state = 'used', contact = ? WHERE id = ? AND state <> 'used'`);
  // A record still has to be ended by its owner: its writer is kept for a while after the invite has died.
  const expire = db.prepare<[number, number]>('DELETE FROM invites WHERE expires < ? AND (recordKey IS NULL OR expires < ?)');

  const find = (id: string): InviteRow | null => {
    const row = get.get(id);
    return row ? read(row) : null;
  };
  const write = ({ record, ...invite }: InviteRow): void => {
    if ((count.get(invite.id)?.rows ?? 0) >= MAX_INVITES) throw limit('Too many invites are stored.');
    boundName(invite.id);
    boundText(invite.text);
    boundBytes(invite.secret);
    insert.run({ ...invite, recordKey: record?.key ?? null, recordWriter: record?.writer ?? null });
  };
  return {
    putInvite: transaction(db, ({ invite, prekey }) => {
      if (prekey) prekeys.put(prekey);
      write(invite);
    }),
    getInvite: find,
    listInvites: () => list.all().map(read),
    setInvite: transaction(db, (change) => {
      const row = find(change.id);
      if (!row) throw conflict('This invite does not exist any more.');
      write({ ...row, ...change });
    }),
    removeInvite: transaction(db, (id) => {
      const row = find(id);
      if (row) prekeys.deletePrekey(row.prekeyId);
      remove.run(id);
    }),
    use: (id, contact) => {
      if (markUsed.run(contact, id).changes !== 1) throw conflict('This invite was used already.');
    },
    prune: (now) => expire.run(now, now - KEEP_MS).changes,
  };
}
