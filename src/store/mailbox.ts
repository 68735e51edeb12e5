import { boundName } from './columns.ts';
import type { Db } from './db.ts';
import type { Operations } from './operations.ts';
import type { MailRow } from './rows.ts';
import { transaction } from './transaction.ts';

export type Mailbox = Pick<Operations, 'listMail' | 'putMail' | 'removeMail'>;

export function createMailbox(db: Db): Mailbox {
  const list = db.prepare<[], MailRow>('SELECT contact, slot, record, mid, hash FROM mailbox ORDER BY contact, slot');
  const put = db.prepare<[number, number, string, string, string]>(
    'INSERT OR REPLACE INTO mailbox (contact, slot, record, mid, hash) VALUES (?, ?, ?, ?, ?)',
  );
  const remove = db.prepare<[number, number]>('DELETE FROM mailbox WHERE contact = ? AND slot = ?');
  const removeAll = db.prepare<[number]>('DELETE FROM mailbox WHERE contact = ?');
  return {
    listMail: () => list.all(),
    putMail: transaction(db, ({ contact, slot, record, mid, hash }) => {
      put.run(contact, slot, boundName(record), boundName(mid), boundName(hash));
    }),
    removeMail: transaction(db, ({ contact, slots }) => {
      if (slots === null) removeAll.run(contact);
      else for (const slot of slots) remove.run(contact, slot);
    }),
  };
}
