/** Which nick of an IRC server stands for which contact (design §6.4). */
import type { ContactId, ServerName } from '../contract/ids.ts';
import { boundName, boundText } from './columns.ts';
import type { Db } from './db.ts';
import { limit } from './errors.ts';
import { MAX_BINDINGS } from './limits.ts';
import type { Operations } from './operations.ts';
import type { BindingRow } from './rows.ts';
import { transaction } from './transaction.ts';

type Row = BindingRow & { place: number };

type Bindings = Pick<Operations, 'listBindings' | 'putBindings'>;

export function createBindings(db: Db): Bindings {
  const list = db.prepare<[], BindingRow>('SELECT server, key, nick, contact, account, state, reason FROM bindings ORDER BY server, place');
  const clear = db.prepare<[string]>('DELETE FROM bindings WHERE server = ?');
  // A contact may have been removed while this was on its way.
  const add = db.prepare<[Row]>(
    `INSERT INTO bindings (server, key, place, nick, contact, account, state, reason)
     SELECT @server, @key, @place, @nick, id, @account, @state, @reason FROM contacts WHERE id = @contact`,
  );
  return {
    listBindings: () => list.all(),
    putBindings: transaction(db, ({ server, bindings }: { server: ServerName; bindings: Omit<BindingRow, 'server'>[] }) => {
      if (bindings.length > MAX_BINDINGS) throw limit('Too many nicks stand for contacts.');
      clear.run(boundName(server));
      for (const [place, binding] of bindings.entries()) {
        for (const name of [binding.key, binding.nick, binding.account ?? '']) boundName(name);
        boundText(binding.reason);
        const contact: ContactId = binding.contact;
        add.run({ ...binding, contact, server, place });
      }
    }),
  };
}
