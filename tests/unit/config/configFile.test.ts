import { chmod, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createConfigFile, type ConfigFile } from '../../../src/config/configFile.ts';
import { writeConfig } from '../../../src/config/file.ts';
import { hashConfig } from '../../../src/config/hash.ts';

const good = '# mine\n[servers.a]\nnickname = "bob" # me\nserver = "x"\n';
let directory: string;
let path: string;
let stop: AbortController;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sotto-config-'));
  path = join(directory, 'config.toml');
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await rm(directory, { recursive: true });
});

const started = async (): Promise<ConfigFile> => {
  const file = createConfigFile({ path });
  await file.start(stop.signal);
  return file;
};
const nickname = (file: ConfigFile): string | undefined => {
  const [server] = file.current().config.servers;
  return server?.protocol === 'irc' ? server.nickname : undefined;
};
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 20 });

it('takes a missing file as the defaults, and tells so once', async () => {
  const file = createConfigFile({ path });
  const told = vi.fn();
  file.onChange(told);
  await file.start(stop.signal);
  expect(told).toHaveBeenCalledOnce();
  expect(file.current()).toMatchObject({ config: { servers: [] }, text: '', problems: [], stale: false, hash: hashConfig('') });
});

it('follows the file when it is written, replaced and created', async () => {
  const file = await started();
  const seen: string[] = [];
  file.onChange(({ text }) => seen.push(text));
  await writeFile(path, good);
  await soon(() => {
    expect(nickname(file)).toBe('bob');
  });
  await writeFile(join(directory, 'new'), good.replace('bob', 'eve'));
  await rename(join(directory, 'new'), path);
  await soon(() => {
    expect(nickname(file)).toBe('eve');
  });
  expect(seen).toEqual([good, good.replace('bob', 'eve')]);
});

it('keeps the last good configuration while the file is broken, and says so', async () => {
  await writeFile(path, good);
  const file = await started();
  await writeFile(path, `${good}port = \n`);
  await soon(() => {
    expect(file.current().stale).toBe(true);
  });
  expect(nickname(file)).toBe('bob');
  expect(file.current().problems[0]).toMatchObject({ severity: 'error', line: 5 });
  expect(file.current().problems.at(-1)?.message).toContain('last good configuration');
  await writeFile(path, `${good}port = 1\n`);
  await soon(() => {
    expect(file.current()).toMatchObject({ stale: false, problems: [] });
  });
});

it('follows what a symlink points at, and the symlink itself', async () => {
  await mkdir(join(directory, 'dotfiles'));
  const target = join(directory, 'dotfiles', 'sotto.toml');
  await writeFile(target, good);
  await symlink('dotfiles/sotto.toml', path);
  const file = await started();
  expect(nickname(file)).toBe('bob');
  await writeFile(join(directory, 'dotfiles', 'new'), good.replace('bob', 'eve'));
  await rename(join(directory, 'dotfiles', 'new'), target);
  await soon(() => {
    expect(nickname(file)).toBe('eve');
  });
  await file.edit({ hash: file.current().hash, path: ['servers', 'a', 'nickname'], value: 'kim' });
  expect(await readFile(target, 'utf8')).toBe(good.replace('bob', 'kim'));
  expect((await lstat(path)).isSymbolicLink()).toBe(true);
  await writeFile(join(directory, 'other.toml'), good.replace('bob', 'zoe'));
  await symlink('other.toml', join(directory, 'link'));
  await rename(join(directory, 'link'), path);
  await soon(() => {
    expect(nickname(file)).toBe('zoe');
  });
});

it('writes an edit at once, keeps comments and mode, and puts it in force', async () => {
  await writeFile(path, good);
  await chmod(path, 0o640);
  const file = await started();
  const hash = await file.edit({ hash: hashConfig(good), path: ['servers', 'a', 'nickname'], value: 'eve' });
  expect(await readFile(path, 'utf8')).toBe(good.replace('bob', 'eve'));
  expect((await stat(path)).mode & 0o777).toBe(0o640);
  expect(file.current()).toMatchObject({ hash, stale: false });
  expect(nickname(file)).toBe('eve');
});

it('creates the file for its owner only', async () => {
  path = join(directory, 'deeper', 'config.toml');
  const file = await started();
  await file.edit({ hash: hashConfig(''), path: ['servers', 'a'], value: { nickname: 'bob', server: 'x' } });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(nickname(file)).toBe('bob');
});

it('refuses an edit of a text that is no longer on disk', async () => {
  await writeFile(path, good);
  const file = await started();
  const { hash } = file.current();
  await writeFile(path, `${good}# more\n`);
  await expect(file.edit({ hash, path: ['servers', 'a', 'nickname'], value: 'eve' })).rejects.toMatchObject({ code: 'changedOnDisk' });
  await expect(writeConfig({ path, expectedHash: hash, text: '' })).rejects.toMatchObject({ code: 'changedOnDisk' });
  expect(await readFile(path, 'utf8')).toBe(`${good}# more\n`);
  expect(file.current().text).toBe(`${good}# more\n`);
});

it('refuses an edit that would break the configuration, and one of a key that is read-only', async () => {
  await writeFile(path, good);
  const file = await started();
  const { hash } = file.current();
  await expect(file.edit({ hash, path: ['servers', 'a', 'port'], value: 0 })).rejects.toMatchObject({ code: 'broken' });
  await expect(file.edit({ hash, path: ['servers', 'a', 'password_command'], value: 'x' })).rejects.toMatchObject({ code: 'readOnly' });
  expect(await readFile(path, 'utf8')).toBe(good);
});

it('says why a file cannot be read and keeps what it had', async () => {
  await writeFile(path, good);
  const file = await started();
  await rm(path);
  await mkdir(path);
  await soon(() => {
    expect(file.current().stale).toBe(true);
  });
  expect(file.current().problems[0]?.message).toContain('is not a file');
  expect(nickname(file)).toBe('bob');
  await rm(path, { recursive: true });
  await writeFile(path, new Uint8Array([0x61, 0xff]));
  await soon(() => {
    expect(file.current().problems[0]?.message).toContain('is not UTF-8');
  });
});
