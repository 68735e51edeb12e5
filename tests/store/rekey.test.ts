import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readKeyFile } from '../../src/store/store.ts';
import { bytes, channel, line, newFolder, open, type Folder } from './support.ts';

const NEW = 'ab'.repeat(32);
const plainKey = ({ stateDirectory }: Folder): string => {
  const file = readKeyFile(stateDirectory);
  if (file.kind !== 'plain') throw new Error('no plain key');
  return file.key;
};
const heads = ({ dataDirectory }: Folder): string[] =>
  ['private.db', 'irc.db'].map((name) => readFileSync(join(dataDirectory, name)).subarray(0, 16).toString('hex'));

/** A line in irc.db, a secret in private.db. */
const filled = async (): Promise<{ folder: Folder; old: string }> => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { id } = await channel(store);
  await store.appendIrc([{ message: line(id, 'said before'), msgid: null }]);
  await store.putSecret('a', bytes(7));
  await store.close();
  return { folder, old: plainKey(folder) };
};
const holds = async (folder: Folder, keys: readonly [string, ...string[]]): Promise<void> => {
  const { store, ircDamaged, rolledBack } = await open({ ...folder, keys });
  expect({ ircDamaged, rolledBack }).toEqual({ ircDamaged: false, rolledBack: false });
  expect(await store.getSecret('a')).toEqual(bytes(7));
  const [buffer] = await store.listBuffers();
  expect(buffer && (await store.page({ buffer: buffer.id, before: null, limit: 10 })).messages.map(({ text }) => text)).toEqual([
    'said before',
  ]);
  await store.close();
};

test('a new key re-encrypts both files while they are in use, and the old one opens neither', async () => {
  const { folder, old } = await filled();
  const before = heads(folder);
  const { store } = await open(folder);
  await store.rekey(NEW);
  await store.putSecret('b', bytes(8));
  const { id } = await channel(store);
  expect((await store.page({ buffer: id, before: null, limit: 10 })).messages).toHaveLength(1);
  await store.close();
  heads(folder).forEach((head, index) => {
    expect(head).not.toBe(before[index]);
  });
  await expect(open({ ...folder, keys: [old] })).rejects.toMatchObject({ code: 'wrongKey' });
  await holds(folder, [NEW]);
  expect(readdirSync(folder.dataDirectory).filter((name) => name.includes('damaged'))).toEqual([]);
});

test('files that are still under the key of before get the wanted one when they are opened, each on its own', async () => {
  for (const left of ['both', 'irc.db']) {
    const { folder, old } = await filled();
    if (left === 'irc.db') {
      const copy = join(dirname(folder.dataDirectory), 'irc.db');
      cpSync(join(folder.dataDirectory, 'irc.db'), copy);
      const { store } = await open(folder);
      await store.rekey(NEW);
      await store.close();
      cpSync(copy, join(folder.dataDirectory, 'irc.db'));
    }
    await holds(folder, [NEW, old]);
    await holds(folder, [NEW]);
  }
});

test('keys that fit neither file are refused, and nothing is set aside or made', async () => {
  const { folder } = await filled();
  const before = heads(folder);
  await expect(open({ ...folder, keys: [NEW, 'cd'.repeat(32)] })).rejects.toMatchObject({ code: 'wrongKey' });
  expect(heads(folder)).toEqual(before);
});

/** In a mount namespace of its own where that is allowed; else the test has no small disk. */
const smallDisk = (folder: string, name: string, kind = ''): unknown => {
  const child = fileURLToPath(new URL(`children/${name}`, import.meta.url));
  const script = `mount -t tmpfs -o size=6m tmpfs '${folder}' && exec "$@"`;
  const output = execFileSync('unshare', ['-rm', 'sh', '-c', script, 'sh', process.execPath, child, folder, kind], { encoding: 'utf8' });
  return JSON.parse(output);
};

test('a disk that is too full to re-encrypt leaves everything under the old key, and the next start finishes it', () => {
  const folder = dirname(newFolder().dataDirectory);
  mkdirSync(folder, { recursive: true });
  expect(smallDisk(folder, 'fullRekey.ts')).toEqual({
    rekey: 'diskFull',
    goesOn: true,
    keyFile: 'diskFull',
    keyFileAfterwards: 'sealed',
    afterwards: 'kept',
    onlyNew: 'kept',
  });
});

test.each([
  [
    'full',
    'diskFull',
    'The key file was not changed: the disk is full. Make room and try again. What opened the history before still does.',
  ],
  ['read-only', 'readOnly', 'The key file was not changed: its folder is read-only. What opened the history before still does.'],
])(
  'on a %s disk a new profile is refused with nothing left behind, and a change of the key file leaves the old one whole',
  (kind, code, message) => {
    const folder = dirname(newFolder().dataDirectory);
    mkdirSync(folder, { recursive: true });
    expect(smallDisk(folder, 'fullStart.ts', kind)).toEqual({
      fresh: code,
      withRoom: 'opened',
      change: { code, message },
      keyFile: 'plain',
      changeWithRoom: 'written',
      again: 'opened',
    });
  },
);
