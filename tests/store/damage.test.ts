import { closeSync, openSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { addContact, bytes, channel, line, newFolder, open, T0, type Folder } from './support.ts';

const path = (folder: Folder, name: string): string => join(folder.dataDirectory, name);
const setAside = (folder: Folder): string[] => readdirSync(folder.dataDirectory).filter((name) => /^irc\.db\.damaged-\d+$/.test(name));

const overwrite = (file: string, from: number, length: number): void => {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, new Uint8Array(length).fill(0x5a), 0, length, from);
  closeSync(descriptor);
};
const damagePages = (file: string): void => {
  overwrite(file, 4_096, statSync(file).size - 4_096);
};

/** A private line and 4,000 IRC lines. */
const fill = async (store: Store, length: number) => {
  const { id } = await channel(store);
  const { contact, buffer } = await addContact(store);
  await store.queue({ contact, mid: 'aa', payload: bytes(1), message: line(buffer, 'private', { self: true }), created: T0 });
  const batch = () => store.appendIrc(Array.from({ length: 100 }, () => ({ message: line(id, 'x'.repeat(length)), msgid: null })));
  await Promise.all(Array.from({ length: 40 }, batch));
  return { channel: id, buffer };
};
const filled = async (length = 100) => {
  const folder = newFolder();
  const { store } = await open(folder);
  const ids = await fill(store, length);
  await store.close();
  return { folder, ...ids };
};
const privateTexts = async (store: Store, buffer: Awaited<ReturnType<typeof fill>>['buffer']) =>
  (await store.page({ buffer, before: null, limit: 5 })).messages.map(({ text }) => text);

test.each<[string, (file: string) => void]>([
  [
    'its first page is damaged',
    (file) => {
      overwrite(file, 200, 16);
    },
  ],
  [
    'its beginning is gone',
    (file) => {
      overwrite(file, 0, 64);
    },
  ],
  ['later pages are damaged', damagePages],
  [
    'it ends too early',
    (file) => {
      truncateSync(file, 10_000);
    },
  ],
  [
    'it is damaged, but too large to be checked at each start',
    (file) => {
      writeFileSync(file, new Uint8Array(20_000_000), { flag: 'a' });
      damagePages(file);
    },
  ],
  [
    'it is something else',
    (file) => {
      writeFileSync(file, 'not a database');
    },
  ],
])('irc.db is set aside and made anew when %s; private.db is not affected', async (_, damage) => {
  const { folder, buffer, channel: id } = await filled();
  damage(path(folder, 'irc.db'));
  const { store, ircDamaged } = await open(folder);
  expect(ircDamaged).toBe(true);
  expect(setAside(folder)).toHaveLength(1);
  expect(await privateTexts(store, buffer)).toEqual(['private']);
  await store.appendIrc([{ message: line(id, 'new'), msgid: null }]);
  await store.close();
  const again = await open(folder);
  expect(again.ircDamaged).toBe(false);
  expect((await again.store.page({ buffer: id, before: null, limit: 5 })).messages.map(({ text }) => text)).toEqual(['new']);
});

test('irc.db that proves damaged while running is replaced, and no call fails', async () => {
  // More than is checked at the start, and more than the page cache holds: lines have to be read from the file.
  const { folder, channel: id, buffer } = await filled(5_000);
  const onIrcDamaged = vi.fn();
  const { store, ircDamaged } = await open({ ...folder, onIrcDamaged });
  expect(ircDamaged).toBe(false);
  damagePages(path(folder, 'irc.db'));
  for (let before = await store.lastPlace(id); before !== null;) {
    const { messages } = await store.page({ buffer: id, before, limit: 200 });
    before = messages[0] ?? null;
  }
  expect(onIrcDamaged).toHaveBeenCalledTimes(1);
  await store.appendIrc([{ message: line(id, 'new'), msgid: null }]);
  expect((await store.page({ buffer: id, before: null, limit: 5 })).messages.map(({ text }) => text)).toEqual(['new']);
  expect(setAside(folder)).toHaveLength(1);
  expect(await privateTexts(store, buffer)).toEqual(['private']);
});

test('only the newest damaged files are kept', async () => {
  const folder = newFolder();
  for (let index = 0; index < 5; index += 1) {
    const { store } = await open(folder);
    await store.close();
    writeFileSync(path(folder, 'irc.db'), `garbage ${index}`);
  }
  await open(folder);
  const kept = setAside(folder).sort();
  expect(kept.map((name) => readFileSync(path(folder, name), 'utf8'))).toEqual(['garbage 2', 'garbage 3', 'garbage 4']);
});

test.each<[string, (file: string) => void]>([
  [
    'in its first page',
    (file) => {
      overwrite(file, 200, 16);
    },
  ],
  ['in later pages', damagePages],
])('private.db damaged %s is refused with a sentence and left as it is', async (_, damage) => {
  const { folder } = await filled();
  const file = path(folder, 'private.db');
  damage(file);
  const before = readFileSync(file);
  await expect(open(folder)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('damaged') as unknown });
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(setAside(folder)).toEqual([]);
});
