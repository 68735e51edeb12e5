import { expect, test } from 'vitest';
import { MAX_OUTBOX_ROWS, MAX_PACKET_BYTES, MAX_SEALED_PACKETS, type Store } from '../../src/store/store.ts';
import type { ContactId } from '../../src/contract/ids.ts';
import { addContact, bytes, line, newFolder, open, openNew, session, T0 } from './support.ts';

const receipts = async (store: Store, buffer: Awaited<ReturnType<typeof addContact>>['buffer']) =>
  (await store.page({ buffer, before: null, limit: 50 })).messages.map(({ receipt }) => receipt);
const control = (contact: ContactId, mid: string) => ({ contact, mid, payload: bytes(1), message: null, created: T0 });
const seal = (contact: ContactId, mid: string | null, version: number | null) => ({
  contact,
  session: session('5e', version),
  retire: [],
  mid,
  packet: mid === null ? null : bytes(9, 9),
  ackTag: bytes(7),
  sealedAt: T0 + 5,
});

test('a queued message is a line and an outbox row, and both are there after a restart', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { contact, buffer } = await addContact(store);
  const message = line(buffer, 'hello', { self: true });
  await store.queue({ contact, mid: 'aa', payload: bytes(1, 2), message, created: T0 });
  await store.close();
  const again = await open(folder);
  expect((await again.store.page({ buffer, before: null, limit: 5 })).messages).toEqual([
    { ...message, receipt: { state: 'queued', reason: null } },
  ]);
  expect(await again.store.outbox(contact)).toEqual([
    {
      mid: 'aa',
      contact,
      payload: bytes(1, 2),
      packet: null,
      session: null,
      ackTag: null,
      sealedAt: null,
      attempts: 0,
      nextTry: 0,
      state: 'queued',
      error: null,
      message: message.id,
      buffer,
      created: T0,
    },
  ]);
});

test('the session and the packet sealed by it are committed together', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  await store.queue(control(contact, 'aa'));
  await store.commitSeal(seal(contact, 'aa', null));
  expect(await store.listSessions(contact)).toEqual([
    { id: '5e', contact, helloId: null, bytes: bytes(1), version: 1, created: T0, active: true, used: T0 + 5 },
  ]);
  expect(await store.outbox(contact)).toMatchObject([{ packet: bytes(9, 9), session: '5e', ackTag: bytes(7), sealedAt: T0 + 5 }]);
});

test('a session of another version, or of another contact, is a conflict and nothing of the seal is stored', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  const other = await addContact(store);
  await store.queue(control(contact, 'aa'));
  await store.commitSeal(seal(contact, null, null));
  await expect(store.commitSeal(seal(contact, 'aa', 2))).rejects.toMatchObject({ code: 'conflict' });
  await expect(store.commitSeal(seal(contact, 'aa', null))).rejects.toMatchObject({ code: 'conflict' });
  await expect(store.commitSeal(seal(other.contact, null, 1))).rejects.toMatchObject({ code: 'conflict' });
  expect(await store.listSessions(null)).toMatchObject([{ version: 1 }]);
  expect(await store.outbox(contact)).toMatchObject([{ packet: null }]);
});

test('sealing a message that is not waiting any more leaves the session as it was', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  await store.commitSeal(seal(contact, null, null));
  await expect(store.commitSeal(seal(contact, 'gone', 1))).rejects.toMatchObject({ code: 'conflict' });
  expect(await store.listSessions(contact)).toMatchObject([{ version: 1 }]);
});

test('a receipt moves from queued to sent, delivered and read, and never back', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  const message = line(buffer, 'hello', { self: true });
  await store.queue({ contact, mid: 'aa', payload: bytes(1), message, created: T0 });
  const change = (state: string) => ({ buffer, message: message.id, receipt: { state, reason: null } });

  expect(await store.setOutbox({ mid: 'aa', attempts: 1, nextTry: 99, error: 'route unreachable' })).toEqual({
    ...change('queued'),
    receipt: { state: 'queued', reason: 'route unreachable' },
  });
  expect(await store.outbox(contact)).toMatchObject([{ attempts: 1, nextTry: 99, error: 'route unreachable', state: 'queued' }]);
  expect(await store.setOutbox({ mid: 'aa', sent: true, error: null })).toEqual(change('sent'));
  expect(await store.outbox(contact)).toMatchObject([{ attempts: 1, error: null, state: 'sent' }]);
  expect(await store.setOutbox({ mid: 'aa', sent: true })).toBeNull();
  expect(await store.acknowledge({ contact, mids: ['unknown', 'aa'] })).toEqual([change('delivered')]);
  expect(await store.outbox(contact)).toEqual([]);
  expect(await store.acknowledge({ contact, mids: ['aa'] })).toEqual([]);
  expect(await store.markRead({ contact, mids: ['aa'] })).toEqual([change('read')]);
  expect(await store.acknowledge({ contact, mids: ['aa'] })).toEqual([]);
  expect(await receipts(store, buffer)).toEqual([{ state: 'read', reason: null }]);
});

test('a contact cannot acknowledge what was sent to another', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  const other = await addContact(store);
  await store.queue({ contact, mid: 'aa', payload: bytes(1), message: line(buffer, 'hello', { self: true }), created: T0 });
  expect(await store.acknowledge({ contact: other.contact, mids: ['aa'] })).toEqual([]);
  expect(await store.outbox(contact)).toHaveLength(1);
  expect(await receipts(store, buffer)).toMatchObject([{ state: 'queued' }]);
});

test('a message that is given up says why', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  const message = line(buffer, 'hello', { self: true });
  await store.queue({ contact, mid: 'aa', payload: bytes(1), message, created: T0 });
  const receipt = { state: 'failed', reason: 'Alice does not answer.' };
  expect(await store.failOutbox({ mid: 'aa', reason: 'Alice does not answer.' })).toEqual({ buffer, message: message.id, receipt });
  expect(await receipts(store, buffer)).toEqual([receipt]);
  expect(await store.outbox(null)).toEqual([]);
  expect(await store.failOutbox({ mid: 'aa', reason: 'again' })).toBeNull();
});

test('a dropped packet leaves its payload to be sealed anew under the same id', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  await store.queue(control(contact, 'aa'));
  await store.commitSeal(seal(contact, 'aa', null));
  await store.dropPacket('aa');
  expect(await store.outbox(contact)).toMatchObject([{ mid: 'aa', payload: bytes(1), packet: null, session: '5e', ackTag: null }]);
  await store.commitSeal(seal(contact, 'aa', 1));
  await store.removeSession('5e');
  expect(await store.outbox(contact)).toMatchObject([{ packet: null, session: null }]);
  expect(await store.listSessions(contact)).toEqual([]);
});

test('rows come in the order of queuing, for one contact or for all', async () => {
  const store = await openNew();
  const one = await addContact(store);
  const two = await addContact(store);
  await store.queue(control(two.contact, 'b1'));
  await store.queue(control(one.contact, 'a1'));
  await store.queue(control(two.contact, 'b2'));
  expect((await store.outbox(null)).map(({ mid }) => mid)).toEqual(['b1', 'a1', 'b2']);
  expect((await store.outbox(two.contact)).map(({ mid }) => mid)).toEqual(['b1', 'b2']);
  await expect(store.queue(control(one.contact, 'b1'))).rejects.toMatchObject({ code: 'conflict' });
});

test('the outbox of a contact is bounded, a refused message leaves no line, and others are not affected', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  const other = await addContact(store);
  await Promise.all(Array.from({ length: MAX_OUTBOX_ROWS }, (_, index) => store.queue(control(contact, `a${index}`))));
  const one = { contact, mid: 'more', payload: bytes(1), message: line(buffer, 'more', { self: true }), created: T0 };
  await expect(store.queue(one)).rejects.toMatchObject({ code: 'limit' });
  expect((await store.page({ buffer, before: null, limit: 5 })).messages).toEqual([]);
  await store.queue(control(other.contact, 'b'));
  await store.acknowledge({ contact, mids: ['a0'] });
  await store.queue(one);
});

test('sealed packets that wait for an answer are bounded; sealing one of them again is not', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  await store.commitSeal(seal(contact, null, null));
  const mids = Array.from({ length: MAX_SEALED_PACKETS + 1 }, (_, index) => `a${index}`);
  await Promise.all(mids.map((mid) => store.queue(control(contact, mid))));
  await Promise.all(mids.slice(0, MAX_SEALED_PACKETS).map((mid, index) => store.commitSeal(seal(contact, mid, index + 1))));
  await expect(store.commitSeal(seal(contact, `a${MAX_SEALED_PACKETS}`, MAX_SEALED_PACKETS + 1))).rejects.toMatchObject({ code: 'limit' });
  await store.commitSeal(seal(contact, 'a0', MAX_SEALED_PACKETS + 1));
});

test('a payload larger than a packet is refused, and so is a line for a buffer that does not exist', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  const message = line(buffer, 'big', { self: true });
  const big = { contact, mid: 'aa', payload: new Uint8Array(MAX_PACKET_BYTES + 1), message, created: T0 };
  await expect(store.queue(big)).rejects.toMatchObject({ code: 'limit' });
  expect((await store.page({ buffer, before: null, limit: 5 })).messages).toEqual([]);
  await store.removeContact({ id: contact, block: false, now: T0 });
  await expect(store.queue({ ...big, payload: bytes(1) })).rejects.toMatchObject({ code: 'conflict' });
  expect(await store.lastMessageId()).toBe(0);
});
