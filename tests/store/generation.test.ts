import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { mountSmallDisk } from '../support/smallDisk.ts';
import { addContact, bytes, channel, line, newFolder, open, session, T0, type Folder } from './support.ts';

const run = async (folder: Folder): Promise<{ generation: number; rolledBack: boolean }> => {
  const { store, generation, rolledBack } = await open(folder);
  await store.close();
  return { generation, rolledBack };
};
const counter = (folder: Folder): number => Number(readFileSync(join(folder.stateDirectory, 'generation'), 'utf8'));
const copyOf = (folder: Folder): string => `${folder.dataDirectory}.copy`;
const save = (folder: Folder): void => {
  cpSync(folder.dataDirectory, copyOf(folder), { recursive: true });
};
const restore = (folder: Folder): void => {
  rmSync(folder.dataDirectory, { recursive: true });
  cpSync(copyOf(folder), folder.dataDirectory, { recursive: true });
};

test('each start advances the counter in the database and in the file', async () => {
  const folder = newFolder();
  expect(await run(folder)).toEqual({ generation: 1, rolledBack: false });
  expect(await run(folder)).toEqual({ generation: 2, rolledBack: false });
  expect(counter(folder)).toBe(2);
  const { store } = await open(folder);
  expect(await store.advanceGeneration()).toBe(4);
  expect(counter(folder)).toBe(4);
});

test('an older copy of the database is told, at every start, until sessions were retired', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { contact, buffer } = await addContact(store);
  await store.queue({ contact, mid: 'aa', payload: bytes(1), message: line(buffer, 'hello'), created: T0 });
  await store.commitSeal({
    contact,
    session: session('5e', null),
    retire: [],
    mid: 'aa',
    packet: bytes(2),
    ackTag: bytes(3),
    sealedAt: T0,
  });
  await store.close();
  save(folder);
  await run(folder);
  restore(folder);

  expect(await run(folder)).toEqual({ generation: 3, rolledBack: true });
  const { store: second, rolledBack } = await open(folder);
  expect(rolledBack).toBe(true);
  await second.retireSessions(null);
  expect(await second.listSessions(null)).toMatchObject([{ id: '5e', active: false }]);
  expect(await second.outbox(contact)).toMatchObject([{ mid: 'aa', payload: bytes(1), packet: null, session: null, ackTag: null }]);
  await second.close();
  expect((await run(folder)).rolledBack).toBe(false);
});

test('a database that was deleted while the counter stayed counts as rolled back', async () => {
  const folder = newFolder();
  await run(folder);
  rmSync(folder.dataDirectory, { recursive: true });
  expect((await run(folder)).rolledBack).toBe(true);
});

test('a database ahead of the file (a crash between the two) is no rollback', async () => {
  const folder = newFolder();
  await run(folder);
  await run(folder);
  rmSync(join(folder.stateDirectory, 'generation'));
  expect(await run(folder)).toEqual({ generation: 3, rolledBack: false });
  expect(counter(folder)).toBe(3);
});

test('lines of buffers that an older copy does not know never show up in new buffers', async () => {
  const folder = newFolder();
  const first = await open(folder);
  await channel(first.store, '#one');
  await first.store.close();
  cpSync(join(folder.dataDirectory, 'private.db'), `${folder.dataDirectory}.copy`);
  const second = await open(folder);
  const { id } = await channel(second.store, '#two');
  await second.store.appendIrc([{ message: line(id, 'from the future'), msgid: null }]);
  await second.store.close();
  cpSync(`${folder.dataDirectory}.copy`, join(folder.dataDirectory, 'private.db'));

  const third = await open(folder);
  const other = await channel(third.store, '#three');
  expect(other.id).toBe(id);
  expect((await third.store.page({ buffer: other.id, before: null, limit: 10 })).messages).toEqual([]);
});

/** The counter on a file system of its own, where one can be made. */
const folder = mkdtempSync(join(tmpdir(), 'sotto-generation-'));
const disk = mountSmallDisk(join(folder, 'disk'));
beforeEach(() => {
  disk?.setReadOnly(false);
  disk?.makeRoom();
});
afterAll(() => {
  disk?.unmount();
  rmSync(folder, { recursive: true });
});

if (disk) {
  test('a counter that cannot be written, on a full disk or a read-only one, is refused, stays whole, and is no rollback afterwards', async () => {
    const apart: Folder = { dataDirectory: newFolder().dataDirectory, stateDirectory: join(folder, 'disk', crypto.randomUUID()) };
    const { store } = await open(apart);
    expect(counter(apart)).toBe(1);
    const refused = async (code: string): Promise<void> => {
      await expect(store.advanceGeneration()).rejects.toMatchObject({ code });
      expect(counter(apart)).toBe(1);
      // The rest of the store is on another disk and goes on.
      await store.putSecret('meanwhile', bytes(7));
    };
    disk.fill();
    await refused('diskFull');
    disk.makeRoom();
    disk.setReadOnly(true);
    await refused('readOnly');
    disk.setReadOnly(false);
    // The database went ahead each time: the next counter is above both.
    expect(await store.advanceGeneration()).toBe(4);
    expect(counter(apart)).toBe(4);
    await store.close();

    disk.fill();
    await expect(open(apart)).rejects.toMatchObject({ code: 'diskFull' });
    disk.makeRoom();
    disk.setReadOnly(true);
    await expect(open(apart)).rejects.toMatchObject({ code: 'readOnly' });
    disk.setReadOnly(false);
    const again = await open(apart);
    expect(again).toMatchObject({ rolledBack: false });
    expect(again.generation).toBeGreaterThan(4);
    expect(counter(apart)).toBe(again.generation);
    expect(await again.store.getSecret('meanwhile')).toEqual(bytes(7));
  });
}
