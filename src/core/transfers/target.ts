/**
 * Where a received file goes: first into a hidden one that belongs to this sender, name and size, so that it can go on later; complete, under its
 * name. Nothing that is there is overwritten, no link is followed.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, statfs, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ContractError } from '../../contract/errors.ts';
import { numberedName } from './fileName.ts';

/** Files of one name in one directory. */
const MAX_NUMBER = 999;
/** Bytes left free on the disk. */
const RESERVE = 64 * 1_024 * 1_024;

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));

/** Failures of the disk in words. */
export function diskError(error: unknown): ContractError {
  if (error instanceof ContractError) return error;
  if (isCode(error, 'ENOSPC', 'EDQUOT')) return new ContractError('storage', 'The disk is full.', { cause: error });
  if (isCode(error, 'EACCES', 'EPERM', 'EROFS'))
    return new ContractError('storage', 'The directory for files cannot be written to.', { cause: error });
  return new ContractError('storage', 'The file could not be written.', { cause: error });
}

export interface Partial {
  /** Of the sender: server and folded nick. */
  from: string;
  name: string;
  size: number | null;
}

export const partialPath = (directory: string, { from, name, size }: Partial): string =>
  join(
    directory,
    `.sotto-${createHash('sha256')
      .update(JSON.stringify([from, name, size]))
      .digest('hex')
      .slice(0, 24)}.part`,
  );

/** Bytes that are here from before; 0 for none. Only an ordinary file of ours with one name counts. */
export async function partialLength(path: string, size: number | null): Promise<number> {
  if (size === null) return 0;
  try {
    const found = await lstat(path);
    return found.isFile() && found.nlink === 1 && found.uid === process.getuid?.() && found.size < size ? found.size : 0;
  } catch {
    return 0;
  }
}

/** Opens the partial file at `position`, what stands behind it is cut off. Throws ContractError `storage`. */
export async function openPartial(directory: string, path: string, position: number, missing: number): Promise<FileHandle> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(directory);
    if (missing + RESERVE > bavail * bsize) throw new ContractError('storage', 'There is not enough room on the disk for this file.');
    if (position === 0) {
      // A left-over, or a link that somebody put there: only the name goes.
      await unlink(path).catch((error: unknown) => {
        if (!isCode(error, 'ENOENT')) throw error;
      });
      return await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    }
    const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      const { size, nlink } = await file.stat();
      if (size < position || nlink !== 1) throw new ContractError('storage', 'The part that was here has changed. Try again.');
      await file.truncate(position);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  } catch (error) {
    throw diskError(error);
  }
}

/** Gives the complete file its name, or the next free one with a number. Resolves to that name. Throws ContractError `storage`. */
export async function settle(directory: string, path: string, name: string): Promise<string> {
  for (let number = 0; number <= MAX_NUMBER; number += 1) {
    const candidate = numberedName(name, number);
    const final = join(directory, candidate);
    try {
      // Takes the name first, so that the renaming can only replace what is ours.
      const place = await open(final, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
      await place.close();
      try {
        await rename(path, final);
      } catch (error) {
        await unlink(final);
        throw error;
      }
      return candidate;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw diskError(error);
    }
  }
  throw new ContractError('storage', `There are ${MAX_NUMBER} files called ${name} already.`);
}
