/**
 * The generation counter (design §7) tells a database that was replaced by an older copy. The database commits first, then
 * the file: after a crash between the two the database is ahead, which is no rollback; only database < file is one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceDurably } from './durable.ts';
import type { Db } from './db.ts';
import { createMeta } from './meta.ts';
import { transaction } from './transaction.ts';

/** A missing or unreadable file counts as 0: it can only be behind. */
const readFile = (path: string): number => {
  try {
    const value = Number(readFileSync(path, 'utf8').trim());
    return Number.isSafeInteger(value) && value >= 0 ? value : 0;
  } catch {
    return 0;
  }
};

export interface Generation {
  /** Advances both. `rolledBack` stays true from start to start until `settle`. */
  start(): { generation: number; rolledBack: boolean };
  advance: () => number;
  /** The rollback was dealt with. Call inside the transaction that did. */
  settle(): void;
}

export function createGeneration(db: Db, stateDirectory: string): Generation {
  const path = join(stateDirectory, 'generation');
  const meta = createMeta(db);
  const commit = transaction(db, (generation: number, rolledBack: boolean) => {
    meta.set('generation', generation);
    meta.set('rolledBack', rolledBack ? 1 : 0);
  });
  const pass = (): { generation: number; rolledBack: boolean } => {
    const stored = meta.number('generation');
    const seen = readFile(path);
    const rolledBack = stored < seen || meta.number('rolledBack') === 1;
    const generation = Math.max(stored, seen) + 1;
    commit(generation, rolledBack);
    replaceDurably(path, `${generation}\n`);
    return { generation, rolledBack };
  };
  return {
    start: pass,
    advance: () => pass().generation,
    settle: () => {
      meta.set('rolledBack', 0);
    },
  };
}
