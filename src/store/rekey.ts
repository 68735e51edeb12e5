/**
 * Gives a database file another key. The file is whole at every moment: SQLite's rollback journal holds the old pages, under the old key,
 * until the last new one is on the disk. Which key a file is under shows in its first bytes (`saltOf`).
 */
import { statSync } from 'node:fs';
import Database from 'better-sqlite3-multiple-ciphers';
import { keyPragma, saltIn, saltOf, SALT_BYTES } from './database.ts';
import type { Db } from './db.ts';
import { StoreError } from './errors.ts';

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** A journal that a crash left is rolled back by whoever reads first, and only the key it was written under can. */
const readable = (path: string, key: string): boolean => {
  let db: Db | null = null;
  try {
    db = new Database(path, { fileMustExist: true });
    db.pragma("cipher='chacha20'");
    db.pragma(`key=${keyPragma(key)}`);
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return true;
  } catch {
    return false;
  } finally {
    db?.close();
  }
};

/**
 * The one of `keys` that the file is under; the first for a file that is not there yet, and where none fits (opening says so then).
 * `keys`: the wanted one first, then what was in force before.
 */
export function keyInForce(path: string, keys: readonly [string, ...string[]]): string {
  const [wanted, ...before] = keys;
  if (before.length === 0 || sizeOf(path) < SALT_BYTES) return wanted;
  if (sizeOf(`${path}-journal`) > 0) {
    // The journal was written under the key of before: the other would take its pages for damaged.
    for (const key of before) if (readable(path, key)) return key;
  }
  const salt = saltIn(path);
  return keys.find((key) => saltOf(key) === salt) ?? wanted;
}

/** Re-encrypts every page. Blocks for about a second per 100 MB. Throws where it fails; the file is then under the old key. */
export function rekeyDatabase(db: Db, key: string, synchronous: 'FULL' | 'NORMAL'): void {
  // A write-ahead log holds pages under the old key: it is emptied and left for the time being.
  if (db.pragma('journal_mode = DELETE', { simple: true }) !== 'delete')
    throw new StoreError('io', 'The database is in use elsewhere: its key was not changed.');
  try {
    db.pragma('synchronous = EXTRA');
    db.pragma(`rekey=${keyPragma(key)}`);
  } finally {
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${synchronous}`);
  }
}
