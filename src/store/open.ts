import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { connect, type Connection } from './connection.ts';
import type { StoreError } from './errors.ts';
import { createStore } from './proxy.ts';
import type { Store } from './operations.ts';
import { createTrouble } from './trouble.ts';

export interface StoreOptions {
  /** Holds private.db and irc.db; made (0700) if missing. */
  dataDirectory: string;
  /** Holds store.key and generation; made (0700) if missing. */
  stateDirectory: string;
  /**
   * The database key that is wanted (64 hex digits), then those a file may still be under: such a file is given the wanted one first.
   * Left out: the key file is plain, or to be made.
   */
  keys?: readonly [string, ...string[]];
  /** Aborting ends the opening. */
  signal?: AbortSignal;
  /** irc.db was found damaged while running: it was set aside, a new one is in use. */
  onIrcDamaged?: () => void;
  /** The disk takes nothing any more (full, read-only, broken), told once; null: it does again, so that what failed can be repeated. */
  onTrouble?: (error: StoreError | null) => void;
  /** The worker ended by itself; every operation rejects with 'closed' from now on. */
  onCrash?: (error: Error) => void;
}

export interface OpenedStore {
  store: Store;
  /** private.db is older than the generation file says: start new sessions, then `retireSessions(null)`; true until that was done. */
  rolledBack: boolean;
  /** irc.db was damaged, is set aside under another name, and was made anew. */
  ircDamaged: boolean;
  generation: number;
}

const ignore = (): void => undefined;

/**
 * A worker does not take over the compile cache by itself. Without it each start strips the types of the worker's modules
 * again, which costs some 30 MB of memory.
 */
function compileCache(): { NODE_COMPILE_CACHE?: string } {
  const directory = getCompileCacheDir();
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}

/** The connection, each failure of which is looked at. */
function watched(connection: Connection, onTrouble: (error: StoreError | null) => void): Connection {
  const trouble = createTrouble(() => connection.call('probe'), onTrouble);
  return {
    opened: connection.opened,
    call: (operation, ...args) => {
      const result = connection.call(operation, ...args);
      result.catch((error: unknown) => {
        trouble.seen(error);
      });
      return result;
    },
    close: () => {
      trouble.stop();
      return connection.close();
    },
  };
}

/** Opens both files, or makes them. Rejects with keyMissing, wrongKey, corrupt, diskFull, readOnly or io. */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
  const { dataDirectory, stateDirectory, signal, onIrcDamaged = ignore, onTrouble = ignore, onCrash = ignore } = options;
  signal?.throwIfAborted();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { dataDirectory, stateDirectory, keys: options.keys ?? null },
    name: 'store',
    env: { ...process.env, ...compileCache() },
  });
  let isOpen = false;
  const connection = connect(worker, onIrcDamaged, (error) => {
    if (isOpen) onCrash(error);
  });
  const abort = (): void => {
    void worker.terminate();
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const opening = await connection.opened;
    isOpen = true;
    const { generation, rolledBack, ircDamaged } = opening;
    return { store: createStore(watched(connection, onTrouble)), generation, rolledBack, ircDamaged };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
