/** Ids of hellos that were opened, for as long as the private half of their prekey exists: nobody begins twice with the same one. */
import { boundName } from './columns.ts';
import type { Db } from './db.ts';
import { conflict, limit } from './errors.ts';
import { MAX_HELLOS } from './limits.ts';
import type { Operations } from './operations.ts';

export interface Hellos extends Pick<Operations, 'isKnownHello'> {
  /** For use inside a transaction. Throws 'conflict' for an id that is known, 'limit' at MAX_HELLOS. */
  remember(id: string, until: number): void;
  /** To be called in the transaction that deletes expired prekeys. */
  prune(now: number): number;
}

export function createHellos(db: Db): Hellos {
  const find = db.prepare<[string], { until: number }>('SELECT until FROM hellos WHERE id = ?');
  const add = db.prepare<[string, number]>('INSERT INTO hellos (id, until) VALUES (?, ?)');
  const count = db.prepare<[], { rows: number }>('SELECT count(*) AS rows FROM hellos');
  const expire = db.prepare<[number]>('DELETE FROM hellos WHERE until < ?');
  return {
    remember: (id, until) => {
      if (find.get(id)) throw conflict('This hello was opened before.');
      if ((count.get()?.rows ?? 0) >= MAX_HELLOS) throw limit('Too many hellos are remembered.');
      add.run(boundName(id), until);
    },
    prune: (now) => expire.run(now).changes,
    isKnownHello: (id) => find.get(id) !== undefined,
  };
}
