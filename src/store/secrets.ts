import { boundBytes, boundName, bytes } from './columns.ts';
import type { Db } from './db.ts';
import type { Operations } from './operations.ts';
import { transaction } from './transaction.ts';

export interface Secrets extends Pick<Operations, 'getSecret' | 'putSecret' | 'putSecrets' | 'deleteSecret'> {
  /** For use inside a transaction. */
  putAll(secrets: Parameters<Operations['putSecrets']>[0]): void;
}

export function createSecrets(db: Db): Secrets {
  const get = db.prepare<[string], { bytes: Uint8Array }>('SELECT bytes FROM secrets WHERE name = ?');
  const put = db.prepare<[string, Uint8Array]>('INSERT OR REPLACE INTO secrets (name, bytes) VALUES (?, ?)');
  const remove = db.prepare<[string]>('DELETE FROM secrets WHERE name = ?');
  const putAll: Secrets['putAll'] = (secrets) => {
    for (const { name, bytes: value } of secrets) {
      if (value === null) remove.run(name);
      else put.run(boundName(name), boundBytes(value));
    }
  };
  return {
    getSecret: (name) => {
      const row = get.get(name);
      return row ? bytes(row.bytes) : null;
    },
    putSecret: (name, value) => {
      put.run(boundName(name), boundBytes(value));
    },
    putAll,
    putSecrets: transaction(db, putAll),
    deleteSecret: (name) => {
      remove.run(name);
    },
  };
}
