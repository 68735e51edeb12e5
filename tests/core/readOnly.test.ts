/** Files that nobody may write any more: a configuration that is somebody else's, and a profile whose folders lose their permission while Sotto runs. */
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { profilePaths } from '../../src/core/profile.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { startPerson, testDirectory, until, type Person } from '../support/cores.ts';
import { startScripted } from '../support/irc/scripted.ts';
import { mountSmallDisk } from '../support/smallDisk.ts';
import { connected, delivered, network, nickConfig, theirs } from './pair.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-core-read-only-'));
const disk = mountSmallDisk(join(folder, 'disk'));
beforeEach(() => {
  disk?.setReadOnly(false);
});
afterAll(() => {
  disk?.unmount();
  rmSync(folder, { recursive: true });
});

const entry = (port: number): string =>
  `# mine\n[servers.test]\nnickname = "me"\nserver = "127.0.0.1"\nport = ${port}\nuse_tls = false\nchannels = ["#room"]\n`;
const welcome = { nickname: 'me', server: 'irc.example', channels: ['#more'] };

/** Every way in which a page changes the configuration is refused with a sentence; nothing of it is in force or on the disk. */
async function refuses(person: Person, file: string, why: RegExp): Promise<void> {
  const before = await person.client.call('config.read', {});
  const refused = async (change: Promise<unknown>): Promise<void> => {
    const error: unknown = await change.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'storage' });
    expect(String(error)).toMatch(why);
  };
  const room = await until('#room', async () => (await person.snapshot()).buffers.find(({ name }) => name === '#room'));
  await refused(person.client.call('config.set', { hash: before.hash, path: ['servers', 'test', 'nickname'], value: 'other' }));
  await refused(person.client.call('app.welcome', welcome));
  await refused(person.client.call('buffer.input', { buffer: room.id, text: '/ignore troll' }));
  expect(await person.client.call('config.read', {})).toEqual(before);
  expect(readFileSync(file, 'utf8')).toBe(before.text);
  const { config, servers } = await person.snapshot();
  expect(config).toMatchObject({ hash: before.hash, stale: false, problems: [] });
  expect(servers.map(({ name }) => name)).toEqual(['test']);
  // No half of a file stays behind.
  expect(readdirSync(dirname(file)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}

async function inRoom(directory: string): Promise<Person> {
  const irc = await startScripted();
  const { configFile } = profilePaths(directory, {});
  await writeFile(configFile, entry(irc.port));
  const net = network();
  const person = await startPerson({ name: 'me', overlay: () => createLoopbackOverlay(net), directory });
  await irc.greet();
  await irc.hear(/^JOIN /);
  irc.say(':me!me@host.test JOIN #room', ':irc.test 353 me = #room :me troll', ':irc.test 366 me #room :End');
  return person;
}

test('a write-protected configuration is left as it is, and the change works once it may be written', async () => {
  const directory = await testDirectory();
  const { configFile } = profilePaths(directory, {});
  await mkdir(dirname(configFile), { recursive: true });
  const person = await inRoom(directory);
  chmodSync(configFile, 0o444);
  await refuses(person, configFile, /write-protected/);
  expect(statSync(configFile).mode & 0o777).toBe(0o444);
  chmodSync(configFile, 0o644);
  const { hash, text } = await person.client.call('config.read', {});
  await person.client.call('config.set', { hash, path: ['servers', 'test', 'reconnect_delay'], value: 3 });
  expect(readFileSync(configFile, 'utf8')).toContain('reconnect_delay = 3');
  expect(readFileSync(configFile, 'utf8')).toContain(text.split('\n')[0]);
});

if (disk) {
  test('a configuration that leads to a read-only disk is left as it is, and the change works once that may be written', async () => {
    const directory = await testDirectory();
    const { configFile } = profilePaths(directory, {});
    await mkdir(dirname(configFile), { recursive: true });
    const target = join(folder, 'disk', 'sotto.toml');
    await writeFile(target, '');
    await symlink(target, configFile);
    const person = await inRoom(directory);
    disk.setReadOnly(true);
    await refuses(person, target, /cannot be written.*old configuration stays/);
    disk.setReadOnly(false);
    await person.client.call('app.welcome', welcome);
    expect(readFileSync(target, 'utf8')).toContain('irc.example');
    expect((await person.snapshot()).config.stale).toBe(false);
  });
}

const NOBODY = 65_534;
if (process.getuid?.() === 0 && process.seteuid !== undefined && process.setegid !== undefined) {
  test('a profile whose folders may not be written any more goes on with what is open, says what cannot be changed, and loses nothing', async () => {
    const net = network();
    const directory = await testDirectory();
    const paths = profilePaths(directory, {});
    await mkdir(dirname(paths.configFile), { recursive: true });
    await writeFile(paths.configFile, nickConfig('alice'));
    const { alice, bob, a, b } = await connected(net, { alice: { directory } });
    await alice.input(a, 'before');
    await delivered(alice, a, 1);
    const all = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
    const folders = [directory, ...all].filter((path) => statSync(path).isDirectory());
    for (const path of [directory, ...all]) chownSync(path, NOBODY, NOBODY);
    const setMode = (mode: number): void => {
      for (const path of folders) chmodSync(path, mode);
    };
    // Root may write anywhere.
    process.seteuid?.(NOBODY);
    onTestFinished(() => {
      process.seteuid?.(0);
      setMode(0o700);
    });
    setMode(0o500);
    const text = readFileSync(paths.configFile, 'utf8');
    await alice.input(a, 'while it is so');
    await bob.input(b, 'an answer');
    await Promise.all([delivered(alice, a, 2), delivered(bob, b, 1)]);
    expect(await theirs(alice, a)).toEqual(['an answer']);
    await expect(alice.client.call('app.welcome', welcome)).rejects.toThrow(/cannot be written \(EACCES\)/);
    expect(readFileSync(paths.configFile, 'utf8')).toBe(text);
    await alice.stop();

    const begin = (): Promise<Person> => startPerson({ name: 'alice', overlay: () => createLoopbackOverlay(net), directory });
    await expect(begin()).rejects.toThrow(/have to be writable, and one of them is not. Nothing was lost/);
    setMode(0o700);
    const again = await begin();
    expect(await again.said(a)).toEqual(['me: before', 'me: while it is so', 'they: an answer']);
    await again.client.call('app.welcome', welcome);
    expect(readFileSync(paths.configFile, 'utf8')).toContain('irc.example');
  });
}
