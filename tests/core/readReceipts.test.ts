import * as v from 'valibot';
import { expect, test } from 'vitest';
import { BufferId, MessageId } from '../../src/contract/ids.ts';
import { createReadReceipts } from '../../src/core/dm/readReceipts.ts';
import { decodeBody } from '../../src/pq/payload.ts';
import { MAX_READ_IDS } from '../../src/store/store.ts';
import { until, type Person } from '../support/cores.ts';
import { contactRow } from './contactRow.ts';
import { connected, delivered, network, start } from './pair.ts';

const timings = { answerDelayMs: 100 };
const off = '[direct_messages]\nread_receipts = false\n';

const reads = async (person: Person, buffer: BufferId): Promise<void> => {
  const last = (await person.lines(buffer)).at(-1);
  if (!last) throw new Error('nothing to read');
  await person.client.call('buffer.read', { buffer, upTo: last.id });
};
const states = async (person: Person, buffer: BufferId): Promise<(string | undefined)[]> =>
  (await person.lines(buffer)).filter((line) => line.self).map((line) => line.receipt?.state);
const areRead = (person: Person, buffer: BufferId, count: number): Promise<true> =>
  until(`${person.name} knows of ${count} that were read`, async () => {
    const all = await states(person, buffer);
    return all.length === count && all.every((state) => state === 'read');
  });
/** Changes the setting in the running program. */
const set = async (person: Person, value: boolean): Promise<void> => {
  const { hash } = await person.client.call('config.read', {});
  await person.client.call('config.set', { hash, path: ['direct_messages', 'read_receipts'], value });
};

test('what was read is told, all of it in one receipt, and nothing before it was read', async () => {
  const { net, alice, bob, a, b } = await connected(network(), { alice: { timings }, bob: { timings } });
  for (const text of ['one', 'two', 'three']) await bob.input(b, text);
  await delivered(bob, b, 3);
  expect(await states(bob, b)).toEqual(['delivered', 'delivered', 'delivered']);
  let packets = 0;
  net.faults.drop = () => {
    packets += 1;
    return false;
  };
  await reads(alice, a);
  await areRead(bob, b, 3);
  expect(packets).toBe(1);
  // A receipt is no line and counts as nothing.
  expect((await bob.lines(b)).filter((line) => !line.self && line.kind !== 'info')).toEqual([]);
  expect((await bob.buffer('alice')).unread).toBe(0);
  await reads(alice, a);
  await bob.input(b, 'four');
  await delivered2(bob, b);
  expect(packets).toBe(2);
});
const delivered2 = (person: Person, buffer: BufferId): Promise<true> =>
  until('the last one is delivered', async () => (await states(person, buffer)).at(-1) === 'delivered');

test('who does not send receipts is not shown those of others', async () => {
  const { alice, bob, a, b } = await connected(network(), { alice: { timings }, bob: { timings, config: off } });
  await bob.input(b, 'from bob');
  await delivered(bob, b, 1);
  await reads(alice, a);
  await alice.input(a, 'from alice');
  await delivered(alice, a, 1);
  await reads(bob, b);
  // What follows comes after the receipts would have.
  await until('alice’s receipt has been there', async () => {
    await alice.input(a, 'more');
    return (await alice.lines(a)).filter((line) => line.self && line.receipt?.state === 'delivered').length > 8;
  });
  expect(await states(bob, b)).toEqual(['delivered']);
  expect((await states(alice, a)).includes('read')).toBe(false);
});

test('the setting holds at once, and what was read while it was off is not told later', async () => {
  const { alice, bob, a, b } = await connected(network(), { alice: { timings: { answerDelayMs: 0 } }, bob: { timings } });
  await set(alice, false);
  await bob.input(b, 'unseen');
  await delivered(bob, b, 1);
  await reads(alice, a);
  // The reading is taken note of before the setting changes.
  await until('it has been read', async () => (await alice.buffer('bob')).unread === 0);
  await new Promise((done) => setImmediate(done));
  await alice.input(a, 'a line');
  await delivered(alice, a, 1);
  await set(alice, true);
  await bob.input(b, 'seen');
  await delivered(bob, b, 2);
  await reads(alice, a);
  await until('the second is read', async () => (await states(bob, b))[1] === 'read');
  expect(await states(bob, b)).toEqual(['delivered', 'read']);
});

test('what was read right before the program ended is told when it starts again', async () => {
  const slow = { answerDelayMs: 3_600_000 };
  const { net, alice, bob, a, b } = await connected(network(), { alice: { timings: slow }, bob: { timings } });
  await bob.input(b, 'before the end');
  await delivered(bob, b, 1);
  await reads(alice, a);
  await alice.stop();
  expect(await states(bob, b)).toEqual(['delivered']);
  await start('alice', net, { directory: alice.directory, timings });
  await areRead(bob, b, 1);
});

test('more lines than one receipt names are told in several', async () => {
  const total = 600;
  let told = 0;
  const receipts: number[] = [];
  const readReceipts = createReadReceipts({
    store: {
      untold: () => {
        const count = Math.min(MAX_READ_IDS, total - told);
        const mids = Array.from({ length: count }, (_, index) => (told + index).toString(16).padStart(32, '0'));
        return Promise.resolve({ mids, last: count === 0 ? null : v.parse(MessageId, told + count) });
      },
      tell: ({ upTo, receipt }) => {
        const body = receipt ? decodeBody(receipt.payload) : null;
        receipts.push(body?.kind === 'read' ? body.mids.length : 0);
        told = upTo;
        return Promise.resolve();
      },
    },
    contacts: { get: () => contactRow },
    isConfigured: () => true,
    random: (length) => new Uint8Array(length),
    uniform: () => 0,
    delayMs: 0,
    now: () => 0,
    queued: () => undefined,
    log: () => undefined,
  });
  readReceipts.read(contactRow.id, v.parse(BufferId, 1), v.parse(MessageId, total));
  await until('all are told', () => told === total);
  expect(receipts).toEqual([MAX_READ_IDS, MAX_READ_IDS, total - 2 * MAX_READ_IDS]);
  await readReceipts.stop();
});
