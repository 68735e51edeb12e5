import { expect, test } from 'vitest';
import { addContact, bytes, DAY, newFolder, open, openNew, received, session, somebody, T0 } from './support.ts';

test('what was chosen for one contact is kept, and can be left open again', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { id } = await store.insertContact(somebody);
  expect((await store.listContacts())[0]).toMatchObject({ readReceipts: null, presence: null, cover: null });
  await store.updateContact({ id, change: { readReceipts: false, presence: true, cover: true } });
  await store.updateContact({ id, change: { cover: null } });
  await store.close();
  const again = await open(folder);
  expect((await again.store.listContacts())[0]).toMatchObject({ readReceipts: false, presence: true, cover: null });
});

test('a removed contact leaves the ids of its hellos, as long as the prekey they were made for', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  const until = T0 + 30 * DAY;
  await store.commitReceive(received({ id: contact, change: null }, session('5e', null), { hello: { id: 'ab', until } }));
  await store.removeContact({ id: contact, block: false, now: T0 });
  await store.prune(T0 + 29 * DAY);
  expect(await store.isKnownHello('ab')).toBe(true);
  await store.prune(until + 1);
  expect(await store.isKnownHello('ab')).toBe(false);
});

test('a backup comes in as a whole, into a profile that knows nobody, or not at all', async () => {
  const store = await openNew();
  await store.putSecret('identity', bytes(1));
  const restored = {
    secrets: [{ name: 'identity', bytes: bytes(2) }],
    contacts: [
      { ...somebody, nickname: 'one', fingerprint: bytes(1), readReceipts: true },
      { ...somebody, nickname: 'two', state: 'blocked' as const },
    ],
    blocked: [
      { fingerprint: bytes(9), time: T0 },
      { fingerprint: bytes(8), time: T0 - DAY },
    ],
  };
  // A name that the store does not take: nothing of the rest is there either.
  const broken = { ...restored, contacts: [...restored.contacts, { ...somebody, nickname: 'x'.repeat(2_000) }] };
  await expect(store.restore(broken)).rejects.toMatchObject({ code: 'limit' });
  expect(await store.listContacts()).toEqual([]);
  expect(await store.listBlocked()).toEqual([]);
  expect(await store.getSecret('identity')).toEqual(bytes(1));

  await store.restore(restored);
  expect(await store.getSecret('identity')).toEqual(bytes(2));
  expect((await store.listContacts()).map(({ nickname, state, readReceipts }) => ({ nickname, state, readReceipts }))).toEqual([
    { nickname: 'one', state: 'active', readReceipts: true },
    { nickname: 'two', state: 'blocked', readReceipts: null },
  ]);
  expect(await store.listBlocked()).toEqual([restored.blocked[1], restored.blocked[0]]);
  await expect(store.restore(restored)).rejects.toMatchObject({ code: 'conflict' });
  expect(await store.listContacts()).toHaveLength(2);
});
