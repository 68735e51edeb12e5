import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork, type LoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, until, type Person } from '../support/cores.ts';

const nickConfig = (nick: string): string => `[servers.lab]\nserver = "127.0.0.1"\nport = 9\nnickname = "${nick}"\nautoconnect = false\n`;

const start = (name: string, network: LoopbackNetwork, directory?: string): Promise<Person> =>
  startPerson({
    name,
    overlay: () => createLoopbackOverlay(network),
    ...(directory === undefined ? { config: nickConfig(name) } : { directory }),
  });

const network = (): LoopbackNetwork => createLoopbackNetwork({ replyTimeoutMs: 300 });

const privateBuffer = (person: Person): Promise<BufferId> =>
  until(
    `${person.name} has the conversation`,
    async () => (await person.snapshot()).buffers.find((buffer) => buffer.kind === 'private')?.id,
  );

const acceptRequest = async (person: Person): Promise<BufferId> => {
  const request = await until(`${person.name} sees the request`, async () => (await person.snapshot()).requests[0]);
  return (await person.client.call('contact.accept', { contact: request.contact })).buffer;
};

/** Bob pastes Alice's route, Alice accepts. */
async function connected(net: LoopbackNetwork): Promise<{ alice: Person; bob: Person; a: BufferId; b: BufferId }> {
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const { text } = await alice.client.call('route.get', {});
  const { buffer: b } = await bob.client.call('contact.connect', { text });
  const a = await acceptRequest(alice);
  await until('bob is certain', async () => (await bob.onlyContact()).shield === 'not-verified');
  await until('alice is certain', async () => (await alice.onlyContact()).shield === 'not-verified');
  return { alice, bob, a, b };
}

const deliveredAll = (person: Person, buffer: BufferId, count: number): Promise<true> =>
  until(`${count} lines of ${person.name} are delivered`, async () => {
    const own = (await person.lines(buffer)).filter((line) => line.self);
    return own.length === count && own.every((line) => line.receipt?.state === 'delivered');
  });

test('two people talk over a bare route, and nothing of a stranger is shown before it is accepted', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const { text } = await alice.client.call('route.get', {});
  const { contact, buffer: b } = await bob.client.call('contact.connect', { text });
  await bob.input(b, 'hello, this is bob');

  const request = await until('alice sees the request', async () =>
    (await alice.snapshot()).requests.find((candidate) => candidate.texts === 1),
  );
  expect(request.nickname).toBe('bob');
  expect((await alice.snapshot()).contacts).toEqual([]);
  expect((await alice.snapshot()).buffers.filter((buffer) => buffer.kind === 'private')).toEqual([]);
  expect(await bob.contact(contact)).toMatchObject({ shield: 'confirming', waiting: true });

  const a = await acceptRequest(alice);
  expect(await alice.said(a)).toEqual(['they: hello, this is bob']);
  expect((await alice.lines(a))[0]?.from).toBe('bob');
  await alice.input(a, 'hello bob');
  await until('bob has the answer', async () => (await bob.said(b)).includes('they: hello bob'));
  await deliveredAll(bob, b, 1);
  await deliveredAll(alice, a, 1);
  expect(await bob.contact(contact)).toMatchObject({ nickname: 'alice', shield: 'not-verified', waiting: false });

  for (let number = 1; number <= 10; number += 1) {
    await bob.input(b, `from bob ${number}`);
    await alice.input(a, `from alice ${number}`);
  }
  await deliveredAll(bob, b, 11);
  await deliveredAll(alice, a, 11);
  expect((await alice.said(a)).filter((line) => line.startsWith('they: from bob')).sort()).toHaveLength(10);
  expect((await bob.said(b)).filter((line) => line.startsWith('they: from alice')).sort()).toHaveLength(10);

  const [ours, theirs] = await Promise.all([
    bob.client.call('contact.safetyNumber', { contact }),
    alice.client.call('contact.safetyNumber', { contact: (await alice.onlyContact()).id }),
  ]);
  expect(ours).toEqual(theirs);
  expect(ours.groups).toHaveLength(12);
});

test('an invite is accepted without asking, pins the identity, and works once', async () => {
  const net = network();
  const [alice, bob, carol] = [await start('alice', net), await start('bob', net), await start('carol', net)];
  const { text } = await alice.client.call('invite.create', {});
  expect(text).toMatch(/^sotto:/);
  const { contact, buffer: b } = await bob.client.call('contact.connect', { text });
  await bob.input(b, 'by invite');
  const a = await privateBuffer(alice);
  await until('alice has the text', async () => (await alice.said(a)).includes('they: by invite'));
  await until('bob is pinned', async () => (await bob.contact(contact)).shield === 'invite-pinned');
  expect((await alice.snapshot()).requests).toEqual([]);

  const second = await carol.client.call('contact.connect', { text });
  await carol.input(second.buffer, 'me too');
  await until('carol is told', async () => /cannot be read|not valid/.test((await carol.contact(second.contact)).status));
  expect((await alice.snapshot()).contacts).toHaveLength(1);

  await expect(
    bob.client.call('contact.connect', { text: `${text.slice(0, -6)}${text.at(-6) === 'A' ? 'B' : 'A'}${text.slice(-5)}` }),
  ).rejects.toMatchObject({
    code: 'badInvite',
  });
  await expect(alice.client.call('contact.connect', { text })).rejects.toMatchObject({ code: 'badInvite' });
});

test('a route in the configuration connects, and the entry belongs to that contact', async () => {
  const net = network();
  const alice = await start('alice', net);
  const { text } = await alice.client.call('route.get', {});
  const bob = await startPerson({
    name: 'bob',
    overlay: () => createLoopbackOverlay(net),
    config: `${nickConfig('bob')}\n[servers.alice]\nprotocol = "veilid"\nveilid_route_blob = "${text}"\n`,
  });
  const b = await privateBuffer(bob);
  await bob.input(b, 'from the file');
  const a = await acceptRequest(alice);
  expect(await alice.said(a)).toEqual(['they: from the file']);
  await deliveredAll(bob, b, 1);
  const entry = (await bob.snapshot()).servers.find((server) => server.name === 'alice');
  expect(entry).toMatchObject({ protocol: 'veilid', contact: (await bob.onlyContact()).id });
});

test('a lost answer is repeated and acknowledged again, and the line is shown once', async () => {
  const net = network();
  const { alice, bob, a, b } = await connected(net);
  let lost = 0;
  net.faults.dropReply = () => (lost += 1) <= 2;
  await bob.input(b, 'only once');
  await until('alice has it', async () => (await alice.said(a)).length > 0);
  await bob.client.call('contact.retry', { contact: (await bob.onlyContact()).id });
  await until('bob knows', async () => {
    await bob.client.call('contact.retry', { contact: (await bob.onlyContact()).id });
    return (await bob.lines(b)).find((line) => line.self)?.receipt?.state === 'delivered';
  });
  expect(await alice.said(a)).toEqual(['they: only once']);
});

test('messages wait while the other side is gone, and arrive in order after both started again', async () => {
  const net = network();
  const first = await connected(net);
  await first.alice.stop();
  for (let number = 1; number <= 5; number += 1) await first.bob.input(first.b, `while you were away ${number}`);
  await first.bob.stop();

  const bob = await start('bob', net, first.bob.directory);
  const alice = await start('alice', net, first.alice.directory);
  await deliveredAll(bob, first.b, 5);
  expect(await alice.said(first.a)).toEqual([1, 2, 3, 4, 5].map((number) => `they: while you were away ${number}`));
});

test('routes that die are replaced, and the record leads to the new ones', async () => {
  const net = network();
  const { alice, bob, a, b } = await connected(net);
  const before = (await alice.snapshot()).node.routes.map((route) => route.text);
  await alice.client.call('route.renew', {});
  for (const text of before) net.kill(Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)));
  await until('alice has other routes', async () => {
    const routes = (await alice.snapshot()).node.routes.map((route) => route.text);
    return routes.length > 0 && routes.every((text) => !before.includes(text));
  });
  await bob.input(b, 'found you');
  await until('it arrived', async () => {
    await bob.client.call('contact.retry', { contact: (await bob.onlyContact()).id });
    return (await alice.said(a)).includes('they: found you');
  });
});

test('blocking a request remembers the person and tells them nothing', async () => {
  const net = network();
  const [alice, mallory] = [await start('alice', net), await start('mallory', net)];
  const { text } = await alice.client.call('route.get', {});
  const { contact, buffer } = await mallory.client.call('contact.connect', { text });
  const request = await until('alice sees the request', async () => (await alice.snapshot()).requests[0]);
  await alice.client.call('contact.block', { contact: request.contact });
  await mallory.input(buffer, 'hello?');
  await mallory.client.call('contact.retry', { contact });
  await until('it was sent', async () => (await mallory.lines(buffer))[0]?.receipt?.state === 'sent');
  expect((await alice.snapshot()).requests).toEqual([]);
  expect(await mallory.contact(contact)).toMatchObject({ waiting: true });
});

test('one’s own route and a dead one say what is wrong', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const { text } = await alice.client.call('route.get', {});
  const own = await alice.client.call('contact.connect', { text });
  await until('alice is told', async () => (await alice.contact(own.contact)).status === 'This is your own route.');
  await alice.stop();
  const dead = await bob.client.call('contact.connect', { text });
  await until('bob is told', async () => /Trying again in/.test((await bob.contact(dead.contact)).status));
  await expect(bob.client.call('contact.connect', { text: text.slice(0, 100) })).rejects.toMatchObject({ code: 'badAddress' });
});

test('no file of the profile holds a text in the clear', async () => {
  const net = network();
  const { alice, bob, a, b } = await connected(net);
  await bob.input(b, 'a-needle-in-the-haystack');
  await until('it arrived', async () => (await alice.said(a)).length === 1);
  await alice.stop();
  await bob.stop();
  for (const person of [alice, bob]) {
    for (const file of await readdir(person.directory, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = await readFile(join(file.parentPath, file.name), 'latin1');
      expect(bytes.includes('a-needle-in-the-haystack'), `${file.name} holds the text`).toBe(false);
    }
    expect(person.log.join('\n')).not.toContain('needle');
  }
});
