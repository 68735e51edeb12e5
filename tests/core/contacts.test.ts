import { expect, test } from 'vitest';
import { until } from '../support/cores.ts';
import { acceptRequest, connected, delivered, network, nudge, routeOf, start, theirs } from './pair.ts';

test('a blocked contact hears nothing, and after unblocking the conversation goes on where it was', async () => {
  const { alice, bob, a, b } = await connected(network());
  const { id } = await alice.onlyContact();
  await alice.client.call('contact.verify', { contact: id, verified: true });
  await alice.client.call('contact.block', { contact: id });
  expect((await alice.onlyContact()).shield).toBe('blocked');
  await expect(alice.input(a, 'anything')).rejects.toMatchObject({ code: 'blocked' });
  await bob.input(b, 'are you there?');
  await nudge(bob);
  await until('bob has tried', async () => (await bob.onlyContact()).status !== '');
  expect(await theirs(alice, a)).toEqual([]);
  expect((await bob.lines(b))[0]?.receipt?.state).not.toBe('delivered');
  await alice.client.call('contact.unblock', { contact: id });
  expect((await alice.onlyContact()).shield).toBe('verified');
  await delivered(bob, b, 1, true);
  await alice.input(a, 'back again');
  await delivered(alice, a, 1, true);
  expect(await theirs(alice, a)).toEqual(['are you there?']);
  expect(await theirs(bob, b)).toEqual(['back again']);
});

test('a name of the user goes over theirs, and an empty one gives theirs back', async () => {
  const { alice } = await connected(network());
  const { id } = await alice.onlyContact();
  await alice.client.call('contact.rename', { contact: id, nickname: ' The miller ' });
  expect(await alice.onlyContact()).toMatchObject({ nickname: 'The miller', theirName: 'bob' });
  await alice.client.call('contact.rename', { contact: id, nickname: '' });
  expect(await alice.onlyContact()).toMatchObject({ nickname: 'bob', theirName: 'bob' });
});

test('switches of one contact are kept, and go back to what is configured', async () => {
  const net = network();
  const { alice } = await connected(net);
  const { id } = await alice.onlyContact();
  await alice.client.call('contact.set', { contact: id, readReceipts: false, presence: true, cover: false });
  await alice.client.call('contact.set', { contact: id, cover: null });
  await alice.stop();
  const again = await start('alice', net, { directory: alice.directory });
  expect(await again.onlyContact()).toMatchObject({
    readReceipts: { chosen: false, configured: true },
    sharesPresence: { chosen: true, configured: false },
    cover: { chosen: null, configured: true },
  });
});

test('the first packet of a removed contact, sent again, is no new request; a new one is', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const recorded: { to: Uint8Array; bytes: Uint8Array }[] = [];
  net.faults.drop = (packet) => {
    recorded.push({ to: packet.to.slice(), bytes: packet.bytes.slice() });
    return false;
  };
  await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await acceptRequest(alice);
  await until('bob is certain', async () => (await bob.onlyContact()).shield === 'not-verified');
  await until('alice is certain', async () => (await alice.onlyContact()).shield === 'not-verified');
  await alice.client.call('contact.remove', { contact: (await alice.onlyContact()).id });
  const { signal } = new AbortController();
  const before = (await alice.client.call('diagnostics.read', {})).dropped;
  for (const packet of [...recorded]) await net.deliver(packet, signal).catch(() => null);
  const after = (await alice.client.call('diagnostics.read', {})).dropped;
  const replays = (list: typeof after): number => list.find(({ reason }) => reason === 'replay')?.count ?? 0;
  expect(replays(after)).toBeGreaterThan(replays(before));
  expect(await alice.snapshot()).toMatchObject({ contacts: [], requests: [] });

  // They may come again with a first packet of their own.
  await bob.client.call('contact.remove', { contact: (await bob.onlyContact()).id });
  await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await until('alice sees the request', async () => (await alice.snapshot()).requests.length === 1);
});

test('removing with the block turns the person away afterwards', async () => {
  const { alice, bob } = await connected(network());
  await alice.client.call('contact.remove', { contact: (await alice.onlyContact()).id, block: true });
  await bob.client.call('contact.remove', { contact: (await bob.onlyContact()).id });
  await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await until('bob was turned away', async () => {
    await nudge(bob);
    return (await alice.client.call('diagnostics.read', {})).dropped.some(({ reason }) => reason === 'blocked');
  });
  expect(await alice.snapshot()).toMatchObject({ contacts: [], requests: [] });
});
