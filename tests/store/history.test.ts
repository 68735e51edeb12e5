import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Message } from '../../src/contract/message.ts';
import { MAX_APPEND_LINES, MAX_PAGE_LINES, MAX_TEXT_LENGTH, type Store } from '../../src/store/store.ts';
import { addContact, bytes, channel, line, messageId, newFolder, open, openNew, server, T0 } from './support.ts';

const append = (store: Store, ...messages: Message[]): Promise<void> =>
  store.appendIrc(messages.map((message) => ({ message, msgid: null })));
const texts = (messages: Message[]): string[] => messages.map(({ text }) => text);

test('a line comes back with everything it had', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { id } = await channel(store);
  const full = line(id, '\u0002bold\u0002 ünï', { kind: 'kick', subject: 'bob', self: true, highlight: true, from: null });
  await append(store, full);
  await store.close();
  const again = await open(folder);
  expect(await again.store.page({ buffer: id, before: null, limit: 5 })).toEqual({ messages: [full], more: false });
});

test('pages walk from the newest to the oldest line and never repeat or leave out one, also at equal times', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  const all = Array.from({ length: 25 }, (_, index) => line(id, `${index}`, { time: T0 + Math.floor(index / 5) }));
  await append(store, ...all);
  const seen: string[] = [];
  let before: { time: number; id: Message['id'] } | null = null;
  for (let more = true; more;) {
    const page: { messages: Message[]; more: boolean } = await store.page({ buffer: id, before, limit: 10 });
    seen.unshift(...texts(page.messages));
    before = page.messages[0] ?? null;
    more = page.more;
  }
  expect(seen).toEqual(texts(all));
});

test('a page merges private and IRC lines of one buffer by place', async () => {
  const store = await openNew();
  const query = await store.openBuffer({ kind: 'query', server, contact: null, key: 'alice', name: 'alice' });
  const { contact } = await addContact(store);
  for (let index = 0; index < 10; index += 2) {
    await append(store, line(query.id, `irc ${index}`, { time: T0 + index }));
    const message = line(query.id, `private ${index + 1}`, { time: T0 + index + 1, self: true });
    await store.queue({ contact, mid: `a${index}`, payload: bytes(1), message, created: T0 });
  }
  const first = await store.page({ buffer: query.id, before: null, limit: 4 });
  expect(texts(first.messages)).toEqual(['irc 6', 'private 7', 'irc 8', 'private 9']);
  expect(first.more).toBe(true);
  const second = await store.page({ buffer: query.id, before: first.messages[0] ?? null, limit: 6 });
  expect(texts(second.messages)).toEqual(['irc 0', 'private 1', 'irc 2', 'private 3', 'irc 4', 'private 5']);
  expect(second.more).toBe(false);
});

test('group commit keeps the order of calls, and a page sees what was appended before it', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  const order: number[] = [];
  const calls = Array.from({ length: 50 }, async (_, index) => {
    await append(store, line(id, `${index}`));
    order.push(index);
  });
  const page = await store.page({ buffer: id, before: null, limit: 100 });
  expect(texts(page.messages)).toEqual(Array.from({ length: 50 }, (_, index) => `${index}`));
  await Promise.all(calls);
  expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
});

test('a line with a message id of the server that the buffer has already is left out; other buffers may have it', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  const other = await channel(store, '#other');
  await store.appendIrc([{ message: line(id, 'once'), msgid: 'm1' }]);
  await store.appendIrc([
    { message: line(id, 'again'), msgid: 'm1' },
    { message: line(other.id, 'elsewhere'), msgid: 'm1' },
    { message: line(id, 'next'), msgid: 'm2' },
  ]);
  expect(texts((await store.page({ buffer: id, before: null, limit: 10 })).messages)).toEqual(['once', 'next']);
  expect(texts((await store.page({ buffer: other.id, before: null, limit: 10 })).messages)).toEqual(['elsewhere']);
});

test('appending the same lines twice stores them once', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  const lines = [line(id, 'a'), line(id, 'b')];
  await append(store, ...lines);
  await append(store, ...lines, line(id, 'c'));
  expect(texts((await store.page({ buffer: id, before: null, limit: 10 })).messages)).toEqual(['a', 'b', 'c']);
});

test('unread lines and highlights are those of others after the read marker, which only rises', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  const lines = [
    line(id, 'one'),
    line(id, 'two', { highlight: true }),
    line(id, 'own', { self: true }),
    line(id, 'joined', { kind: 'join' }),
    line(id, 'three', { kind: 'action' }),
  ];
  await append(store, ...lines);
  expect(await store.counters()).toEqual([{ buffer: id, unread: 3, highlights: 1 }]);
  const [first, second] = lines;
  expect(await store.setRead({ buffer: id, upTo: second?.id ?? messageId(1) })).toEqual({ unread: 1, highlights: 0 });
  expect(await store.setRead({ buffer: id, upTo: first?.id ?? messageId(1) })).toEqual({ unread: 1, highlights: 0 });
  expect(await store.listBuffers()).toMatchObject([{ id, readUpTo: second?.id }]);
});

test('every unread line of a query or a private buffer is a highlight', async () => {
  const store = await openNew();
  const query = await store.openBuffer({ kind: 'query', server, contact: null, key: 'bob', name: 'bob' });
  await append(store, line(query.id, 'hi'), line(query.id, 'there'));
  expect(await store.counters()).toEqual([{ buffer: query.id, unread: 2, highlights: 2 }]);
});

test("Sotto's own lines in a private buffer go to private.db: they survive the loss of irc.db", async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { buffer } = await addContact(store);
  await append(store, line(buffer, 'a new session was started', { kind: 'info', from: null }));
  await store.close();
  rmSync(`${folder.dataDirectory}/irc.db`);
  const again = await open(folder);
  expect(texts((await again.store.page({ buffer, before: null, limit: 10 })).messages)).toEqual(['a new session was started']);
});

test('the last line id and the last place are found over both files', async () => {
  const store = await openNew();
  expect(await store.lastMessageId()).toBe(0);
  const { id } = await channel(store);
  const { contact, buffer } = await addContact(store);
  const early = line(id, 'early');
  await append(store, early);
  expect(await store.lastMessageId()).toBe(early.id);
  const late = line(buffer, 'late', { self: true });
  await store.queue({ contact, mid: 'aa', payload: bytes(1), message: late, created: T0 });
  expect(await store.lastMessageId()).toBe(late.id);
  expect(await store.lastPlace(id)).toEqual({ time: early.time, id: early.id });
  expect(await store.lastPlace(buffer)).toEqual({ time: late.time, id: late.id });
  expect(await store.removeLines(id)).toBe(1);
  expect(await store.lastPlace(id)).toBeNull();
});

test('lines of a buffer that does not exist are dropped without harm to the others', async () => {
  const store = await openNew();
  const { contact, buffer: gone } = await addContact(store);
  await store.removeContact({ id: contact, block: false, now: T0 });
  const { id } = await channel(store);
  await append(store, line(gone, 'nowhere'), line(id, 'here'));
  expect(texts((await store.page({ buffer: id, before: null, limit: 10 })).messages)).toEqual(['here']);
  expect(texts((await store.page({ buffer: gone, before: null, limit: 10 })).messages)).toEqual([]);
});

test('too many lines at once, a text without end and a page without end are refused', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  const many = Array.from({ length: MAX_APPEND_LINES + 1 }, () => line(id, 'x'));
  await expect(append(store, ...many)).rejects.toMatchObject({ code: 'limit' });
  await expect(append(store, line(id, 'x'.repeat(MAX_TEXT_LENGTH + 1)))).rejects.toMatchObject({ code: 'limit' });
  await expect(store.page({ buffer: id, before: null, limit: MAX_PAGE_LINES + 1 })).rejects.toMatchObject({ code: 'limit' });
  await append(store, line(id, 'fine'));
  expect(texts((await store.page({ buffer: id, before: null, limit: 10 })).messages)).toEqual(['fine']);
});

test('a buffer is made once, opened again, changed in part, and keeps its draft', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const made = await channel(store);
  expect(made).toMatchObject({
    kind: 'channel',
    server,
    contact: null,
    key: '#sotto',
    name: '#sotto',
    topic: '',
    open: true,
    muted: false,
    readUpTo: null,
    draft: '',
  });
  await store.setBuffer({ id: made.id, open: false, topic: 'news' });
  await store.setDraft({ buffer: made.id, text: 'half a thou' });
  expect(await store.listBuffers()).toEqual([{ ...made, open: false, topic: 'news', draft: 'half a thou' }]);
  expect(await channel(store)).toEqual({ ...made, topic: 'news', draft: 'half a thou' });
  const other = await channel(store, '#other');
  await expect(store.setBuffer({ id: other.id, key: '#sotto' })).rejects.toMatchObject({ code: 'conflict' });
  await store.close();
  const again = await open(folder);
  expect(await again.store.listBuffers()).toEqual([{ ...made, topic: 'news', draft: 'half a thou' }, other]);
});
