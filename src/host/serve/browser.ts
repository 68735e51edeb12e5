/**
 * Opens a page in the person's browser. The token must not stand on a command line, which every user of the machine can read: the browser
 * gets a file that only its owner can read and that leads on to the address.
 */
import { spawn } from 'node:child_process';
import { access, constants, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { randomBytes } from 'node:crypto';

type Environment = Readonly<Record<string, string | undefined>>;

/** xdg-open runs some browsers in the foreground: still running after this means that it found one. */
const OPENED_MS = 2_000;

export interface RedirectFile {
  path: string;
  remove(): Promise<void>;
}

/** Writes the file (0600, a name that did not exist) into `directory`, which must be ours alone. `url` holds no characters special to HTML. */
export async function writeRedirectFile(directory: string, url: string): Promise<RedirectFile> {
  const path = join(directory, `open-${randomBytes(8).toString('hex')}.html`);
  const html = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${url}"><title>Sotto</title>`;
  await writeFile(path, html, { mode: 0o600, flag: 'wx' });
  return { path, remove: () => rm(path, { force: true }) };
}

/** True when a browser took the file. Without a desktop, or without xdg-open, it is false at once. */
export async function openInBrowser(file: string, env: Environment): Promise<boolean> {
  if ((env['DISPLAY'] ?? '') === '' && (env['WAYLAND_DISPLAY'] ?? '') === '') return false;
  const program = await findProgram('xdg-open', env);
  if (program === null) return false;
  return new Promise((resolve) => {
    const child = spawn(program, [file], { env, stdio: 'ignore', detached: true });
    const timer = setTimeout(() => {
      child.unref();
      resolve(true);
    }, OPENED_MS);
    child.once('error', () => {
      clearTimeout(timer);
      resolve(false);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

async function findProgram(name: string, env: Environment): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return null;
}
