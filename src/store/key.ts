/**
 * The key file (design §7): `store.key` in the state directory, never beside the database. JSON:
 * `{"version":1,"wraps":[{"kind":"file","key":"<64 hex digits>"}]}`. Other kinds of wraps may follow; unknown ones are kept
 * by being left alone. A plain wrap protects a copied database only.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { createDurably, syncDirectory } from './durable.ts';
import { StoreError, storeError } from './errors.ts';

const KEY_BYTES = 32;
const MAX_KEY_FILE_BYTES = 65_536;
const OTHERS = 0o077;

const KeyFile = v.object({
  version: v.literal(1),
  wraps: v.pipe(v.array(v.object({ kind: v.string(), key: v.optional(v.string()) })), v.maxLength(64)),
});
const HexKey = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

type Content = { kind: 'key'; key: string } | { kind: 'other' } | { kind: 'broken' };

const parse = (text: string): Content => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'broken' };
  }
  const file = v.safeParse(KeyFile, value);
  const wrap = file.success ? file.output.wraps.find(({ kind }) => kind === 'file') : undefined;
  const key = v.safeParse(HexKey, wrap?.key);
  return key.success ? { kind: 'key', key: key.output } : { kind: 'other' };
};

const tighten = (path: string): void => {
  const status = statSync(path);
  if (!status.isFile() || status.size > MAX_KEY_FILE_BYTES) throw new StoreError('wrongKey', `${path} is not a key file.`);
  if ((status.mode & OTHERS) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch (cause) {
    throw new StoreError(
      'readOnly',
      `Others on this computer may read the key file ${path}, and that could not be changed. Run: chmod 600 '${path}'`,
      { cause },
    );
  }
};

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

const make = (path: string): string => {
  const key = randomBytes(KEY_BYTES).toString('hex');
  createDurably(path, `${JSON.stringify({ version: 1, wraps: [{ kind: 'file', key }] })}\n`);
  return key;
};

/**
 * The database key as 64 hex digits. `databaseExists` false: made if there is none (a half-written one is replaced, since
 * nothing was encrypted with it). True: 'keyMissing' when the file is not there. 'wrongKey' when it holds no key, or
 * only kinds of wraps that are not known here.
 * Permissions wider than 0600 are tightened, or refused where they cannot be.
 */
export function loadKey(stateDirectory: string, databaseExists: boolean): string {
  const path = join(stateDirectory, 'store.key');
  try {
    if (!exists(path)) {
      if (databaseExists) {
        throw new StoreError(
          'keyMissing',
          `The key file ${path} is missing, and without it the database cannot be read. Put it back from where you keep copies. Sotto does not make a new one while the database is there.`,
        );
      }
      return make(path);
    }
    tighten(path);
    const content = parse(readFileSync(path, 'utf8'));
    if (content.kind === 'key') return content.key;
    if (content.kind === 'other' || databaseExists) {
      throw new StoreError(
        'wrongKey',
        `The key file ${path} does not hold a key that this Sotto can use. Put it back from where you keep copies.`,
      );
    }
    unlinkSync(path);
    syncDirectory(stateDirectory);
    return make(path);
  } catch (error) {
    throw storeError(error);
  }
}
