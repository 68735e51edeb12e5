import { expect, test } from 'vitest';
import type { BufferId, ContactId, MessageId } from '../../src/contract/ids.ts';
import type { Message } from '../../src/contract/message.ts';
import { encodeBody } from '../../src/pq/payload.ts';
import { until, type Person } from '../support/cores.ts';
import { connected, delivered, network, nudge, start, theirs } from './pair.ts';
import { withStore } from './stored.ts';

const DAY_MS = 24 * 3_600_000;

const line = async (person: Person, buffer: BufferId, text: string): Promise<Message> => {
  const found = (await person.lines(buffer)).find((message) => message.text === text);
  if (!found) throw new Error(`no line ${text}`);
  return found;
};
const reasonOf = async (person: Person, buffer: BufferId, text: string): Promise<string> => {
  const { receipt } = await line(person, buffer, text);
  return `${receipt?.state}: ${receipt?.reason}`;
};

test('a message that waits says why, can be given up, and sent again under the same id', async () => {
  const { net, alice, bob, a, b } = await connected(network());
  await bob.client.call('buffers.show', { buffers: [b] });
  await alice.stop();
  await bob.input(b, 'first');
  await bob.input(b, 'second');
  await until('a reason is given', async () => (await reasonOf(bob, b, 'first')) === 'queued: Their route does not answer any more');
  await until('the page is told', () => bob.events.some(({ name }) => name === 'receipt'));
  const { id } = await line(bob, b, 'first');
  await bob.client.call('message.giveUp', { buffer: b, message: id });
  const gaveUp = await reasonOf(bob, b, 'first');
  // On a slow machine it lies in the mailbox by now, and the sentence says so.
  expect(['failed: You gave up', 'failed: You gave up. It may have arrived']).toContain(gaveUp);

  const alice2 = await start('alice', net, { directory: alice.directory });
  const second = await line(bob, b, 'second');
  await bob.client.call('message.retry', { buffer: b, message: second.id });
  await until('the second arrived', async () => (await reasonOf(bob, b, 'second')) === 'delivered: null');
  if (gaveUp === 'failed: You gave up') expect(await theirs(alice2, a)).toEqual(['second']);
  await bob.client.call('message.retry', { buffer: b, message: id });
  await delivered(bob, b, 2, true);
  expect((await theirs(alice2, a)).toSorted()).toEqual(['first', 'second']);
  // It stands where it was written.
  expect((await bob.lines(b)).filter((message) => message.self).map((message) => message.text)).toEqual(['first', 'second']);
}, 60_000);

test('a message that had arrived when it was given up is not shown twice by sending it again', async () => {
  const { net, alice, bob, a, b } = await connected(network());
  net.faults.dropReply = () => true;
  await bob.input(b, 'only once');
  await until('it was sent', async () => (await reasonOf(bob, b, 'only once')) === 'sent: No answer yet');
  expect(await theirs(alice, a)).toEqual(['only once']);
  const { id } = await line(bob, b, 'only once');
  await bob.client.call('message.giveUp', { buffer: b, message: id });
  expect(await reasonOf(bob, b, 'only once')).toBe('failed: You gave up. It may have arrived');
  net.faults = {};
  await bob.client.call('message.retry', { buffer: b, message: id });
  await delivered(bob, b, 1, true);
  await expect(bob.client.call('message.retry', { buffer: b, message: id })).rejects.toMatchObject({ code: 'badInput' });
  await bob.client.call('message.giveUp', { buffer: b, message: id });
  expect(await reasonOf(bob, b, 'only once')).toBe('delivered: null');
  expect(await theirs(alice, a)).toEqual(['only once']);
});

test('only private messages of one’s own can be sent again or given up', async () => {
  const { alice, bob, a, b } = await connected(network());
  await alice.input(a, 'hers');
  await delivered(alice, a, 1);
  const hers = await line(bob, b, 'hers');
  const own = await line(alice, a, 'hers');
  for (const call of ['message.retry', 'message.giveUp'] as const) {
    await expect(bob.client.call(call, { buffer: b, message: hers.id })).rejects.toMatchObject({ code: 'notFound' });
    const server = (await alice.snapshot()).buffers.find(({ kind }) => kind !== 'private');
    if (server) await expect(alice.client.call(call, { buffer: server.id, message: own.id })).rejects.toMatchObject({ code: 'notFound' });
  }
});

/** Two days ago Bob wrote two lines that have not been delivered since. */
async function waitingFor2Days(): Promise<{ bob: Person; b: BufferId }> {
  const { net, alice, bob, b } = await connected(network());
  await alice.stop();
  const { id: contact } = await bob.onlyContact();
  const made = Date.now() - 2 * DAY_MS;
  await withStore(bob, async (store) => {
    for (const [index, text] of ['old', 'older'].entries()) await store.queue(waitingLine(contact, b, text, made - index * 1_000));
  });
  return { bob: await start('bob', net, { directory: bob.directory, timings: { expiryMs: 50 } }), b };
}
let lastId = Date.now() * 1_000 - 10 * DAY_MS * 1_000;
const isMessageId = (value: number): value is MessageId => Number.isSafeInteger(value);
function waitingLine(contact: ContactId, buffer: BufferId, text: string, time: number) {
  lastId += 1;
  if (!isMessageId(lastId)) throw new Error('no id');
  const message: Message = {
    id: lastId,
    buffer,
    time,
    kind: 'privmsg',
    from: 'bob',
    text,
    subject: null,
    self: true,
    highlight: false,
    receipt: null,
  };
  return {
    contact,
    mid: lastId.toString(16).padStart(32, '0'),
    payload: encodeBody({ kind: 'text', action: false, text }),
    message,
    created: time,
  };
}
const setDays = async (person: Person, value: number | string): Promise<void> => {
  const { hash } = await person.client.call('config.read', {});
  await person.client.call('config.set', { hash, path: ['direct_messages', 'expire_unsent'], value });
};

test('messages wait for ever unless the user sets a number of days, and then say that they were given up', async () => {
  const { bob, b } = await waitingFor2Days();
  await bob.input(b, 'new');
  await until('they were tried', async () => (await reasonOf(bob, b, 'old')).startsWith('queued: Their'));
  await setDays(bob, 3);
  let rounds = 0;
  await until('it was looked at again', async () => {
    await nudge(bob);
    return (rounds += 1) > 10;
  });
  expect(await reasonOf(bob, b, 'older')).toMatch(/^(queued|sent)/);
  await setDays(bob, 1);
  await until('given up', async () => (await reasonOf(bob, b, 'old')) === 'failed: It waited for a day');
  expect(await reasonOf(bob, b, 'older')).toBe('failed: It waited for a day');
  expect(await reasonOf(bob, b, 'new')).toMatch(/^(queued|sent)/);
}, 60_000);
