import { expect, test } from 'vitest';
import type { Message } from '../../src/contract/message.ts';
import { MAX_REACTION_NICKS, MAX_REACTIONS } from '../../src/store/limits.ts';
import type { Store } from '../../src/store/store.ts';
import { channel, line, newFolder, open, openNew, T0 } from './support.ts';

const fetched = (message: Message, msgid: string | null = null, isRead = false) => ({ message, msgid, isRead });
const texts = async (store: Store, buffer: Message['buffer']): Promise<string[]> =>
  (await store.page({ buffer, before: null, limit: 100 })).messages.map(({ text }) => text);

test('a history brings only what is not here: by msgid, and without one by time, sender and text', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  await store.appendIrc([
    { message: line(id, 'known by id', { time: T0 }), msgid: 'a' },
    { message: line(id, 'known by words', { time: T0 + 1 }), msgid: null },
    { message: line(id, 'lol', { time: T0 + 5 }), msgid: null },
    { message: line(id, 'my own, shown at once', { time: T0 + 9_000, self: true, from: 'me' }), msgid: null },
  ]);
  const lines = [
    fetched(line(id, 'known by id', { time: T0 + 77_000 }), 'a'),
    fetched(line(id, 'known by words', { time: T0 + 1 }), 'b'),
    // The second of two who say the same is new, and so are the same words a while later or of somebody else.
    fetched(line(id, 'lol', { time: T0 + 5 })),
    fetched(line(id, 'lol', { time: T0 + 6 })),
    fetched(line(id, 'lol', { time: T0 + 5_000 })),
    fetched(line(id, 'lol', { time: T0 + 5, from: 'bob' })),
    fetched(line(id, 'my own, shown at once', { time: T0 + 7_000, self: true, from: 'me' }), 'own'),
    fetched(line(id, 'known by words', { time: T0 + 1 }), 'another'),
  ];
  const fresh = await store.insertHistory(lines);
  expect(fresh.map(({ text, time, from }) => [text, time - T0, from])).toEqual([
    ['lol', 6, 'alice'],
    ['lol', 5_000, 'alice'],
    ['lol', 5, 'bob'],
    ['known by words', 1, 'alice'],
  ]);
  expect(await store.insertHistory(lines.map(({ message, msgid }) => fetched({ ...message, id: line(id, '').id }, msgid)))).toEqual([]);
  expect(await texts(store, id)).toHaveLength(8);
  // Two ids are two lines, and without one the time has to be the same.
  const others = [fetched(line(id, 'known by words', { time: T0 + 1 }), 'third'), fetched(line(id, 'known by id', { time: T0 + 500 }))];
  expect(await store.insertHistory(others)).toHaveLength(2);
  expect(await store.insertHistory([fetched(line(id, 'known by id', { time: T0 }))])).toEqual([]);
  // What had no id has the one of the history now.
  expect((await store.findLine({ buffer: id, msgid: 'own' }))?.text).toBe('my own, shown at once');
});

test('lines of a history are unread unless they were read before, and reading on reads what was said before', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  const live = line(id, 'live', { time: T0 + 1_000 });
  await store.appendIrc([{ message: live, msgid: 'l' }]);
  await store.insertHistory([fetched(line(id, 'missed', { time: T0 }), 'm'), fetched(line(id, 'old', { time: T0 - 1 }), 'o', true)]);
  expect(await store.counters()).toEqual([{ buffer: id, unread: 2, highlights: 0 }]);
  // The missed line has the higher id, but was said before.
  expect(await store.setRead({ buffer: id, upTo: live.id })).toEqual({ unread: 0, highlights: 0 });
});

test('reactions are kept with the line, each of a person once, and within bounds', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { id } = await channel(store);
  await store.appendIrc([{ message: line(id, 'Hello!'), msgid: '123' }]);
  const react = (nick: string, text: string, removed = false): Promise<Message | null> =>
    store.reactLine({ buffer: id, msgid: '123', nick, text, removed });
  expect((await react('bob', 'lol'))?.details).toEqual({ reactions: [{ text: 'lol', nicks: ['bob'] }] });
  expect(await react('bob', 'lol')).toBeNull();
  expect(await react('cee', 'lol', true)).toBeNull();
  expect((await react('cee', 'lol'))?.details?.reactions?.[0]?.nicks).toEqual(['bob', 'cee']);
  expect((await react('bob', 'lol', true))?.details?.reactions?.[0]?.nicks).toEqual(['cee']);
  expect((await react('cee', 'lol', true))?.details).toBeUndefined();
  expect(await store.reactLine({ buffer: id, msgid: 'other', nick: 'bob', text: 'x', removed: false })).toBeNull();
  for (let index = 0; index < MAX_REACTIONS + 5; index += 1) await react('bob', `r${index}`);
  for (let index = 0; index < MAX_REACTION_NICKS + 5; index += 1) await react(`n${index}`, 'r0');
  await store.close();
  const again = await open(folder);
  const found = await again.store.findLine({ buffer: id, msgid: '123' });
  expect(found?.isReferable).toBe(true);
  expect(found?.details?.reactions).toHaveLength(MAX_REACTIONS);
  expect(found?.details?.reactions?.[0]?.nicks).toHaveLength(MAX_REACTION_NICKS);
});

test('a line that is taken back loses its text and what hung on it, once', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  const details = { replyTo: { message: null, from: 'bob', text: 'quoted' } };
  await store.appendIrc([{ message: line(id, 'secret', { details }), msgid: '123' }]);
  expect((await store.findLine({ buffer: id, msgid: '123' }))?.details).toEqual(details);
  const redaction = { buffer: id, msgid: '123', by: 'ann', reason: 'spam' };
  expect(await store.redactLine(redaction)).toMatchObject({ text: '', details: { redacted: { by: 'ann', reason: 'spam' } } });
  expect(await store.redactLine(redaction)).toBeNull();
  expect(await store.reactLine({ buffer: id, msgid: '123', nick: 'bob', text: 'x', removed: false })).toBeNull();
  expect(await texts(store, id)).toEqual(['']);
});

test('the edges of a history are texts of people, and a line knows its place for the server', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  expect(await store.historyEdges(id)).toEqual({ oldest: null, newest: null });
  const text = line(id, 'text', { time: T0 + 5 });
  await store.appendIrc([
    { message: line(id, 'note of Sotto', { kind: 'info', time: T0 - 5 }), msgid: null },
    { message: text, msgid: 'x' },
    { message: line(id, '', { kind: 'join', time: T0 + 9 }), msgid: 'j' },
  ]);
  expect(await store.historyEdges(id)).toEqual({ oldest: { msgid: 'x', time: T0 + 5 }, newest: { msgid: 'x', time: T0 + 5 } });
  expect(await store.newestText([id])).toBe(T0 + 5);
  expect(await store.linePoint({ buffer: id, message: text.id })).toEqual({ msgid: 'x', time: T0 + 5 });
  expect(await store.lastLineUpTo({ buffer: id, time: T0 + 20 })).toBe(text.id);
  expect(await store.lastLineUpTo({ buffer: id, time: T0 })).toBeNull();
});
