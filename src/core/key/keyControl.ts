/**
 * The key of the message store as the core uses it: read at the start, unlocked by the keyring or by somebody at a page, changed while it
 * is open. It never makes a plain key where something else was chosen. Only the databases' own key leaves it, towards the store.
 */
import type { KeyAttempt, KeyView, RecoveryView } from '../../contract/key.ts';
import { ContractError } from '../../contract/errors.ts';
import type { Params } from '../../contract/table.ts';
import { wipe } from '../../pq/primitives.ts';
import { readKeyFile, type KeyWrap, type SealedKeyFile, type Store } from '../../store/store.ts';
import type { Argon2Cost } from '../../pq/argon2.ts';
import type { Derive } from '../dm/backupFile.ts';
import { hexToBytes } from './hex.ts';
import { KeyringError, type Keyring } from './keyring.ts';
import { makePlain, sealPlain, settleKeys, withWraps, type Keys, type OpenedKey } from './opened.ts';
import { readRecoveryText, recoveryText } from './recoveryKey.ts';
import { afterFailure, noTries, triesLeft, whyNot, type Tries } from './tries.ts';
import {
  openKeys,
  openWithKeyring,
  openWithPassphrase,
  openWithRecovery,
  wrapWithKeyring,
  wrapWithPassphrase,
  wrapWithRecovery,
  type KeyringWrap,
  type Random,
} from './wraps.ts';

interface Options {
  stateDirectory: string;
  keyring: Keyring | null;
  derive: Derive;
  random: Random;
  now: () => number;
  onView: (view: KeyView) => void;
  log: (line: string) => void;
  /** Opens the store with these keys (the wanted one first) and starts everything. */
  onUnlocked: (keys: Keys) => Promise<void>;
  /** For tests: a cheaper Argon2id. */
  cost?: Argon2Cost;
}

export interface KeyControl {
  view(): KeyView;
  /** Reads the key file. `plain`: also where there is none yet. Throws StoreError. */
  read(): 'plain' | 'sealed';
  /** Asks the keyring, where it is one of the ways; else, and where that fails, it says what else opens it. Never rejects. */
  byKeyring(): Promise<void>;
  /** Resolves once the store is open with what has unlocked it, or could not be opened; at once while nothing has. */
  opening(): Promise<unknown>;
  unlock(attempt: KeyAttempt, signal: AbortSignal): Promise<void>;
  /** The store is open. */
  opened(store: Pick<Store, 'rekey'>): void;
  setPassphrase(params: Params<'key.setPassphrase'>, signal: AbortSignal): Promise<void>;
  setKeyring(params: Params<'key.setKeyring'>, signal: AbortSignal): Promise<RecoveryView | null>;
  recovery(): Promise<RecoveryView>;
  setPlain(params: Params<'key.setPlain'>, signal: AbortSignal): Promise<void>;
  /** Ends what is under way, and waits for it. */
  stop(): Promise<void>;
}

const refuse = (message: string): ContractError => new ContractError('badInput', message);
const damaged = (): ContractError =>
  new ContractError(
    'storage',
    'The key file is damaged: what opens it does not fit the rest of it. Put it back from where you keep copies.',
  );
const isKind =
  <K extends KeyWrap['kind']>(kind: K) =>
  (wrap: KeyWrap): wrap is Extract<KeyWrap, { kind: K }> =>
    wrap.kind === kind;
const without = (wraps: readonly KeyWrap[], kind: KeyWrap['kind']): KeyWrap[] => wraps.filter((wrap) => wrap.kind !== kind);
const words = (error: unknown): string => (error instanceof Error ? error.message : 'Something went wrong.');

export function createKeyControl(options: Options): KeyControl {
  const { stateDirectory, keyring, derive, random, now, onView, log, onUnlocked, cost } = options;
  const lifetime = new AbortController();
  let state: KeyView['state'] = 'opening';
  let reason = '';
  let tries: Tries = noTries;
  let file: SealedKeyFile | null = null;
  let open: OpenedKey | null = null;
  let store: Pick<Store, 'rekey'> | null = null;
  let asking: AbortController | null = null;
  let opening: Promise<unknown> = Promise.resolve();
  let changing: Promise<unknown> = Promise.resolve();

  const wraps = (): readonly KeyWrap[] => open?.wraps ?? file?.wraps ?? [];
  const view = (): KeyView => ({
    state,
    reason,
    plain: file === null && open === null,
    passphrase: wraps().some(isKind('passphrase')),
    recovery: wraps().some(isKind('recovery')),
    keyring: wraps().find(isKind('keyring'))?.backend ?? null,
    offered: keyring?.name ?? null,
    retryAt: tries.retryAt,
    triesLeft: triesLeft(tries),
  });
  const become = (next: KeyView['state'], why = ''): void => {
    state = next;
    reason = why;
    onView(view());
  };
  const isOpen = (): boolean => state === 'open';

  const useMaster = async (master: Uint8Array, from: SealedKeyFile): Promise<void> => {
    const keys = openKeys(master, from);
    if (keys === null) {
      wipe(master);
      throw damaged();
    }
    asking?.abort();
    open = { wraps: from.wraps, others: from.others, keys, master };
    become('opening');
    const unlocked = onUnlocked(keys);
    opening = unlocked.catch(() => undefined);
    try {
      await unlocked;
    } catch (error) {
      open = null;
      wipe(master);
      throw error;
    }
  };
  const check = (): void => {
    const why = whyNot(tries, now());
    if (why !== null) throw new ContractError('limit', why);
  };
  const wrong = (message: string): ContractError => {
    tries = afterFailure(tries, now());
    const left = triesLeft(tries);
    return refuse(left === null ? message : `${message} ${left === 1 ? 'One try is' : `${left} tries are`} left.`);
  };
  const byPassphrase = async (passphrase: string, signal: AbortSignal): Promise<Uint8Array> => {
    for (const wrap of wraps().filter(isKind('passphrase'))) {
      const master = await openWithPassphrase(wrap, passphrase, derive, signal);
      if (master !== null) return master;
    }
    throw wrong('The passphrase is wrong. Upper and lower case and spaces count.');
  };
  const fromKeyring = async (from: SealedKeyFile, signal: AbortSignal): Promise<Uint8Array> => {
    const kept = from.wraps.filter(isKind('keyring'));
    const wrap = kept.find(({ backend }) => backend === keyring?.name);
    const [other] = kept;
    if (keyring === null || wrap === undefined)
      throw new KeyringError(
        'gone',
        `The key is kept in a keyring (${other?.backend ?? ''}) that Sotto does not reach when started this way.`,
      );
    return openWithKeyring(wrap, keyring, signal);
  };
  const masterFrom = async (attempt: KeyAttempt, from: SealedKeyFile, signal: AbortSignal): Promise<Uint8Array> => {
    if ('passphrase' in attempt) {
      if (!from.wraps.some(isKind('passphrase'))) throw refuse('No passphrase was set for this profile.');
      return byPassphrase(attempt.passphrase, signal);
    }
    if ('recoveryKey' in attempt) {
      const key = readRecoveryText(attempt.recoveryKey);
      if (key === null) throw refuse('This is no recovery key, or a character was mistyped: it has fourteen groups of four.');
      const [wrap] = from.wraps.filter(isKind('recovery'));
      const master = wrap ? openWithRecovery(wrap, key) : null;
      wipe(key);
      if (master === null) throw wrong('This recovery key does not belong to this profile, or a newer one was made since.');
      return master;
    }
    try {
      return await fromKeyring(from, signal);
    } catch (error) {
      if (error instanceof KeyringError) throw new ContractError('unavailable', error.message, { cause: error });
      throw error;
    }
  };

  /** One change at a time: each begins with what the one before has written. */
  const change = <T>(work: () => Promise<T>): Promise<T> => {
    const result = changing.then(() => {
      if (!isOpen() || store === null) throw new ContractError('unavailable', 'Sotto is locked.');
      return work();
    });
    changing = result.catch(() => undefined);
    return result;
  };
  const done = (next: OpenedKey | null): void => {
    open = next;
    file = null;
    onView(view());
  };
  /** Adds to what opens it; the first one ends the plain key. */
  const protect = async (makeWraps: (master: Uint8Array) => Promise<readonly KeyWrap[]>): Promise<void> => {
    if (store === null) throw new ContractError('unavailable', 'Sotto is locked.');
    if (open === null) await sealPlain({ stateDirectory, random }, store, makeWraps, done);
    else {
      const made = await makeWraps(open.master);
      const kinds = new Set(made.map(({ kind }) => kind));
      done(withWraps({ stateDirectory, random }, open, [...open.wraps.filter(({ kind }) => !kinds.has(kind)), ...made]));
    }
  };
  const forget = (kept: readonly KeyWrap[]): void => {
    for (const wrap of kept.filter(isKind('keyring'))) {
      if (wrap.backend !== keyring?.name) continue;
      keyring.forget?.(hexToBytes(wrap.handle), lifetime.signal).catch((error: unknown) => {
        log(`keyring: an old entry stays: ${words(error)}`);
      });
    }
  };
  const checkOld = async (old: string | null, signal: AbortSignal): Promise<void> => {
    if (!wraps().some(isKind('passphrase'))) return;
    if (old === null) throw refuse('Type the passphrase that is in force.');
    check();
    wipe(await byPassphrase(old, signal));
    tries = noTries;
  };
  const keyringWrap = async (master: Uint8Array, signal: AbortSignal): Promise<KeyringWrap> => {
    if (keyring === null) throw new ContractError('unavailable', 'No keyring is reached from here.');
    try {
      return await wrapWithKeyring(master, keyring, random, signal);
    } catch (error) {
      if (error instanceof KeyringError) throw new ContractError('unavailable', `${error.message} Nothing was changed.`, { cause: error });
      throw error;
    }
  };
  const recoveryWrap = (master: Uint8Array): { wrap: KeyWrap; text: string } => {
    const key = random(32);
    const made = { wrap: wrapWithRecovery(master, key, random), text: recoveryText(key) };
    wipe(key);
    return made;
  };

  return {
    view,
    read: () => {
      const found = readKeyFile(stateDirectory);
      file = found.kind === 'sealed' ? found : null;
      return file === null ? 'plain' : 'sealed';
    },
    byKeyring: async () => {
      if (file === null) return;
      if (!file.wraps.some(isKind('keyring'))) {
        become('locked', 'The history of this profile is locked.');
        return;
      }
      const mine = new AbortController();
      asking = mine;
      const signal = AbortSignal.any([mine.signal, lifetime.signal]);
      try {
        const master = await fromKeyring(file, signal);
        // Somebody was quicker with the passphrase.
        if (signal.aborted) wipe(master);
        else await useMaster(master, file);
      } catch (error) {
        if (mine.signal.aborted && open !== null) return;
        if (!lifetime.signal.aborted) become('locked', words(error));
      } finally {
        if (asking === mine) asking = null;
      }
    },
    opening: () => opening,
    unlock: async (attempt, signal) => {
      if (file === null || isOpen()) throw refuse('Sotto is not locked.');
      if (state === 'unlocking' || open !== null) throw new ContractError('limit', 'Another try is under way.');
      check();
      if ('keyring' in attempt) asking?.abort();
      const before = reason;
      become('unlocking', before);
      try {
        const master = await masterFrom(attempt, file, AbortSignal.any([signal, lifetime.signal]));
        await useMaster(master, file);
        tries = noTries;
      } catch (error) {
        become('locked', 'keyring' in attempt && !signal.aborted ? words(error) : before || 'The history of this profile is locked.');
        throw error;
      }
    },
    opened: (openedStore) => {
      store = openedStore;
      if (open !== null) {
        try {
          open = settleKeys({ stateDirectory, random }, open);
        } catch (error) {
          // The old key beside the new one does no harm: it is dropped at another start.
          log(`key file: ${words(error)}`);
        }
      }
      become('open');
    },
    setPassphrase: ({ old, new: next, alone }, signal) =>
      change(async () => {
        await checkOld(old, signal);
        if (next !== null) {
          await protect(async (master) => [await wrapWithPassphrase(master, next, { random, derive, signal, ...(cost ? { cost } : {}) })]);
          return;
        }
        if (open === null || !open.wraps.some(isKind('passphrase'))) throw refuse('No passphrase is set.');
        const rest = without(open.wraps, 'passphrase');
        if (!rest.some(isKind('keyring')))
          throw new ContractError(
            'held',
            'Without the passphrase nothing would open the history at a start. Let the keyring keep the key first, or choose the plain key file.',
          );
        if (rest.length === 1 && !alone)
          throw new ContractError('held', 'Without a passphrase and a recovery key, losing the keyring loses the history.');
        done(withWraps({ stateDirectory, random }, open, rest));
      }),
    setKeyring: ({ enabled, recovery, alone }, signal) =>
      change(async () => {
        if (!enabled) {
          if (open === null || !open.wraps.some(isKind('keyring'))) throw refuse('The keyring does not keep the key.');
          if (!open.wraps.some(isKind('passphrase')))
            throw new ContractError(
              'held',
              'Without the keyring nothing would open the history at a start. Set a passphrase first, or choose the plain key file.',
            );
          const gone = open.wraps;
          done(withWraps({ stateDirectory, random }, open, without(open.wraps, 'keyring')));
          forget(gone);
          return null;
        }
        const hasOther = open?.wraps.some(({ kind }) => kind !== 'keyring') === true;
        if (!hasOther && !recovery && !alone)
          throw new ContractError(
            'held',
            'If the keyring is lost, nothing else opens the history: make a recovery key as well, or take the risk.',
          );
        const replaced = wraps();
        const shown: { text: string | null } = { text: null };
        await protect(async (master) => {
          const made: KeyWrap[] = [await keyringWrap(master, signal)];
          if (recovery) {
            const { wrap, text } = recoveryWrap(master);
            made.push(wrap);
            shown.text = text;
          }
          return made;
        });
        forget(replaced);
        return shown.text === null ? null : { text: shown.text };
      }),
    recovery: () =>
      change(async () => {
        if (open === null) throw refuse('Set a passphrase, or let the keyring keep the key, before you make a recovery key.');
        let text = '';
        await protect((master) => {
          const made = recoveryWrap(master);
          text = made.text;
          return Promise.resolve([made.wrap]);
        });
        return { text };
      }),
    setPlain: ({ old }, signal) =>
      change(async () => {
        await checkOld(old, signal);
        if (open === null) throw refuse('The key file is plain already.');
        const gone = open.wraps;
        makePlain({ stateDirectory, random }, open);
        done(null);
        forget(gone);
      }),
    stop: async () => {
      lifetime.abort();
      await Promise.all([changing, opening]);
      if (open !== null) wipe(open.master);
    },
  };
}
