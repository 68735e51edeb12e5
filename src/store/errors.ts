export type StoreErrorCode = 'keyMissing' | 'wrongKey' | 'corrupt' | 'diskFull' | 'readOnly' | 'conflict' | 'closed' | 'limit' | 'io';

/** The one error of this room. `message` is written for a person and holds no stored content; `cause` stays inside the core. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

const sentences: Record<StoreErrorCode, string> = {
  keyMissing: 'The key of the database is missing.',
  wrongKey: 'The key does not fit the database.',
  corrupt: 'The database is damaged and could not be read.',
  diskFull: 'The disk is full: nothing was stored. Make room and try again.',
  readOnly: 'The database cannot be written: the file or its folder is read-only.',
  conflict: 'The stored data changed meanwhile: nothing was stored.',
  closed: 'The store is closed.',
  limit: 'Too much of this is stored already.',
  io: 'The database could not be read or written.',
};

/** SHMSIZE: no room for the index of the write-ahead log, which is made at opening. */
const full: ReadonlySet<string> = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT']);

const codeOf = (error: Error): StoreErrorCode => {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (full.has(code)) return 'diskFull';
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'SQLITE_IOERR_DATA') return 'corrupt';
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return 'readOnly';
  if (/^SQLITE_CONSTRAINT_(?:UNIQUE|PRIMARYKEY|FOREIGNKEY)$/.test(code)) return 'conflict';
  return 'io';
};

/** Any failure as a `StoreError`: SQLite's and the file system's codes are mapped, the rest is `io`. */
export const storeError = (error: unknown): StoreError => {
  if (error instanceof StoreError) return error;
  const cause = error instanceof Error ? error : new Error('unknown error');
  const code = codeOf(cause);
  return new StoreError(code, sentences[code], { cause });
};

export const conflict = (message: string): StoreError => new StoreError('conflict', message);
export const limit = (message: string): StoreError => new StoreError('limit', message);
