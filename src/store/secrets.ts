import { boundBytes, boundName, bytes } from './columns.ts';
import type { Db } from './db.ts';
import type { Operations } from './operations.ts';
import { transaction } from './transaction.ts';

export function createSecrets(db: Db): Pick<Operations, 'getSecret' | 'putSecret' | 'putSecrets' | 'deleteSecret'> {
  const get = db.prepare<[string], { bytes: Uint8Array }>('SELECT bytes FROM secrets WHERE name = ?');
  const put = db.prepare<[string, Uint8Array]>('INSERT OR REPLACE INTO secrets (name, bytes) VALUES (?, ?)');
  const remove = db.prepare<[string]>('DELETE FROM secrets WHERE name = ?');
  return {
    getSecret: (name) => {
      const row = get.get(name);
      return row ? bytes(row.bytes) : null;
    },
    putSecret: (name, value) => {
      put.run(boundName(name), boundBytes(value));
    },
    putSecrets: transaction(db, (secrets) => {
      for (const { name, bytes: value } of secrets) {
        if (value === null) remove.run(name);
        else put.run(boundName(name), boundBytes(value));
      }
    }),
    deleteSecret: (name) => {
      remove.run(name);
    },
  };
}
