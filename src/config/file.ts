/** `config.toml` on disk: read within bounds, replaced in one step. */
import { constants } from 'node:fs';
import { mkdir, open, readlink, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MAX_CONFIG_LENGTH } from './document.ts';
import { ConfigError } from './errors.ts';
import { hashConfig } from './hash.ts';

/** A UTF-16 unit takes at most three bytes of UTF-8. */
const MAX_CONFIG_BYTES = 3 * MAX_CONFIG_LENGTH;
/** As Linux follows. */
const MAX_LINKS = 40;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');

/** The path itself and every symlink's target behind it, the real file last (which need not exist). */
export async function linkChain(path: string): Promise<string[]> {
  const chain = [path];
  for (let at = path; chain.length <= MAX_LINKS; chain.push(at)) {
    const target = await readlink(at).catch(() => null);
    if (target === null) return chain;
    at = resolve(dirname(at), target);
  }
  throw new ConfigError('unreadable', `${path} is a symlink that leads in a circle.`);
}

/** The whole text; null where there is no file. Throws ConfigError `unreadable` with a sentence. */
export async function readConfig(path: string): Promise<string | null> {
  try {
    // Non-blocking: a FIFO in its place must not stop the program.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) throw new ConfigError('unreadable', `${path} is not a file.`);
      const bytes = new Uint8Array(MAX_CONFIG_BYTES + 1);
      let length = 0;
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = (await file.read(bytes, length, bytes.length - length, length)).bytesRead;
      }
      if (length > MAX_CONFIG_BYTES) throw new ConfigError('unreadable', `${path} is larger than 1 MiB.`);
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, length));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (codeOf(error) === 'ENOENT') return null;
    if (error instanceof TypeError) throw new ConfigError('unreadable', `${path} is not UTF-8 text.`);
    throw new ConfigError('unreadable', `${path} cannot be read (${codeOf(error)}).`, { cause: error });
  }
}

async function checkUnchanged(path: string, expectedHash: string): Promise<void> {
  if (hashConfig((await readConfig(path)) ?? '') === expectedHash) return;
  throw new ConfigError('changedOnDisk', 'The configuration file was changed meanwhile. Look at it again, then repeat the change.');
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Replaces the file (behind symlinks) in one step and returns the new text's hash; it is on disk when this resolves.
 * The mode is kept, a new file gets 0600. `expectedHash` names the text the change was made from, that of '' where
 * there was no file. Throws ConfigError `changedOnDisk` when another text is there, `unwritable` when it cannot be done.
 */
export async function writeConfig({ path, expectedHash, text }: { path: string; expectedHash: string; text: string }): Promise<string> {
  await checkUnchanged(path, expectedHash);
  const target = (await linkChain(path)).at(-1) ?? path;
  const temporary = join(dirname(target), `.config-${crypto.randomUUID()}.tmp`);
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const mode = await open(target, 'r').then(
      async (file) => {
        const stat = await file.stat().finally(() => file.close());
        return stat.mode & 0o777;
      },
      () => 0o600,
    );
    // Renaming would get around it; who took the permission away did not want that.
    if ((mode & 0o222) === 0)
      throw new ConfigError('unwritable', `${target} is write-protected, so Sotto leaves it as it is. Nothing was changed.`);
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text, 'utf8');
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await checkUnchanged(path, expectedHash);
    await rename(temporary, target);
    await syncDirectory(dirname(target));
    return hashConfig(text);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof ConfigError) throw error;
    throw new ConfigError('unwritable', `${target} cannot be written (${codeOf(error)}). The old configuration stays.`, { cause: error });
  }
}
