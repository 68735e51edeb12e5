/** Files that pages hand over in parts, as they cannot name files of this computer: each in a file of ours until it is sent. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ContractError } from '../../contract/errors.ts';
import type { ConnectionId } from '../../contract/table.ts';
import { diskError } from './target.ts';

/** Bytes of one file. */
export const MAX_SENT_BYTES = 1_024 * 1_024 * 1_024;
/** Pages that may hand one over at a time. */
const MAX_STAGED = 8;
/** A file that nobody has offered within this time is removed. */
const KEEP_MS = 10 * 60_000;

export interface Staged {
  path: string;
  size: number;
}

export interface Staging {
  /** Removes what a run before left behind. */
  start(): Promise<void>;
  /** Adds a part that begins at byte `at`; 0 begins a new file. Resolves to the bytes there are. Throws `badInput`, `limit`, `storage`. */
  add(connection: ConnectionId, at: number, base64: string): Promise<number>;
  /** The whole file of this connection; whoever takes it removes it. Throws `badInput` where there is none. */
  take(connection: ConnectionId): Promise<Staged>;
  remove(path: string): Promise<void>;
  stop(): Promise<void>;
}

interface Entry {
  path: string;
  file: FileHandle;
  size: number;
  timer: NodeJS.Timeout;
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new ContractError('badInput', 'This part of the file is not base64.', { cause });
  }
}

export function createStaging(directory: string): Staging {
  const entries = new Map<ConnectionId, Entry>();
  /** One after the other: parts of a page must not overtake each other. */
  let queue: Promise<unknown> = Promise.resolve();
  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  const remove = (path: string): Promise<void> => rm(path, { force: true });
  const forget = async (connection: ConnectionId): Promise<void> => {
    const entry = entries.get(connection);
    if (!entry) return;
    entries.delete(connection);
    clearTimeout(entry.timer);
    await entry.file.close();
    await remove(entry.path);
  };
  const begin = async (connection: ConnectionId): Promise<Entry> => {
    await forget(connection);
    if (entries.size >= MAX_STAGED) throw new ContractError('limit', 'Too many files are being handed over at once.');
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, randomUUID());
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    const entry = { path, file, size: 0, timer: setTimeout(() => undefined, 0) };
    entries.set(connection, entry);
    return entry;
  };
  return {
    start: () => rm(directory, { recursive: true, force: true }),
    add: (connection, at, base64) =>
      next(async () => {
        const bytes = fromBase64(base64);
        const entry = at === 0 ? await begin(connection) : entries.get(connection);
        if (!entry || entry.size !== at)
          throw new ContractError('badInput', 'The parts of the file came in another order. Choose it again.');
        if (entry.size + bytes.length > MAX_SENT_BYTES) {
          await forget(connection);
          throw new ContractError('limit', 'This file is too large: one GiB is the limit.');
        }
        try {
          await entry.file.write(bytes, 0, bytes.length, entry.size);
        } catch (error) {
          await forget(connection);
          throw diskError(error);
        }
        entry.size += bytes.length;
        clearTimeout(entry.timer);
        entry.timer = setTimeout(() => {
          void next(() => forget(connection));
        }, KEEP_MS).unref();
        return entry.size;
      }),
    take: (connection) =>
      next(async () => {
        const entry = entries.get(connection);
        if (!entry || entry.size === 0) throw new ContractError('badInput', 'There is no file to send. Choose it again.');
        entries.delete(connection);
        clearTimeout(entry.timer);
        await entry.file.close();
        return { path: entry.path, size: entry.size };
      }),
    remove,
    stop: () =>
      next(async () => {
        for (const connection of [...entries.keys()]) await forget(connection);
        await rm(directory, { recursive: true, force: true });
      }),
  };
}
