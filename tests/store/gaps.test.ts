/** Where history is missing, what happened to lines before they came, and failed lines that are taken off. */
import { expect, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import { MAX_EARLY_CHANGES, MAX_GAPS, type Store } from '../../src/store/store.ts';
import { addContact, bytes, channel, line, newFolder, open, openNew, T0 } from './support.ts';

const point = (seconds: number, msgid: string | null = null): { time: number; msgid: string | null } => ({
  time: T0 + seconds * 1_000,
  msgid,
});
const roomWithPast = async (store: Store, name?: string): Promise<BufferId> => {
  const { id } = await channel(store, name);
  await store.appendIrc([{ message: line(id, 'the first', { time: T0 - 1_000 }), msgid: null }]);
  return id;
};
const texts = async (store: Store, buffer: BufferId): Promise<unknown[]> =>
  (await store.page({ buffer, before: null, limit: 200 })).messages.map(({ text, details }) => (details ? [text, details] : text));

test('a gap is kept over a restart, moves by its newer end, takes in those within it, and goes', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const id = await roomWithPast(store);
  const first = await store.putGap({ buffer: id, after: point(0, 'a'), before: point(100, 'z') });
  const second = await store.putGap({ buffer: id, after: point(200), before: point(300) });
  expect(await store.putGap({ buffer: id, after: point(0, 'a'), before: point(50, 'm') })).toMatchObject({ id: first?.id });
  await store.close();
  const again = (await open(folder)).store;
  expect(await again.gaps(id)).toEqual([
    { id: first?.id, buffer: id, after: point(0, 'a'), before: point(50, 'm') },
    { id: second?.id, buffer: id, after: point(200), before: point(300) },
  ]);
  // Nothing was heard between two returns: it is one gap up to the second.
  const whole = await again.putGap({ buffer: id, after: point(0, 'b'), before: point(400) });
  expect((await again.gaps(id)).map((gap) => gap.id)).toEqual([whole?.id]);
  await again.removeGap(whole?.id ?? 0);
  expect(await again.gaps(id)).toEqual([]);
});

test('nothing is missing before the first line of a buffer, and its gaps go with its lines', async () => {
  const store = await openNew();
  const { id } = await channel(store);
  expect(await store.putGap({ buffer: id, after: point(0), before: point(10) })).toBeNull();
  await store.appendIrc([{ message: line(id, 'later', { time: T0 + 10_000 }), msgid: null }]);
  expect(await store.putGap({ buffer: id, after: point(0), before: point(10) })).toBeNull();
  expect(await store.gaps(id)).toEqual([]);
  expect(await store.putGap({ buffer: id, after: point(10), before: point(20) })).not.toBeNull();
  await store.removeLines(id);
  expect(await store.gaps(id)).toEqual([]);
});

test('beyond the maximum the mark of the oldest gap goes', async () => {
  const store = await openNew();
  const id = await roomWithPast(store);
  for (let index = 0; index < MAX_GAPS + 3; index += 1)
    await store.putGap({ buffer: id, after: point(index * 10), before: point(index * 10 + 5) });
  const kept = await store.gaps(id);
  expect(kept).toHaveLength(MAX_GAPS);
  expect(kept[0]?.after).toEqual(point(30));
});

test('what happened to a line before it came is applied when it comes, in whatever way, once, and in its buffer only', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const id = await roomWithPast(store);
  const other = await roomWithPast(store, '#other');
  for (const nick of ['bob', 'cee', 'bob'])
    expect(await store.reactLine({ buffer: id, msgid: 'm1', nick, text: '👋', removed: false })).toBeNull();
  await store.reactLine({ buffer: id, msgid: 'm1', nick: 'cee', text: '👋', removed: true });
  await store.reactLine({ buffer: id, msgid: 'm2', nick: 'bob', text: 'ha', removed: false });
  await store.redactLine({ buffer: id, msgid: 'm2', by: 'op', reason: 'spam' });
  await store.reactLine({ buffer: id, msgid: 'm3', nick: 'bob', text: 'late', removed: false });
  await store.close();
  const again = (await open(folder)).store;
  const waved = { reactions: [{ text: '👋', nicks: ['bob'] }] };
  const gone = { redacted: { by: 'op', reason: 'spam' } };
  const bot = line(id, 'hello', { details: { bot: true } });
  const fresh = await again.insertHistory([
    { message: bot, msgid: 'm1', isRead: true },
    { message: line(id, 'secret'), msgid: 'm2', isRead: true },
    { message: line(other, 'elsewhere'), msgid: 'm1', isRead: true },
  ]);
  expect(fresh.map(({ text, details }) => [text, details])).toEqual([
    ['hello', { bot: true, ...waved }],
    ['', gone],
    ['elsewhere', undefined],
  ]);
  await again.appendIrc([{ message: line(id, 'live'), msgid: 'm3' }]);
  expect(await texts(again, id)).toEqual([
    'the first',
    ['hello', { bot: true, ...waved }],
    ['', gone],
    ['live', { reactions: [{ text: 'late', nicks: ['bob'] }] }],
  ]);
  // It was used up: the same line, told anew after its removal, has none of it.
  await again.removeLines(id);
  await again.appendIrc([{ message: line(id, 'live'), msgid: 'm3' }]);
  expect(await texts(again, id)).toEqual(['live']);
});

test('a line that is named by its history gets what was kept for that name', async () => {
  const store = await openNew();
  const id = await roomWithPast(store);
  await store.reactLine({ buffer: id, msgid: 'own', nick: 'bob', text: '👋', removed: false });
  await store.appendIrc([{ message: line(id, 'mine', { self: true }), msgid: null }]);
  expect(await store.insertHistory([{ message: line(id, 'mine', { self: true }), msgid: 'own', isRead: true }])).toEqual([]);
  expect(await texts(store, id)).toEqual(['the first', ['mine', { reactions: [{ text: '👋', nicks: ['bob'] }] }]]);
});

test('beyond the maximum the oldest changes are forgotten, and what is too long is not kept', async () => {
  const store = await openNew();
  const id = await roomWithPast(store);
  const calls = Array.from({ length: MAX_EARLY_CHANGES + 1 }, (_, index) =>
    store.reactLine({ buffer: id, msgid: `m${index}`, nick: 'bob', text: 'x', removed: false }),
  );
  await Promise.all(calls);
  await store.reactLine({ buffer: id, msgid: 'm'.repeat(5_000), nick: 'bob', text: 'x', removed: false });
  await store.insertHistory([
    { message: line(id, 'forgotten'), msgid: 'm0', isRead: true },
    { message: line(id, 'kept'), msgid: 'm1', isRead: true },
  ]);
  expect(await texts(store, id)).toEqual(['the first', 'forgotten', ['kept', { reactions: [{ text: 'x', nicks: ['bob'] }] }]]);
});

test('an own line is deleted when it has failed, and not before', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  const message = line(buffer, 'never arrived', { self: true, receipt: { state: 'queued', reason: null } });
  await store.queue({ contact, mid: 'a1', payload: bytes(1), message, created: T0 });
  await expect(store.removeFailed({ buffer, message: message.id })).rejects.toMatchObject({ code: 'conflict' });
  await store.failOutbox({ mid: 'a1', reason: 'nobody there' });
  const { id: elsewhere } = await channel(store);
  await expect(store.removeFailed({ buffer: elsewhere, message: message.id })).rejects.toMatchObject({ code: 'conflict' });
  await store.removeFailed({ buffer, message: message.id });
  expect(await texts(store, buffer)).toEqual([]);
  expect(await store.sentLine(message.id)).toBeNull();
  await expect(store.requeue({ message: message.id, payload: bytes(1), created: T0 })).rejects.toMatchObject({ code: 'conflict' });
  // A late word of the other side finds nothing to change.
  expect(await store.acknowledge({ contact, mids: ['a1'] })).toEqual([]);
});
