/** A key file whose master key is known: changes to its ways of opening, each written in one step. */
import { ContractError } from '../../contract/errors.ts';
import { wipe } from '../../pq/primitives.ts';
import { newDatabaseKey, readKeyFile, writeKeyFile, type KeyWrap, type OtherWrap, type Store } from '../../store/store.ts';
import { sealKeys, type Random } from './wraps.ts';

export type Keys = [string, ...string[]];

export interface OpenedKey {
  readonly wraps: readonly KeyWrap[];
  readonly others: readonly OtherWrap[];
  readonly keys: Keys;
  readonly master: Uint8Array;
}

interface Options {
  stateDirectory: string;
  random: Random;
}

const save = ({ stateDirectory, random }: Options, { wraps, others, keys, master }: OpenedKey): void => {
  writeKeyFile(stateDirectory, { kind: 'sealed', keys: sealKeys(master, keys, random), wraps, others });
};

/** Writes other wraps. Throws StoreError; the old file then still stands. */
export function withWraps(options: Options, opened: OpenedKey, wraps: readonly KeyWrap[]): OpenedKey {
  const next = { ...opened, wraps };
  save(options, next);
  return next;
}

/** Both databases are under the wanted key: what was in force before is forgotten. */
export function settleKeys(options: Options, opened: OpenedKey): OpenedKey {
  const [wanted, ...before] = opened.keys;
  if (before.length === 0) return opened;
  const next: OpenedKey = { ...opened, keys: [wanted] };
  save(options, next);
  return next;
}

/**
 * From plain to sealed. The plain key may have been copied, so the databases get a new one: the file first holds both under the new
 * wraps, then the databases are re-encrypted, then the old key is dropped. Whatever ends the process between two of these steps, the new
 * wraps open everything. `done` is told of each state that was written. Throws StoreError.
 */
export async function sealPlain(
  options: Options,
  store: Pick<Store, 'rekey'>,
  makeWraps: (master: Uint8Array) => Promise<readonly KeyWrap[]>,
  done: (opened: OpenedKey) => void,
): Promise<void> {
  const file = readKeyFile(options.stateDirectory);
  if (file.kind !== 'plain')
    throw new ContractError('storage', 'The key file is another one than at the start. Quit Sotto and start it again.');
  const master = options.random(32);
  let opened: OpenedKey;
  try {
    opened = { wraps: await makeWraps(master), others: [], keys: [newDatabaseKey(), file.key], master };
    save(options, opened);
  } catch (error) {
    wipe(master);
    throw error;
  }
  done(opened);
  try {
    await store.rekey(opened.keys[0]);
  } catch (cause) {
    throw new ContractError(
      'storage',
      `The key is protected now, but the history is not yet encrypted with the new one: ${cause instanceof Error ? cause.message : 'it failed.'} That is done at the next start.`,
      { cause },
    );
  }
  done(settleKeys(options, opened));
}

/** From sealed to plain: everything else that opens it is gone afterwards. */
export function makePlain({ stateDirectory }: Options, opened: OpenedKey): void {
  const [key, ...before] = opened.keys;
  if (before.length > 0)
    throw new ContractError('unavailable', 'The history is still being moved to a new key. Quit Sotto, start it again, and try then.');
  writeKeyFile(stateDirectory, { kind: 'plain', key });
  wipe(opened.master);
}
