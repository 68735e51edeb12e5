import { expect, test } from 'vitest';
import type { Overlay } from '../../src/overlay/overlay.ts';
import { until } from '../support/cores.ts';
import { connected, delivered, network, nudge, start, routeOf, theirs } from './pair.ts';
import { counted } from './stored.ts';

const numbers = (count: number, text: string): string[] => Array.from({ length: count }, (_, index) => `${text} ${index + 1}`);

test('thirty messages each way arrive exactly once over a network that loses, repeats and delays', async () => {
  const pair = await connected(network());
  const { net, alice, bob, a, b } = pair;
  net.faults = {
    drop: () => Math.random() < 0.15,
    dropReply: () => Math.random() < 0.15,
    duplicate: () => Math.random() < 0.3,
    delayMs: () => Math.random() * 30,
  };
  for (let number = 1; number <= 30; number += 1) {
    await Promise.all([bob.input(b, `bob ${number}`), alice.input(a, `alice ${number}`)]);
  }
  await Promise.all([delivered(bob, b, 30, true, 45_000), delivered(alice, a, 30, true, 45_000)]);
  expect((await theirs(alice, a)).sort()).toEqual(numbers(30, 'bob').sort());
  expect((await theirs(bob, b)).sort()).toEqual(numbers(30, 'alice').sort());
}, 60_000);

test('lines are shown in the order they were written, although packets overtake each other', async () => {
  const { net, alice, bob, a, b } = await connected(network());
  let packets = 0;
  net.faults.delayMs = () => ((packets += 1) % 2 === 0 ? 0 : 60);
  for (const text of numbers(16, 'line')) await bob.input(b, text);
  await delivered(bob, b, 16);
  expect(await theirs(alice, a)).toEqual(numbers(16, 'line'));
});

test('a forged acknowledgement is not believed: the message stays and arrives later', async () => {
  let forge = false;
  const overlay = (plain: Overlay): Overlay => ({
    ...plain,
    send: (address, bytes, signal) => (forge ? Promise.resolve(new Uint8Array(32).fill(7)) : plain.send(address, bytes, signal)),
  });
  const { alice, bob, a, b } = await connected(network(), { bob: { overlay } });
  forge = true;
  await bob.input(b, 'to be believed');
  await until('it was tried', async () => (await bob.lines(b))[0]?.receipt?.state === 'sent');
  expect((await bob.onlyContact()).status).toMatch(/Trying again/);
  expect((await counted(bob))['badAnswer']).toBeGreaterThan(0);
  expect(await theirs(alice, a)).toEqual([]);
  forge = false;
  await nudge(bob);
  await delivered(bob, b, 1);
  expect(await theirs(alice, a)).toEqual(['to be believed']);
});

test('packets that were recorded and come again change nothing', async () => {
  const { net, alice, bob, a, b } = await connected(network());
  const recorded: { to: Uint8Array; bytes: Uint8Array }[] = [];
  net.faults.drop = (packet) => {
    recorded.push({ to: packet.to.slice(), bytes: packet.bytes.slice() });
    return false;
  };
  for (const text of numbers(3, 'from bob')) await bob.input(b, text);
  for (const text of numbers(3, 'from alice')) await alice.input(a, text);
  await Promise.all([delivered(bob, b, 3), delivered(alice, a, 3)]);
  const [before, beforeBob] = [await alice.said(a), await bob.said(b)];
  net.faults = {};
  const { signal } = new AbortController();
  await Promise.allSettled(recorded.map((packet) => net.deliver(packet, signal)));
  expect(await alice.said(a)).toEqual(before);
  expect(await bob.said(b)).toEqual(beforeBob);
  expect((await alice.snapshot()).requests).toEqual([]);
  await bob.input(b, 'still talking');
  await delivered(bob, b, 4);
});

test('a packet that never gets through holds up nothing, and is sealed anew and shown once', async () => {
  const { net, alice, bob, a, b } = await connected(network());
  let cursed: string | null = null;
  const seen = new Set<string>();
  net.faults.drop = ({ bytes }) => {
    const print = bytes.subarray(0, 64).toString();
    cursed ??= print;
    seen.add(print);
    return print === cursed;
  };
  await bob.input(b, 'cursed');
  await until('it fails', async () => (await bob.lines(b))[0]?.receipt?.state === 'sent');
  for (const text of numbers(3, 'after')) await bob.input(b, text);
  await delivered(bob, b, 4, true);
  expect((await theirs(alice, a)).sort()).toEqual(['after 1', 'after 2', 'after 3', 'cursed']);
  expect(seen.size).toBeGreaterThanOrEqual(5);
});

test('a text has the size that fits: 20,000 bytes before their first answer, 29,000 after it', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const { buffer: b } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await expect(bob.input(b, 'x'.repeat(20_001))).rejects.toMatchObject({ code: 'tooLong' });
  await bob.input(b, 'x'.repeat(20_000));
  const request = await until('alice sees it', async () => (await alice.snapshot()).requests.find((one) => one.texts === 1));
  const { buffer: a } = await alice.client.call('contact.accept', { contact: request.contact });
  await until('bob is certain', async () => (await bob.onlyContact()).shield === 'not-verified');
  await expect(bob.input(b, 'x'.repeat(29_001))).rejects.toMatchObject({ code: 'tooLong' });
  await bob.input(b, 'ä'.repeat(14_500));
  await delivered(bob, b, 2);
  expect((await theirs(alice, a)).map((text) => text.length)).toEqual([20_000, 14_500]);
});

test('a text keeps its formatting and line breaks, and loses what would steer a terminal', async () => {
  const { alice, bob, a, b } = await connected(network());
  await bob.input(b, '\u0002bold\u0002 \u001b[31mred\u0007\u0000\nsecond \u009bline');
  await delivered(bob, b, 1);
  expect(await theirs(alice, a)).toEqual(['\u0002bold\u0002 [31mred\nsecond line']);
});

test('a line that comes much later than those after it is shown where it was written', async () => {
  const { net, alice, bob, a, b } = await connected(network());
  await bob.input(b, 'line 1');
  await delivered(bob, b, 1);
  let held: string | null = null;
  let isOver = false;
  net.faults.drop = ({ bytes }) => {
    const print = bytes.subarray(0, 64).toString();
    held ??= print;
    return print === held && !isOver;
  };
  await bob.input(b, 'line 2');
  await until('it fails', async () => (await bob.lines(b)).some((line) => line.text === 'line 2' && line.receipt?.state === 'sent'));
  for (const text of ['line 3', 'line 4']) await bob.input(b, text);
  await until('those after it are shown', async () => {
    await nudge(bob);
    return (await theirs(alice, a)).includes('line 4');
  });
  expect(await theirs(alice, a)).toEqual(['line 1', 'line 3', 'line 4']);
  await alice.input(a, 'what about 2?');
  isOver = true;
  await delivered(bob, b, 4, true);
  expect(await theirs(alice, a)).toEqual(numbers(4, 'line'));
  // It counts as unread all the same, and comes before the answer to what followed it.
  expect((await alice.buffer('bob')).unread).toBe(4);
  expect((await alice.said(a)).at(-1)).toBe('me: what about 2?');
});
