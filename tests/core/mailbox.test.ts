import { expect, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import type { LoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { OverlayError, type Overlay } from '../../src/overlay/overlay.ts';
import { until, type Person } from '../support/cores.ts';
import { connected, delivered, network, nudge, routeOf, start, theirs, type Pair } from './pair.ts';
import { counted } from './stored.ts';

const timings = { answerDelayMs: 50, mailboxPollMs: 1_000 };

/** Slots of all records that hold mail. */
const mail = (net: LoopbackNetwork): number =>
  [...net.records.values()].reduce(
    (sum, { slots }) => sum + [...slots].filter(([slot, { bytes }]) => slot > 0 && bytes.length > 0).length,
    0,
  );
const fullSlots = (net: LoopbackNetwork, count: number, who?: Person): Promise<true> =>
  until(
    `${count} slots are full`,
    async () => {
      if (who) await nudge(who);
      return mail(net) === count;
    },
    30_000,
  );

/** Two people who know each other's record, since each has had a message from the other. */
async function acquainted(overlay: (plain: Overlay) => Overlay = (plain) => plain): Promise<Pair> {
  const pair = await connected(network(), { alice: { timings }, bob: { timings, overlay } });
  await pair.bob.input(pair.b, 'hello');
  await pair.alice.input(pair.a, 'hello');
  await Promise.all([delivered(pair.bob, pair.b, 1, true), delivered(pair.alice, pair.a, 1, true)]);
  return pair;
}
const again = (person: Person, net: LoopbackNetwork): Promise<Person> => start(person.name, net, { directory: person.directory, timings });
/** The texts are there, first and in this order; `from` skips the pauses between tries. */
const arrived = (person: Person, buffer: BufferId, texts: readonly string[], from?: Person): Promise<true> =>
  until(
    `${person.name} has ${texts.length} texts`,
    async () => {
      if (from) await nudge(from);
      const there = await theirs(person, buffer);
      return JSON.stringify(there.slice(0, texts.length + 1)) === JSON.stringify(['hello', ...texts]);
    },
    30_000,
  );
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

test('people who are never there at the same time reach each other, and learn it', async () => {
  const { net, alice, bob, a, b } = await acquainted();
  await alice.stop();
  for (const text of numbers(3)) await bob.input(b, text);
  await fullSlots(net, 3, bob);
  expect((await bob.lines(b)).filter((line) => line.self).map((line) => line.receipt)).toEqual([
    { state: 'delivered', reason: null },
    ...numbers(3).map(() => ({ state: 'sent', reason: null })),
  ]);
  await until('bob is told', async () => /wait in the mailbox/.test((await bob.onlyContact()).status));
  await bob.stop();

  const alice2 = await again(alice, net);
  await arrived(alice2, a, numbers(3));
  // Her acknowledgement finds nobody, and takes the same way.
  await fullSlots(net, 4, alice2);
  await alice2.stop();

  const bob2 = await again(bob, net);
  await delivered(bob2, b, 4);
  await fullSlots(net, 1);
  await bob2.stop();

  const alice3 = await again(alice, net);
  await fullSlots(net, 0);
  expect(await theirs(alice3, a)).toEqual(['hello', ...numbers(3)]);
}, 90_000);

test('what does not fit into the mailbox waits its turn, and the order stays', async () => {
  const { net, alice, bob, a, b } = await acquainted();
  await alice.stop();
  for (const text of numbers(20)) await bob.input(b, text);
  await fullSlots(net, 15, bob);
  await bob.stop();
  const alice2 = await again(alice, net);
  await arrived(alice2, a, numbers(15));
  expect(await theirs(alice2, a)).toHaveLength(16);
  await fullSlots(net, 16, alice2);
  await alice2.stop();
  const bob2 = await again(bob, net);
  await delivered16(bob2, b);
  // Six are full for a moment as well while the old ones are cleared.
  await until('the rest is left', async () => {
    await nudge(bob2);
    return (await bob2.lines(b)).every((line) => !line.self || line.receipt?.state !== 'queued');
  });
  await fullSlots(net, 6, bob2);
  await bob2.stop();
  const alice3 = await again(alice, net);
  await arrived(alice3, a, numbers(20));
}, 120_000);
const delivered16 = (person: Person, buffer: BufferId): Promise<true> =>
  until('sixteen are delivered', async () => {
    const own = (await person.lines(buffer)).filter((line) => line.self);
    return own.filter((line) => line.receipt?.state === 'delivered').length === 16;
  });

test('a message that is given up while others are being left is not left', async () => {
  const begun = Promise.withResolvers<undefined>();
  const released = Promise.withResolvers<undefined>();
  let written = 0;
  const { net, alice, bob, a, b } = await acquainted((plain) => ({
    ...plain,
    records: plain.records && {
      ...plain.records,
      publish: async (record, slot, bytes, signal) => {
        if (slot > 0 && bytes.length > 0) {
          written += 1;
          // In the round after a failure both packets are tried, so both are sealed when the first is being left.
          if (written === 1) throw new OverlayError('tryAgain', 'Not now.');
          begun.resolve(undefined);
          await released.promise;
        }
        await plain.records?.publish(record, slot, bytes, signal);
      },
    },
  }));
  await alice.stop();
  for (const text of numbers(2)) await bob.input(b, text);
  await until('the first is not left', async () => {
    await nudge(bob);
    return written > 0;
  });
  await nudge(bob);
  await begun.promise;
  const second = (await bob.lines(b)).find((line) => line.text === 'line 2');
  if (!second) throw new Error('no line');
  await bob.client.call('message.giveUp', { buffer: b, message: second.id });
  expect((await bob.lines(b)).at(-1)?.receipt).toEqual({ state: 'failed', reason: 'You gave up' });
  released.resolve(undefined);
  await until('the first is left', async () => (await bob.lines(b)).some((line) => line.receipt?.state === 'sent'));
  await bob.stop();
  expect(mail(net)).toBe(1);
  const alice2 = await again(alice, net);
  await arrived(alice2, a, numbers(1));
}, 60_000);

test('a message that is given up is taken out of the mailbox again', async () => {
  const { net, alice, bob, a, b } = await acquainted();
  await alice.stop();
  for (const text of numbers(3)) await bob.input(b, text);
  await fullSlots(net, 3, bob);
  const second = (await bob.lines(b)).find((line) => line.text === 'line 2');
  if (!second) throw new Error('no line');
  await bob.client.call('message.giveUp', { buffer: b, message: second.id });
  await fullSlots(net, 2);
  expect((await bob.lines(b)).find((line) => line.id === second.id)?.receipt).toEqual({
    state: 'failed',
    reason: 'You gave up. It may have arrived',
  });
  await bob.stop();
  const alice2 = await again(alice, net);
  await arrived(alice2, a, ['line 1', 'line 3']);
  expect(await theirs(alice2, a)).toHaveLength(3);
}, 60_000);

test('nothing is left for somebody who has not accepted us', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net, { timings }), await start('bob', net, { timings })];
  const { buffer: b } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await until('alice has the request', async () => (await alice.snapshot()).requests.length === 1);
  await alice.stop();
  await bob.input(b, 'anybody there?');
  let rounds = 0;
  await until('some rounds have failed', async () => {
    await nudge(bob);
    return (rounds += 1) > 60;
  });
  expect((await bob.lines(b))[0]?.receipt?.state).toBe('queued');
  expect(mail(net)).toBe(0);
}, 60_000);

test('where no route ever leads to the other, mailboxes carry a whole conversation', async () => {
  const { net, alice, bob, a, b } = await acquainted();
  net.faults.drop = () => true;
  for (let number = 1; number <= 6; number += 1) {
    await Promise.all([bob.input(b, `line ${number}`), alice.input(a, `line ${number}`)]);
    // Some of them are sealed before and some after the other's acknowledgement has come.
    if (number % 2 === 0) await Promise.all([arrived(alice, a, numbers(number - 1), bob), arrived(bob, b, numbers(number - 1), alice)]);
  }
  await Promise.all([arrived(alice, a, numbers(6), bob), arrived(bob, b, numbers(6), alice)]);
  await Promise.all([delivered(bob, b, 7, true, 45_000), delivered(alice, a, 7, true, 45_000)]);
}, 120_000);

test('what comes by the mailbox and by the route as well is shown once', async () => {
  const { net, alice, bob, a, b } = await acquainted();
  await alice.stop();
  for (const text of numbers(3)) await bob.input(b, text);
  await fullSlots(net, 3, bob);
  const alice2 = await again(alice, net);
  await delivered(bob, b, 4, true);
  await arrived(alice2, a, numbers(3));
  await fullSlots(net, 0);
  expect(await theirs(alice2, a)).toHaveLength(4);
}, 60_000);

test('a mailbox full of something else is counted, and everything else goes on', async () => {
  const { net, alice, bob, a, b } = await acquainted();
  await alice.stop();
  await bob.input(b, 'line 1');
  await fullSlots(net, 1, bob);
  await bob.stop();
  const record = [...net.records.values()].find(({ slots }) => (slots.get(1)?.bytes.length ?? 0) > 0);
  const packet = record?.slots.get(1)?.bytes;
  if (!record || !packet) throw new Error('no mail');
  const damaged = packet.slice();
  damaged.fill(7, 3_000, 3_010);
  const rubbish = [new Uint8Array(4_096).fill(3), new Uint8Array(1), new Uint8Array(32_768).fill(0x87), packet.slice(0, 4_000), damaged];
  rubbish.forEach((bytes, index) => record.slots.set(index + 2, { bytes, seq: 1 }));
  // The same packet in another slot is the same packet.
  record.slots.set(14, { bytes: packet.slice(), seq: 1 });

  const alice2 = await again(alice, net);
  await arrived(alice2, a, ['line 1']);
  await until('it is counted', async () => ((await counted(alice2))['mailbox'] ?? 0) >= 4);
  const bob2 = await again(bob, net);
  await delivered(bob2, b, 2, true);
  await bob2.input(b, 'line 2');
  await arrived(alice2, a, ['line 1', 'line 2']);
}, 60_000);

test('mail that was written when the sender’s program ended is known to be there', async () => {
  const { net, alice, bob, a, b } = await acquainted();
  await alice.stop();
  await bob.input(b, 'line 1');
  await fullSlots(net, 1, bob);
  await bob.stop();
  const bob2 = await again(bob, net);
  const line = (await bob2.lines(b)).find(({ text }) => text === 'line 1');
  if (!line) throw new Error('no line');
  await bob2.client.call('message.giveUp', { buffer: b, message: line.id });
  await fullSlots(net, 0);
  const alice2 = await again(alice, net);
  await bob2.input(b, 'line 2');
  await lastDelivered(bob2, b);
  expect(await theirs(alice2, a)).toEqual(['hello', 'line 2']);
}, 60_000);
const lastDelivered = (person: Person, buffer: BufferId): Promise<true> =>
  until('the last one is delivered', async () => {
    await nudge(person);
    return (await person.lines(buffer)).at(-1)?.receipt?.state === 'delivered';
  });
