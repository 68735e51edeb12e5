import type { Db } from './db.ts';
import { StoreError } from './errors.ts';

/** One step of one file's schema. `version` is the number in the module's name; a file is at the version of its last step. */
export interface Migration {
  file: 'private' | 'irc';
  version: number;
  sql: string;
}

const versionOf = (db: Db): number => {
  const value = db.pragma('user_version', { simple: true });
  return typeof value === 'number' ? value : 0;
};

/** Runs the steps that are missing, each in a transaction of its own. A file of a newer Sotto is refused untouched. */
export function migrate(db: Db, migrations: readonly Migration[]): void {
  const current = versionOf(db);
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new StoreError('io', `The database ${db.name} was written by a newer Sotto. Use that one, or another profile.`);
  }
  for (const { version, sql } of migrations) {
    if (version <= current) continue;
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${version}`);
    }).immediate();
  }
}
