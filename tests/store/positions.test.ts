import { expect, test } from 'vitest';
import type { BufferId, ContactId } from '../../src/contract/ids.ts';
import { MAX_READ_IDS, type Receive, type Store, type UnplacedMessage } from '../../src/store/store.ts';
import { addContact, bytes, messageId, openNew, received, session, T0 } from './support.ts';

let lastId = T0 * 1000;
const text = (body: string, time: number): UnplacedMessage => ({
  id: messageId(++lastId),
  time,
  kind: 'privmsg',
  from: 'Alice',
  text: body,
  subject: null,
  self: false,
  highlight: false,
  receipt: null,
});

/** Their packets, as (chain, n, time of arrival, numbers passed over), in one session. */
async function arrivals(
  packets: readonly [string, number, number, number][],
): Promise<{ store: Store; contact: ContactId; buffer: BufferId }> {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  let version: number | null = null;
  const commits: Promise<unknown>[] = [];
  for (const [chain, n, time, missing] of packets) {
    const more: Partial<Receive> = {
      now: time,
      replayAdd: { chain, n, hash: bytes(n), tag: null },
      skippedAdd: Array.from({ length: missing }, (_, index) => ({ chain, n: n - missing + index, bytes: bytes(1) })),
      skippedDelete: missing === 0 ? [{ chain, n }] : [],
      mid: `${chain}-${n}`,
      message: text(`${chain}-${n}`, time),
      buffer,
    };
    commits.push(store.commitReceive(received({ id: contact, change: null }, session('5e', version), more)));
    version = (version ?? 0) + 1;
  }
  await Promise.all(commits);
  return { store, contact, buffer };
}
const shown = async ({ store, buffer }: Awaited<ReturnType<typeof arrivals>>): Promise<string[]> =>
  (await store.page({ buffer, before: null, limit: 50 })).messages.map((message) => message.text);

test('a line that comes late is shown between its neighbours, however many came in one millisecond', async () => {
  const late = await arrivals([
    ['a', 0, T0, 0],
    ['a', 4, T0, 3],
    ['a', 5, T0, 0],
    ['a', 2, T0 + 9_000, 0],
    ['a', 3, T0 + 9_001, 0],
    ['a', 1, T0 + 9_002, 0],
  ]);
  expect(await shown(late)).toEqual(['a-0', 'a-1', 'a-2', 'a-3', 'a-4', 'a-5']);
});

test('chains follow each other, and the end of one may come after the start of the next', async () => {
  const late = await arrivals([
    ['00000001', 0, T0, 0],
    ['00000002', 1, T0 + 50, 2],
    ['00000001', 1, T0 + 9_000, 0],
    ['00000002', 0, T0 + 9_001, 0],
  ]);
  expect(await shown(late)).toEqual(['00000001-0', '00000001-1', '00000002-0', '00000002-1']);
});

test('lines that come in order keep the time at which they came', async () => {
  const { store, buffer } = await arrivals([
    ['a', 0, T0, 0],
    ['a', 1, T0 + 5, 0],
    ['b', 0, T0 + 900, 0],
  ]);
  expect((await store.page({ buffer, before: null, limit: 5 })).messages.map(({ time }) => time - T0)).toEqual([0, 5, 900]);
});

test('what is to be told as read is named once, in bounded parts, and only up to the line', async () => {
  const count = MAX_READ_IDS + 4;
  const { store, contact, buffer } = await arrivals(
    Array.from({ length: count }, (_, n) => ['a', n, T0 + n, 0] as const).map((each) => [...each]),
  );
  const messages = (await store.page({ buffer, before: null, limit: 200 })).messages;
  const end = messages.at(-2)?.id;
  if (end === undefined) throw new Error('no lines');
  const first = await store.untold({ contact, buffer, upTo: end });
  expect(first.mids).toHaveLength(MAX_READ_IDS);
  expect(first.mids[0]).toBe('a-0');
  if (first.last === null) throw new Error('nothing untold');
  const receipt = { mid: 'ee', payload: bytes(1), created: T0 };
  await store.tell({ contact, upTo: first.last, receipt });
  expect((await store.outbox(contact)).map(({ mid }) => mid)).toEqual(['ee']);
  const rest = await store.untold({ contact, buffer, upTo: end });
  expect(rest.mids).toEqual(['a-256', 'a-257', 'a-258']);
  await store.tell({ contact, upTo: end, receipt: null });
  expect(await store.untold({ contact, buffer, upTo: end })).toEqual({ mids: [], last: null });
  expect(await store.outbox(contact)).toHaveLength(1);
});

test('a receipt for what was never sent is told apart, and changes nothing', async () => {
  const { store, contact, buffer } = await arrivals([['a', 0, T0, 0]]);
  await store.queue({ contact, mid: 'own', payload: bytes(1), message: { ...text('mine', T0), self: true, buffer }, created: T0 });
  const more: Partial<Receive> = { read: ['own', 'made up', 'a-0'], mid: 'receipt' };
  const result = await store.commitReceive(received({ id: contact, change: null }, session('5e', 1), more));
  expect(result.unknown).toBe(2);
  expect(result.receipts.map(({ receipt }) => receipt.state)).toEqual(['read']);
  const again = await store.commitReceive(received({ id: contact, change: null }, session('5e', 2), { ...more, mid: 'another' }));
  expect(again).toMatchObject({ unknown: 2, receipts: [] });
});
