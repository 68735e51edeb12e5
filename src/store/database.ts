/** Opens one encrypted file: cipher chacha20 (authenticated pages) with a raw key, WAL, strict settings, migrations. */
import { createHmac } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3-multiple-ciphers';
import { StoreError, storeError } from './errors.ts';
import type { Db } from './db.ts';
import { migrate, type Migration } from './migrate.ts';

export const SALT_BYTES = 16;
const MAX_WAL_BYTES = 64 * 1_048_576;
const BUSY_TIMEOUT_MS = 5_000;
/** Larger files are not checked page by page at each start: a damaged page is found when it is read. */
const MAX_CHECKED_BYTES = 16 * 1_048_576;

export interface FileOptions {
  path: string;
  /** 64 hex digits. */
  key: string;
  /** FULL: a commit survives a power cut. NORMAL: it survives a crash of the process; a power cut may take the last ones. */
  synchronous: 'FULL' | 'NORMAL';
  migrations: readonly Migration[];
}

/**
 * The file begins with the cipher's salt, in clear. With a raw key the cipher makes no use of it, so it is derived from the
 * key: a file that cannot be read is told apart as "another key" or "damaged".
 */
export const saltOf = (key: string): string =>
  createHmac('sha256', key)
    .update('sotto store salt')
    .digest('hex')
    .slice(0, 2 * SALT_BYTES);

export const saltIn = (path: string): string => {
  const descriptor = openSync(path, 'r');
  try {
    const head = new Uint8Array(SALT_BYTES);
    readSync(descriptor, head, 0, SALT_BYTES, 0);
    return Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join('');
  } finally {
    closeSync(descriptor);
  }
};

/** A raw key of cipher chacha20 with its salt, as `PRAGMA key` and `PRAGMA rekey` take it. */
export const keyPragma = (key: string): string => `"x'${key}${saltOf(key)}'"`;

/** Made by us with 0600 before SQLite sees it; the -wal and -shm files take the mode over. */
const createPrivately = (path: string): void => {
  closeSync(openSync(path, 'a', 0o600));
};

const configure = (db: Db, { key, synchronous }: FileOptions): void => {
  db.pragma("cipher='chacha20'");
  db.pragma(`key=${keyPragma(key)}`);
  db.pragma('journal_mode = WAL');
  db.pragma(`synchronous = ${synchronous}`);
  db.pragma(`journal_size_limit = ${MAX_WAL_BYTES}`);
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('secure_delete = ON');
  db.pragma('temp_store = MEMORY');
};

const checkPages = (db: Db, path: string): void => {
  if (statSync(path).size > MAX_CHECKED_BYTES) return;
  if (db.pragma('quick_check(1)', { simple: true }) !== 'ok') throw new StoreError('corrupt', 'A page is damaged.');
};

/** Opens or makes the file and brings it to the newest version. Throws wrongKey, corrupt, diskFull, readOnly or io. */
export function openDatabase(options: FileOptions): Db {
  const { path, key, migrations } = options;
  let db: Db | null = null;
  try {
    createPrivately(path);
    db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    configure(db, options);
    migrate(db, migrations);
    checkPages(db, path);
    return db;
  } catch (error) {
    db?.close();
    const known = storeError(error);
    if (known.code !== 'corrupt') throw known;
    if (saltIn(path) !== saltOf(key)) {
      throw new StoreError(
        'wrongKey',
        `The key file does not belong to the database ${path}, or the beginning of the database is damaged.`,
        {
          cause: error,
        },
      );
    }
    throw new StoreError('corrupt', `The database ${path} is damaged and cannot be read. Put it back from a copy.`, { cause: error });
  }
}
