import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addContact, bytes, channel, line, newFolder, open, openNew, T0, type Folder } from './support.ts';

const mode = (path: string): number => statSync(path).mode & 0o777;
const keyFile = (folder: Folder): string => join(folder.stateDirectory, 'store.key');

test('neither file, nor its write-ahead log, shows SQLite or a stored text', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const marker = 'marmalade-on-toast';
  const { id } = await channel(store);
  const { contact, buffer } = await addContact(store, { nickname: `${marker}-name` });
  await store.appendIrc([{ message: line(id, `${marker} in a channel`), msgid: null }]);
  await store.queue({ contact, mid: 'aa', payload: new TextEncoder().encode(marker), message: line(buffer, marker), created: T0 });
  await store.putSecret('identity', new TextEncoder().encode(marker));

  const names = readdirSync(folder.dataDirectory);
  expect(names).toEqual(expect.arrayContaining(['private.db', 'private.db-wal', 'irc.db', 'irc.db-wal']));
  for (const closed of [false, true]) {
    if (closed) await store.close();
    for (const name of readdirSync(folder.dataDirectory)) {
      const raw = readFileSync(join(folder.dataDirectory, name));
      expect(raw.includes('marmalade'), name).toBe(false);
      expect(raw.includes('CREATE TABLE'), name).toBe(false);
      if (name.endsWith('.db')) expect(raw.subarray(0, 15).toString('latin1')).not.toBe('SQLite format 3');
    }
  }
  const again = await open(folder);
  expect((await again.store.page({ buffer: id, before: null, limit: 10 })).messages[0]?.text).toBe(`${marker} in a channel`);
});

test('files and folders are for their owner only', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  await store.putSecret('a', bytes(1));
  for (const directory of [folder.dataDirectory, folder.stateDirectory]) {
    expect(mode(directory)).toBe(0o700);
    for (const name of readdirSync(directory)) expect(mode(join(directory, name)), name).toBe(0o600);
  }
});

test('the key file is versioned JSON with one wrap', async () => {
  const folder = newFolder();
  await open(folder);
  const file: unknown = JSON.parse(readFileSync(keyFile(folder), 'utf8'));
  expect(file).toEqual({ version: 1, wraps: [{ kind: 'file', key: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown }] });
});

test('a database without its key is refused, and no new key is made', async () => {
  const folder = newFolder();
  await (await open(folder)).store.close();
  renameSync(keyFile(folder), `${keyFile(folder)}.away`);
  await expect(open(folder)).rejects.toMatchObject({ code: 'keyMissing' });
  expect(existsSync(keyFile(folder))).toBe(false);
  renameSync(`${keyFile(folder)}.away`, keyFile(folder));
  await expect(open(folder)).resolves.toMatchObject({ rolledBack: false });
});

test('irc.db alone is a database, too, and wants its key', async () => {
  const folder = newFolder();
  await (await open(folder)).store.close();
  rmSync(keyFile(folder));
  rmSync(join(folder.dataDirectory, 'private.db'));
  await expect(open(folder)).rejects.toMatchObject({ code: 'keyMissing' });
});

test('another key is refused as wrong and changes nothing', async () => {
  const folder = newFolder();
  const other = newFolder();
  const first = await open(folder);
  await first.store.putSecret('a', bytes(7));
  await first.store.close();
  await (await open(other)).store.close();
  const own = readFileSync(keyFile(folder), 'utf8');
  copyFileSync(keyFile(other), keyFile(folder));
  await expect(open(folder)).rejects.toMatchObject({ code: 'wrongKey' });
  writeFileSync(keyFile(folder), own);
  const again = await open(folder);
  expect(await again.store.getSecret('a')).toEqual(bytes(7));
  expect(again.ircDamaged).toBe(false);
});

test('a key file that holds no key is refused beside a database and replaced before there is one', async () => {
  const folder = newFolder();
  await (await open(folder)).store.close();
  writeFileSync(keyFile(folder), '{"version":1,');
  await expect(open(folder)).rejects.toMatchObject({ code: 'wrongKey' });
  rmSync(folder.dataDirectory, { recursive: true });
  await expect(open(folder)).resolves.toBeDefined();
});

test('a key file with unknown wraps is never replaced', async () => {
  const folder = newFolder();
  mkdirSync(folder.stateDirectory, { recursive: true });
  const text = JSON.stringify({ version: 1, wraps: [{ kind: 'keyring', key: 'sealed' }] });
  writeFileSync(keyFile(folder), text, { mode: 0o600 });
  await expect(open(folder)).rejects.toMatchObject({ code: 'wrongKey' });
  expect(readFileSync(keyFile(folder), 'utf8')).toBe(text);
});

test('a key file that others may read is tightened', async () => {
  const folder = newFolder();
  await (await open(folder)).store.close();
  chmodSync(keyFile(folder), 0o644);
  await open(folder);
  expect(mode(keyFile(folder))).toBe(0o600);
});

test('secrets come back as they were put, and can be replaced and deleted', async () => {
  const store = await openNew();
  const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
  await store.putSecret('a', view);
  expect(await store.getSecret('a')).toEqual(bytes(1, 2));
  await store.putSecret('a', bytes(3));
  expect(await store.getSecret('a')).toEqual(bytes(3));
  await store.deleteSecret('a');
  expect(await store.getSecret('a')).toBeNull();
});

test('an aborted opening rejects with the reason of the signal', async () => {
  const reason = new Error('no longer wanted');
  const controller = new AbortController();
  const opening = open({ ...newFolder(), signal: controller.signal });
  controller.abort(reason);
  await expect(opening).rejects.toBe(reason);
});
