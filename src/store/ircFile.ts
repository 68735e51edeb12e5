/** irc.db as a whole: found damaged, it is set aside under another name and made anew. It never costs private.db. */
import { readdirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openDatabase, type FileOptions } from './database.ts';
import type { Db } from './db.ts';
import { StoreError, storeError } from './errors.ts';
import { createIrcLines, type IrcLines } from './ircLines.ts';
import { MAX_SET_ASIDE } from './limits.ts';
import { createMeta } from './meta.ts';
import { rekeyDatabase } from './rekey.ts';

const sidecars = ['', '-wal', '-shm'];

const setAside = (path: string): void => {
  const directory = dirname(path);
  const prefix = `${basename(path)}.damaged-`;
  const target = `${path}.damaged-${Date.now()}`;
  for (const suffix of sidecars) {
    if (statSync(path + suffix, { throwIfNoEntry: false })) renameSync(path + suffix, target + suffix);
  }
  const kept = readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .sort()
    .reverse();
  for (const name of kept.slice(MAX_SET_ASIDE)) {
    for (const suffix of sidecars) {
      if (statSync(join(directory, name + suffix), { throwIfNoEntry: false })) unlinkSync(join(directory, name + suffix));
    }
  }
};

const check = (db: Db, pair: Uint8Array): void => {
  const meta = createMeta(db);
  const known = meta.bytes('pair');
  // Buffer ids are those of one private.db: beside another one the lines would show up in strange buffers.
  if (known !== null && !known.every((byte, index) => byte === pair[index]))
    throw new StoreError('corrupt', 'irc.db belongs to another private.db.');
  if (known === null) meta.set('pair', pair);
};

export interface IrcFile {
  /** It was replaced since it was asked for. */
  damaged: () => boolean;
  /** Runs work on the lines; if the file proves damaged, sets it aside and runs it once more on the new one. */
  use<T>(work: (lines: IrcLines, db: Db) => T): T;
  /** From now on the file, and one that replaces it, are under this key. */
  rekey(key: string): void;
  close(): void;
}

/** `pair`: 16 bytes that say which private.db the file belongs to. `onDamaged`: it was replaced while in use. */
export function openIrcFile(given: FileOptions, pair: Uint8Array, onDamaged: () => void): IrcFile {
  let options = given;
  const open = (): { db: Db; lines: IrcLines } => {
    const db = openDatabase(options);
    try {
      check(db, pair);
      return { db, lines: createIrcLines(db) };
    } catch (error) {
      db.close();
      throw error;
    }
  };
  const damage = (error: unknown): boolean => {
    const { code } = storeError(error);
    return code === 'corrupt' || code === 'wrongKey';
  };

  let damaged = false;
  const openOrReplace = (): { db: Db; lines: IrcLines } => {
    try {
      return open();
    } catch (error) {
      if (!damage(error)) throw error;
      setAside(options.path);
      damaged = true;
      return open();
    }
  };
  let current = openOrReplace();
  return {
    damaged: () => damaged,
    use: (work) => {
      try {
        return work(current.lines, current.db);
      } catch (error) {
        if (!damage(error)) throw error;
        current.db.close();
        setAside(options.path);
        damaged = true;
        current = open();
        onDamaged();
        return work(current.lines, current.db);
      }
    },
    rekey: (key) => {
      rekeyDatabase(current.db, key, options.synchronous);
      options = { ...options, key };
    },
    close: () => {
      current.db.close();
    },
  };
}
