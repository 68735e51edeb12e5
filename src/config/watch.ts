/** Tells of every change of `config.toml`, however an editor writes it. */
import { watch, type FSWatcher } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigError } from './errors.ts';
import { linkChain, readConfig } from './file.ts';

/** Editors write in several steps. */
const QUIET_MS = 80;
/** An empty or missing file is mostly one of those steps: it must last this long to count. */
const QUIET_EMPTY_MS = 400;
/** Where the system cannot watch (no watches left, a directory that is not there). */
const POLL_MS = 5_000;
/** For what watching misses (network file systems); each look wakes the program a dozen times. */
const POLL_WATCHED_MS = 60_000;

interface Options {
  path: string;
  signal: AbortSignal;
  /** The text, null where the file is gone, or why it cannot be read. Called once at the start, then at each change. */
  onText: (text: string | null | ConfigError) => void;
}

/** Resolves after the first `onText`; ends with the signal. The last state of the file is always delivered. */
export async function watchConfig({ path, signal, onText }: Options): Promise<void> {
  let watchers: { directory: string; watcher: FSWatcher }[] = [];
  let timer: NodeJS.Timeout | null = null;
  let last: string | null | undefined;
  const state = { reading: false, again: false, isWatched: false };

  const read = async (): Promise<string | null | ConfigError> => {
    try {
      return await readConfig(path);
    } catch (error) {
      return error instanceof ConfigError ? error : new ConfigError('unreadable', `${path} cannot be read.`, { cause: error });
    }
  };
  const schedule = (delay: number): void => {
    if (timer !== null) clearTimeout(timer);
    timer = signal.aborted ? null : setTimeout(() => void check(), delay).unref();
  };
  const close = (): void => {
    for (const { watcher } of watchers) watcher.close();
    watchers = [];
  };
  const rewatch = async (): Promise<void> => {
    // A directory that was deleted and made again is another one.
    if (last === null) close();
    const chain = await linkChain(path).catch(() => [path]);
    const wanted = new Set(chain.map((hop) => dirname(hop)));
    for (const { directory, watcher } of watchers) if (!wanted.has(directory)) watcher.close();
    watchers = watchers.filter(({ directory }) => wanted.has(directory));
    for (const directory of wanted) {
      if (signal.aborted || watchers.some((entry) => entry.directory === directory)) continue;
      try {
        const watcher = watch(directory, { persistent: false });
        const entry = { directory, watcher };
        watchers.push(entry);
        watcher.on('change', () => {
          state.again = true;
          schedule(QUIET_MS);
        });
        watcher.on('error', () => {
          watcher.close();
          watchers = watchers.filter((other) => other !== entry);
          state.isWatched = false;
          schedule(POLL_MS);
        });
      } catch {
        // Polling sees the change.
      }
    }
    state.isWatched = watchers.length === wanted.size;
  };
  const deliver = (text: string | null | ConfigError): void => {
    const key = text instanceof ConfigError ? `\0${text.message}` : text;
    if (key === last || signal.aborted) return;
    last = key;
    onText(text);
  };
  /** A change may have come while the file was being read. */
  const next = (): void => {
    schedule(state.again ? QUIET_MS : state.isWatched && last !== null ? POLL_WATCHED_MS : POLL_MS);
  };
  const check = async (): Promise<void> => {
    if (state.reading) {
      state.again = true;
      return;
    }
    state.reading = true;
    state.again = false;
    await rewatch();
    let text = await read();
    if ((text === null || text === '') && last !== text) {
      await new Promise((resolve) => setTimeout(resolve, QUIET_EMPTY_MS));
      text = await read();
    }
    state.reading = false;
    deliver(text);
    next();
  };

  signal.throwIfAborted();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(() => undefined);
  await rewatch();
  deliver(await read());
  next();
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer);
    close();
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
}
