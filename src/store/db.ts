import type Database from 'better-sqlite3-multiple-ciphers';

/** One open file. */
export type Db = Database.Database;
