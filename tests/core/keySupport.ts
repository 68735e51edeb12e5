/** A key control over a real store, a keyring in memory that can be made to fail, and a stretching that costs nothing. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { KeyView } from '../../src/contract/key.ts';
import { bytesToHex } from '../../src/core/key/hex.ts';
import { createKeyControl, type KeyControl } from '../../src/core/key/keyControl.ts';
import { KeyringError, type Keyring, type KeyringErrorCode } from '../../src/core/key/keyring.ts';
import type { Derive } from '../../src/core/dm/backupFile.ts';
import { openStore, type Store } from '../../src/store/store.ts';

/** Another key for every other input: what Argon2id gives is tested elsewhere. */
export const quick: Derive = ({ message, salt, memory, passes, lanes, length }) =>
  Promise.resolve(
    new Uint8Array(createHash('sha256').update(message).update(salt).update(`${memory} ${passes} ${lanes}`).digest().subarray(0, length)),
  );
export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
export const { signal } = new AbortController();

export interface MemoryKeyring extends Keyring {
  readonly items: Map<string, Uint8Array>;
  /** What it fails with from now on. */
  fails: KeyringErrorCode | null;
  /** Waits until it is called with this, as a keyring whose dialog is open. */
  asks: boolean;
}

export function memoryKeyring(name = 'a keyring'): MemoryKeyring {
  const items = new Map<string, Uint8Array>();
  const check = async (asked: AbortSignal): Promise<void> => {
    if (keyring.asks)
      await new Promise((_resolve, reject) => {
        asked.addEventListener('abort', () => {
          reject(new DOMException('Cancelled.', 'AbortError'));
        });
      });
    if (keyring.fails !== null) throw new KeyringError(keyring.fails, `The keyring is ${keyring.fails}.`);
  };
  const keyring: MemoryKeyring = {
    name,
    items,
    fails: null,
    asks: false,
    wrap: async (bytes, asked) => {
      await check(asked);
      const id = random(8);
      items.set(bytesToHex(id), bytes.slice());
      return id;
    },
    unwrap: async (wrapped, asked) => {
      await check(asked);
      const found = items.get(bytesToHex(wrapped));
      if (!found) throw new KeyringError('gone', 'It is not there any more.');
      return found.slice();
    },
    forget: (wrapped) => {
      items.delete(bytesToHex(wrapped));
      return Promise.resolve();
    },
    passwords: null,
  };
  return keyring;
}

export interface Profile {
  dataDirectory: string;
  stateDirectory: string;
}
export const newProfile = (): Profile => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-key-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return { dataDirectory: join(folder, 'data'), stateDirectory: join(folder, 'state') };
};

export interface Started {
  key: KeyControl;
  views: KeyView[];
  /** The store once it is open. */
  store: () => Store;
  time: { now: number };
  stop: () => Promise<void>;
}

/** What a core does with the key, and nothing else. */
export async function startKey(profile: Profile, keyring: Keyring | null, derive: Derive = quick): Promise<Started> {
  const views: KeyView[] = [];
  const time = { now: 1_000_000 };
  let store: Store | null = null;
  const open = async (keys: readonly [string, ...string[]] | null): Promise<void> => {
    const opened = await openStore({ ...profile, ...(keys ? { keys } : {}) });
    store = opened.store;
    key.opened(opened.store);
  };
  const key = createKeyControl({
    stateDirectory: profile.stateDirectory,
    keyring,
    derive,
    random,
    now: () => time.now,
    onView: (view) => {
      views.push(view);
    },
    log: () => undefined,
    onUnlocked: open,
    cost: { memory: 65_536, passes: 1, lanes: 4 },
  });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await key.stop();
    await store?.close();
  };
  onTestFinished(stop);
  if (key.read() === 'plain') await open(null);
  return {
    key,
    views,
    time,
    stop,
    store: () => {
      if (store === null) throw new Error('it is locked');
      return store;
    },
  };
}
