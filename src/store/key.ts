/** The database key of a profile whose key file is plain, and of a new profile. A plain key protects a copied database only. */
import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { createDurably, syncDirectory } from './durable.ts';
import { StoreError, storeError } from './errors.ts';
import { keyFilePath, plainText, readKeyFile } from './keyFile.ts';

const KEY_BYTES = 32;

/** A fresh database key: 64 hex digits. */
export const newDatabaseKey = (): string => randomBytes(KEY_BYTES).toString('hex');

const make = (stateDirectory: string): string => {
  const key = newDatabaseKey();
  createDurably(keyFilePath(stateDirectory), plainText(key));
  return key;
};

/**
 * The database key as 64 hex digits. `databaseExists` false: made if there is none (a half-written one is replaced, since
 * nothing was encrypted with it). True: 'keyMissing' when the file is not there. 'wrongKey' when it holds no key, or
 * only wraps that have to be opened first.
 */
export function loadKey(stateDirectory: string, databaseExists: boolean): string {
  const path = keyFilePath(stateDirectory);
  try {
    const file = readKeyFile(stateDirectory);
    if (file.kind === 'plain') return file.key;
    if (file.kind === 'missing') {
      if (databaseExists) {
        throw new StoreError(
          'keyMissing',
          `The key file ${path} is missing, and without it the database cannot be read. Put it back from where you keep copies. Sotto does not make a new one while the database is there.`,
        );
      }
      return make(stateDirectory);
    }
    if (file.kind === 'sealed') throw new StoreError('wrongKey', `The key in ${path} is locked.`);
    if (file.kind === 'foreign' || databaseExists) {
      throw new StoreError(
        'wrongKey',
        `The key file ${path} is damaged, or does not hold a key that this Sotto can use. Put it back from where you keep copies.`,
      );
    }
    unlinkSync(path);
    syncDirectory(stateDirectory);
    return make(stateDirectory);
  } catch (error) {
    throw storeError(error);
  }
}
