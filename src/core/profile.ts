/**
 * Where a profile's files live. XDG Base Directory Specification 0.8 by default; `--profile DIR` puts everything under DIR.
 * The store's key is in `stateDirectory` and never beside the database in `dataDirectory`.
 */
import { createHash } from 'node:crypto';
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

export interface ProfilePaths {
  /** For people: "default", or the last part of `--profile DIR`. */
  name: string;
  configFile: string;
  dataDirectory: string;
  stateDirectory: string;
  cacheDirectory: string;
  /** The socket a second start of this profile talks to; at most MAX_SOCKET_PATH bytes. */
  runtimeSocket: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `sun_path` of unix(7) holds 108 bytes with the final NUL. */
const MAX_SOCKET_PATH = 107;

type ProfileErrorCode = 'notPrivate' | 'notADirectory' | 'denied';

class ProfileError extends Error {
  readonly code: ProfileErrorCode;
  constructor(code: ProfileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProfileError';
    this.code = code;
  }
}

/** The paths of a profile; nothing is created. `directory` is the argument of `--profile`, or null for the XDG directories. */
export function profilePaths(directory: string | null, env: Environment): ProfilePaths {
  if (directory !== null) {
    const root = resolve(directory);
    return {
      name: basename(root),
      configFile: join(root, 'config', 'config.toml'),
      dataDirectory: join(root, 'data'),
      stateDirectory: join(root, 'state'),
      cacheDirectory: join(root, 'cache'),
      runtimeSocket: socketOf(root, env),
    };
  }
  const home = env['HOME'] !== undefined && isAbsolute(env['HOME']) ? env['HOME'] : homedir();
  const xdg = (variable: string, fallback: string): string => {
    const value = env[variable];
    return join(value !== undefined && isAbsolute(value) ? value : join(home, fallback), 'sotto');
  };
  const dataDirectory = xdg('XDG_DATA_HOME', '.local/share');
  return {
    name: 'default',
    configFile: join(xdg('XDG_CONFIG_HOME', '.config'), 'config.toml'),
    dataDirectory,
    stateDirectory: xdg('XDG_STATE_HOME', '.local/state'),
    cacheDirectory: xdg('XDG_CACHE_HOME', '.cache'),
    runtimeSocket: socketOf(dataDirectory, env),
  };
}

/** Makes the directories (0700). Rejects with ProfileError when one cannot be made, or when the socket's directory is not ours alone. */
export async function createProfileDirectories(paths: ProfilePaths): Promise<void> {
  for (const directory of [dirname(paths.configFile), paths.dataDirectory, paths.stateDirectory, paths.cacheDirectory]) {
    await makeDirectory(directory);
  }
  const runtime = dirname(paths.runtimeSocket);
  await makeDirectory(runtime);
  const found = await lstat(runtime);
  if (!found.isDirectory() || !isOurs(found.uid) || (found.mode & 0o077) !== 0) {
    throw new ProfileError('notPrivate', `${runtime} is not a directory that only you can open. Remove it and start again.`);
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    if (code === 'EEXIST' || code === 'ENOTDIR') throw new ProfileError('notADirectory', `${directory} is not a directory.`, { cause });
    throw new ProfileError('denied', `${directory} cannot be made: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
}

/** Two ways to write one directory (a symbolic link, "..") must lead to one socket, so the real path is hashed. */
function socketOf(profile: string, env: Environment): string {
  const file = createHash('sha256').update(realPath(profile)).digest('hex').slice(0, 32);
  const own = env['XDG_RUNTIME_DIR'];
  if (own !== undefined && isAbsolute(own) && isOurDirectory(own)) {
    const path = join(own, 'sotto', file);
    if (path.length <= MAX_SOCKET_PATH) return path;
  }
  const folder = `sotto-${process.getuid?.() ?? 0}`;
  const path = join(tmpdir(), folder, file);
  return path.length <= MAX_SOCKET_PATH ? path : join('/tmp', folder, file);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

/** `sudo` keeps the variable of the person who called it, so the owner is checked. */
function isOurDirectory(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && isOurs(found.uid) && lstatSync(path).isDirectory();
}

const isOurs = (uid: number): boolean => uid === (process.getuid?.() ?? uid);
