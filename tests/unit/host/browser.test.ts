import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openInBrowser } from '../../../src/host/serve/browser.ts';
import { temporaryDirectory } from './directory.ts';

/** A desktop whose xdg-open is this shell script. */
const desktop = async (script: string): Promise<{ directory: string; env: Record<string, string> }> => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'xdg-open'), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, 'xdg-open'), 0o755);
  return { directory, env: { PATH: directory, DISPLAY: ':7' } };
};

it('hands the file, and nothing else, to xdg-open', async () => {
  const { directory, env } = await desktop('echo "$#:$1" > "${0%/*}/seen"');
  expect(await openInBrowser('/run/open.html', env)).toBe(true);
  expect(await readFile(join(directory, 'seen'), 'utf8')).toBe('1:/run/open.html\n');
});

it('says so when xdg-open finds no browser', async () => {
  const { env } = await desktop('exit 3');
  expect(await openInBrowser('/run/open.html', env)).toBe(false);
});

it('does not try without a desktop or without xdg-open', async () => {
  const { directory, env } = await desktop('touch "${0%/*}/seen"');
  expect(await openInBrowser('/run/open.html', { PATH: directory, DISPLAY: '' })).toBe(false);
  expect(await openInBrowser('/run/open.html', { ...env, PATH: '/nowhere' })).toBe(false);
  await expect(readFile(join(directory, 'seen'))).rejects.toThrow();
});
