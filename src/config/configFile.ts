/** The configuration in force: follows the file, keeps the last good one, takes edits. */
import { defaultConfig, type Config, type Problem } from './config.ts';
import { removeValue, setValue } from './edit.ts';
import { ConfigError } from './errors.ts';
import { readConfig, writeConfig } from './file.ts';
import { hashConfig } from './hash.ts';
import { loadConfig } from './load.ts';
import { isReadOnlyKey } from './readOnlyKeys.ts';
import type { TomlValue } from './toml.ts';
import { watchConfig } from './watch.ts';

export interface CurrentConfig {
  /** The last good one; the defaults before there was any. */
  config: Config;
  /** What is in the file, good or not; '' where there is none. */
  text: string;
  hash: string;
  problems: Problem[];
  /** The file is broken or unreadable: `config` is older than `text`. */
  stale: boolean;
}

export interface ConfigEdit {
  /** Of the text the change was made from. */
  hash: string;
  path: readonly string[];
  /** Null removes the key or table. */
  value: TomlValue | null;
}

export interface ConfigFile {
  /** Reads the file and follows it until the signal. A missing file means the defaults; nothing here throws for its contents. */
  start(signal: AbortSignal): Promise<void>;
  current(): CurrentConfig;
  /** Called after the first reading, whatever it found, and after every change of `current()`. Returns how to stop. */
  onChange(handler: (current: CurrentConfig) => void): () => void;
  /**
   * Writes one change and puts it in force; returns the new hash. For edits that come through the contract.
   * Throws ConfigError: `changedOnDisk`, `readOnly`, `broken` (the result would have an error; nothing is written),
   * `badPath`, `badValue`, `unreadable`, `unwritable`.
   */
  edit(edit: ConfigEdit): Promise<string>;
}

const staleNote = 'The file has an error, so the last good configuration stays in force.';

export function createConfigFile({ path }: { path: string }): ConfigFile {
  let current: CurrentConfig = { config: defaultConfig, text: '', hash: hashConfig(''), problems: [], stale: false };
  const handlers = new Set<(current: CurrentConfig) => void>();
  let queue: Promise<unknown> = Promise.resolve();
  let loaded = false;

  const put = (next: CurrentConfig): void => {
    current = next;
    for (const handler of handlers) handler(current);
  };
  const take = (text: string | null | ConfigError): void => {
    if (text instanceof ConfigError) {
      put({ ...current, problems: [{ severity: 'error', message: text.message, line: 1, column: 1, path: null }], stale: true });
      return;
    }
    const now = text ?? '';
    const hash = hashConfig(now);
    // Our own edit, seen again by the watcher.
    if (loaded && hash === current.hash && !current.stale) return;
    loaded = true;
    const { config, problems } = loadConfig(now);
    const note: Problem = { severity: 'info', message: staleNote, line: 1, column: 1, path: null };
    if (config === null) put({ config: current.config, text: now, hash, problems: [...problems, note], stale: true });
    else put({ config, text: now, hash, problems, stale: false });
  };
  const apply = async ({ hash, path: key, value }: ConfigEdit): Promise<string> => {
    if (isReadOnlyKey(key, value)) {
      throw new ConfigError('readOnly', 'This setting names a file, program, certificate or proxy: change it in the file itself.');
    }
    const text = (await readConfig(path)) ?? '';
    if (hashConfig(text) !== hash) {
      take(text);
      throw new ConfigError('changedOnDisk', 'The configuration file was changed meanwhile. Look at it again, then repeat the change.');
    }
    const next = value === null ? removeValue(text, key) : setValue(text, key, value);
    if (next === text) return hash;
    const before = loadConfig(text);
    const after = loadConfig(next);
    const error = after.problems[0];
    if (after.config === null && before.config !== null) {
      throw new ConfigError('broken', `This cannot be set: ${error?.message ?? 'the file would have an error.'}`);
    }
    const written = await writeConfig({ path, expectedHash: hash, text: next });
    take(next);
    return written;
  };
  return {
    start: (signal) => watchConfig({ path, signal, onText: take }),
    current: () => current,
    onChange: (handler) => {
      handlers.add(handler);
      return () => {
        handlers.delete(handler);
      };
    },
    edit: (edit) => {
      const done = queue.then(() => apply(edit));
      queue = done.catch(() => undefined);
      return done;
    },
  };
}
