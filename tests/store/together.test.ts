import { expect, test } from 'vitest';
import type { ContactId } from '../../src/contract/ids.ts';
import { MAX_PACKET_BYTES } from '../../src/store/store.ts';
import { addContact, bytes, line, newFolder, open, openNew, T0 } from './support.ts';

const row = (contact: ContactId, mid: string, size = 1) => ({
  contact,
  mid,
  payload: new Uint8Array(size),
  message: null,
  created: T0,
});

test('operations that are committed together still succeed and fail each on their own', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { contact, buffer } = await addContact(store);
  const message = line(buffer, 'never stored', { self: true });
  const results = await Promise.allSettled([
    store.queue(row(contact, 'aa')),
    store.queue({ ...row(contact, 'bb', MAX_PACKET_BYTES + 1), message }),
    store.queue(row(contact, 'aa')),
    store.queue(row(contact, 'cc')),
    store.outbox(contact),
    store.acknowledge({ contact, mids: ['aa'] }),
    store.outbox(contact),
  ]);
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  const mids = (result: (typeof results)[number] | undefined): unknown =>
    result?.status === 'fulfilled' && Array.isArray(result.value) ? result.value.map((each) => ('mid' in each ? each.mid : null)) : null;
  expect([mids(results[4]), mids(results[6])]).toEqual([['aa', 'cc'], ['cc']]);
  await store.close();
  const again = await open(folder);
  expect((await again.store.outbox(contact)).map(({ mid }) => mid)).toEqual(['cc']);
  expect((await again.store.page({ buffer, before: null, limit: 5 })).messages).toEqual([]);
});

test('many operations at once are answered each with its own result, whatever lies between them', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  const numbers = Array.from({ length: 200 }, (_, index) => index);
  const names = await Promise.all(
    numbers.map(async (index) => {
      await store.queue(row(contact, `a${index}`));
      await store.putSecret(`secret ${index}`, bytes(index % 256));
      return [
        (await store.outbox(contact)).filter(({ mid }) => mid === `a${index}`).length,
        (await store.getSecret(`secret ${index}`))?.[0],
      ];
    }),
  );
  expect(names).toEqual(numbers.map((index) => [1, index % 256]));
});
