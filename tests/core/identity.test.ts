import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { LoopbackNetwork, LoopbackSlot } from '../../src/overlay/loopback/network.ts';
import { until, type Person } from '../support/cores.ts';
import { acceptRequest, bytesOf, connected, delivered, network, nickConfig, nudge, privateBuffer, routeOf, start, theirs } from './pair.ts';

const entry = (route: string): string => `[servers.alice]\nprotocol = "veilid"\nveilid_route_blob = "${route}"\n`;
const edit = async (person: Person, route: string): Promise<void> => {
  await writeFile(person.paths.configFile, `${nickConfig(person.name)}\n${entry(route)}`);
};
const ownRecords = (net: LoopbackNetwork): [string, LoopbackSlot][] =>
  [...net.records].flatMap(([key, record]) => {
    const card = record.slots.get(0);
    return card && card.bytes.length > 0 ? [[key, card] satisfies [string, LoopbackSlot]] : [];
  });

test('a blob of another person in the configuration stops sending, and the right one lets it go on', async () => {
  const net = network();
  const [alice, mallory] = [await start('alice', net), await start('mallory', net)];
  const route = await routeOf(alice);
  const bob = await start('bob', net, { config: entry(route) });
  const b = await privateBuffer(bob);
  await acceptRequest(alice);
  await until('bob is certain', async () => (await bob.onlyContact()).shield === 'not-verified');

  await edit(bob, await routeOf(mallory));
  await until('bob is warned', async () => (await bob.onlyContact()).shield === 'changed');
  await expect(bob.input(b, 'secret')).rejects.toMatchObject({ code: 'identityChanged' });
  expect((await mallory.snapshot()).requests).toEqual([]);
  expect((await readFile(bob.paths.configFile, 'utf8')).includes('secret')).toBe(false);

  await edit(bob, route);
  await until('bob may send', async () => (await bob.onlyContact()).shield === 'not-verified');
  await bob.input(b, 'for alice');
  await delivered(bob, b, 1);
});

test('a new blob of the same person moves the conversation', async () => {
  const net = network();
  const alice = await start('alice', net);
  const route = await routeOf(alice);
  const bob = await start('bob', net, { config: entry(route) });
  const b = await privateBuffer(bob);
  const a = await acceptRequest(alice);
  await until('bob is certain', async () => (await bob.onlyContact()).shield === 'not-verified');
  net.records.clear();
  const before = (await alice.snapshot()).node.routes.map((one) => one.text);
  await alice.client.call('route.renew', {});
  for (const text of before) net.kill(bytesOf(text));
  await edit(bob, await routeOf(alice));
  await bob.input(b, 'by the new route');
  await delivered(bob, b, 1, true);
  expect(await theirs(alice, a)).toEqual(['by the new route']);
  expect((await bob.onlyContact()).shield).toBe('not-verified');
});

test('a blob that is exchanged while it is still being connected leads to the new person only', async () => {
  const net = network();
  const [alice, carol] = [await start('alice', net), await start('carol', net)];
  const [ofAlice, ofCarol] = [await routeOf(alice), await routeOf(carol)];
  await carol.stop();
  const bob = await start('bob', net, { config: entry(ofCarol) });
  const b = await privateBuffer(bob);
  await bob.input(b, 'whoever you are');
  await edit(bob, ofAlice);
  const a = await acceptRequest(alice);
  await delivered(bob, b, 1, true);
  expect(await theirs(alice, a)).toEqual(['whoever you are']);
});

test('a record that somebody else signed stops sending', async () => {
  const net = network();
  const { alice, bob, b } = await connected(net);
  const carol = await start('carol', net);
  const dave = await start('dave', net);
  const before = new Set(net.records.keys());
  await dave.client.call('contact.connect', { text: await routeOf(carol) });
  await acceptRequest(carol);
  const foreign = await until('carol’s record is written', () => ownRecords(net).find(([key]) => !before.has(key)));
  const routes = (await alice.snapshot()).node.routes.map((one) => one.text);
  await alice.stop();
  for (const text of routes) net.kill(bytesOf(text));
  for (const key of before) net.records.get(key)?.slots.set(0, { ...foreign[1] });
  await bob.input(b, 'who is there?');
  await until('bob is warned', async () => (await bob.onlyContact()).shield === 'changed');
  await expect(bob.input(b, 'more')).rejects.toMatchObject({ code: 'identityChanged' });
});

test('blocking a contact gives us new routes, the others find them, and the blocked one does not', async () => {
  const net = network();
  const { alice, bob, a, b } = await connected(net);
  const carol = await start('carol', net);
  const { buffer: c } = await carol.client.call('contact.connect', { text: await routeOf(alice) });
  await acceptRequest(alice);
  await until('carol is certain', async () => (await carol.onlyContact()).shield === 'not-verified');
  const before = (await alice.snapshot()).node.routes.map((one) => one.text);
  const ofBob = (await alice.snapshot()).contacts.find((contact) => contact.buffer === a);
  await alice.client.call('contact.block', { contact: ofBob?.id ?? 0 });
  await until('alice has other routes', async () => {
    const routes = (await alice.snapshot()).node.routes.map((one) => one.text);
    return routes.length === 2 && routes.every((text) => !before.includes(text));
  });
  await carol.input(c, 'found you');
  await delivered(carol, c, 1, true);
  await bob.input(b, 'and me?');
  await until('bob’s tries fail', async () => {
    await nudge(bob);
    return /route does not answer/.test((await bob.onlyContact()).status);
  });
  await expect(alice.input(a, 'no')).rejects.toMatchObject({ code: 'blocked' });
  expect(await theirs(alice, a)).toEqual([]);
});

test('who was blocked may come back once the user connects to them anew', async () => {
  const { net, alice, bob, b } = await connected(network());
  const { id } = await alice.onlyContact();
  await alice.client.call('contact.block', { contact: id });
  await alice.client.call('contact.remove', { contact: id });
  const { buffer: a } = await alice.client.call('contact.connect', { text: await routeOf(bob) });
  await alice.input(a, 'sorry');
  await delivered(alice, a, 1, true);
  expect(await theirs(bob, b)).toEqual(['sorry']);
  await bob.input(b, 'no harm done');
  await delivered(bob, b, 1, true);
  expect(net.records.size).toBeGreaterThan(0);
});

test('the name on a later profile replaces the one on the first', async () => {
  const net = network();
  const { alice, bob, a } = await connected(net);
  await bob.stop();
  await writeFile(bob.paths.configFile, nickConfig('robert'));
  const robert = await start('bob', net, { directory: bob.directory });
  await robert.client.call('contact.remove', { contact: (await robert.onlyContact()).id });
  await robert.client.call('contact.connect', { text: await routeOf(alice) });
  await until('alice sees the new name', async () => (await alice.onlyContact()).nickname === 'robert');
  expect((await alice.snapshot()).buffers.find((buffer) => buffer.id === a)?.name).toBe('robert');
});
