/** Whole cores whose profile lies on a small file system that fills up, is read-only, and recovers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { profilePaths } from '../../src/core/profile.ts';
import { startPerson, until, type Person } from '../support/cores.ts';
import { startScripted } from '../support/irc/scripted.ts';
import { mountSmallDisk } from '../support/smallDisk.ts';
import { connected, delivered, network, nickConfig, start, theirs } from './pair.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-core-disk-'));
const disk = mountSmallDisk(join(folder, 'disk'));
afterAll(() => {
  disk?.unmount();
  rmSync(folder, { recursive: true });
});

/** What a test before it left, or a first try, is gone. */
beforeEach(() => {
  disk?.setReadOnly(false);
  disk?.makeRoom();
});

async function profileOnDisk(name: string, config: string): Promise<string> {
  const directory = join(folder, 'disk', `${name}-${crypto.randomUUID()}`);
  const { configFile } = profilePaths(directory, {});
  await mkdir(dirname(configFile), { recursive: true });
  await writeFile(configFile, config);
  return directory;
}

/** Texts that were taken before one was refused. */
async function writeUntilRefused(person: Person, buffer: BufferId): Promise<string[]> {
  const taken: string[] = [];
  for (let number = 1; number <= 300; number += 1) {
    const text = `text ${number} ${'x'.repeat(8_000)}`;
    try {
      await person.input(buffer, text);
      taken.push(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'storage' });
      return taken;
    }
  }
  throw new Error('the disk never was full');
}
const problem = async (person: Person): Promise<string | null> => (await person.snapshot()).storage.problem;
const toldOf = ({ events }: Person): (string | null)[] =>
  events.flatMap((event) => (event.name === 'storage' ? [event.payload.problem] : []));

if (disk) {
  test('a private conversation goes through a full disk: what was taken arrives once, what was refused never', async () => {
    const net = network();
    const directory = await profileOnDisk('alice', nickConfig('alice'));
    const { alice, bob, a, b } = await connected(net, { alice: { directory } });
    await bob.input(b, 'before');
    await delivered(bob, b, 1);

    disk.fill();
    const taken = await writeUntilRefused(alice, a);
    await until('alice is told', async () => (await problem(alice))?.startsWith('The disk is full.') === true);
    await bob.input(b, 'while it is full');
    await until('her Sotto keeps silent', async () =>
      (await alice.client.call('diagnostics.read', {})).dropped.some(({ reason, count }) => reason === 'store' && count > 0),
    );
    expect(await theirs(alice, a)).toEqual(['before']);
    disk.makeRoom();
    await until('alice is told that it is over', async () => (await problem(alice)) === null);
    await delivered(bob, b, 2, true);
    await delivered(alice, a, taken.length, true);
    expect(await theirs(alice, a)).toEqual(['before', 'while it is full']);
    expect(await theirs(bob, b)).toEqual(taken);

    const words = toldOf(alice);
    expect(words.map((text) => text !== null)).toEqual([true, false]);
    expect(alice.events.filter((event) => event.name === 'notice' && event.payload.severity === 'info')).toHaveLength(1);

    await alice.stop();
    const again = await start('alice', net, { directory });
    await again.input(a, 'after it all');
    await bob.input(b, 'still here');
    await Promise.all([delivered(again, a, taken.length + 1, true), delivered(bob, b, 3, true)]);
    expect(await theirs(again, a)).toEqual(['before', 'while it is full', 'still here']);
    expect(await theirs(bob, b)).toEqual([...taken, 'after it all']);
  });

  test('what IRC says on a full disk is shown at once, also in conversations that are new, and is stored when there is room', async () => {
    const irc = await startScripted();
    const config = `[servers.test]\nnickname = "me"\nserver = "127.0.0.1"\nport = ${irc.port}\nuse_tls = false\nchannels = ["#room"]\n`;
    const directory = await profileOnDisk('me', config);
    const net = network();
    const begin = (): Promise<Person> => startPerson({ name: 'me', overlay: () => createLoopbackOverlay(net), directory });
    const person = await begin();
    await irc.greet({ caps: 'message-tags server-time' });
    await irc.hear(/^JOIN /);
    irc.say(':me!me@host.test JOIN #room', ':irc.test 353 me = #room :me ann', ':irc.test 366 me #room :End');
    const buffer = await until('#room', async () => (await person.snapshot()).buffers.find(({ name }) => name === '#room'));
    await person.client.call('buffers.show', { buffers: [buffer.id] });
    disk.fill();
    const many = Array.from({ length: 500 }, (_unused, index) => `line ${index} ${'y'.repeat(400)}`);
    irc.say(...many.map((text) => `:ann!a@h.test PRIVMSG #room :${text}`));
    await until('it is told', async () => (await problem(person))?.startsWith('The disk is full.') === true);
    irc.say(':zoe!z@h.test PRIVMSG me :nobody knew me', ':ann!a@h.test PRIVMSG #room :the last');
    const shown = (): string[] =>
      person.events.flatMap((event) => (event.name === 'messages' ? event.payload.messages.map(({ text }) => text) : []));
    await until('all is shown', () => shown().includes('the last'));
    expect(shown().filter((text) => text.startsWith('line '))).toEqual(many);
    disk.makeRoom();
    await until('it is over', async () => (await problem(person)) === null);
    const zoe = await until('zoe', async () => (await person.snapshot()).buffers.find(({ name }) => name === 'zoe'));
    expect(await person.said(zoe.id)).toEqual(['they: nobody knew me']);
    await person.stop();

    const again = await begin();
    const stored = await again.said(buffer.id);
    expect(stored.at(-1)).toBe('they: the last');
    expect(stored.slice(-21, -1)).toEqual(many.slice(-20).map((text) => `they: ${text}`));
    expect(await again.said(zoe.id)).toEqual(['they: nobody knew me']);
  });

  test('a profile on a full or read-only disk does not start, says where room is missing, and starts as it was', async () => {
    const directory = await profileOnDisk('late', nickConfig('late'));
    const net = network();
    const begin = (): Promise<Person> => start('late', net, { directory });
    const first = await begin();
    const { fingerprint } = await first.snapshot();
    await first.stop();
    disk.fill();
    await expect(begin()).rejects.toThrow(/The disk is full.*data and .*state/);
    disk.makeRoom();
    disk.setReadOnly(true);
    await expect(begin()).rejects.toThrow(/have to be writable/);
    disk.setReadOnly(false);
    const again = await begin();
    expect((await again.snapshot()).fingerprint).toBe(fingerprint);
    expect(again.log.join('\n')).not.toContain('starts a new session');
  });
}
