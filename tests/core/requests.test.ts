import { expect, test } from 'vitest';
import { until } from '../support/cores.ts';
import { acceptRequest, delivered, network, nudge, privateBuffer, routeOf, start, theirs } from './pair.ts';

test('a request holds sixteen texts; more is neither stored nor answered until it is accepted', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const { buffer: b } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  const texts = Array.from({ length: 18 }, (_, index) => `text ${index + 1}`);
  for (const text of texts) await bob.input(b, text);
  await until('alice holds sixteen', async () => {
    await nudge(bob);
    return (await alice.snapshot()).requests.find((request) => request.texts === 16);
  });
  expect(alice.events.filter((event) => event.name === 'messages')).toEqual([]);
  expect((await bob.lines(b)).every((line) => line.receipt?.state !== 'delivered')).toBe(true);
  const a = await acceptRequest(alice);
  await delivered(bob, b, 18, true);
  expect(await theirs(alice, a)).toEqual(texts);
});

test('a stranger hears nothing before the request is accepted, not even for a repeated packet', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const { buffer: b } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  const recorded: { to: Uint8Array; bytes: Uint8Array }[] = [];
  net.faults.drop = (packet) => {
    recorded.push({ to: packet.to.slice(), bytes: packet.bytes.slice() });
    return false;
  };
  await bob.input(b, 'anybody there?');
  await until('alice holds it', async () => (await alice.snapshot()).requests.find((request) => request.texts === 1));
  const packet = recorded.find(({ bytes }) => bytes.length >= 16_384);
  if (!packet) throw new Error('nothing was recorded');
  const { signal } = new AbortController();
  await expect(net.deliver(packet, signal)).rejects.toMatchObject({ code: 'timeout' });
  expect((await alice.snapshot()).requests).toHaveLength(1);
  const a = await acceptRequest(alice);
  await delivered(bob, b, 1, true);
  expect(await net.deliver(packet, signal)).toHaveLength(32);
  expect(await theirs(alice, a)).toEqual(['anybody there?']);
});

test('two who connect to each other at the same moment become one conversation on both sides', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const [ofAlice, ofBob] = [await routeOf(alice), await routeOf(bob)];
  net.faults.delayMs = () => 20;
  const [a, b] = await Promise.all([
    alice.client.call('contact.connect', { text: ofBob }),
    bob.client.call('contact.connect', { text: ofAlice }),
  ]);
  await Promise.all([alice.input(a.buffer, 'hello bob'), bob.input(b.buffer, 'hello alice')]);
  for (const person of [alice, bob]) {
    await until(`${person.name} is certain`, async () => (await person.onlyContact()).shield === 'not-verified');
    expect((await person.snapshot()).requests).toEqual([]);
  }
  const [atAlice, atBob] = [await privateBuffer(alice), await privateBuffer(bob)];
  await alice.input(atAlice, 'and on');
  await bob.input(atBob, 'and on too');
  await Promise.all([delivered(alice, atAlice, 2, true), delivered(bob, atBob, 2, true)]);
  expect((await theirs(alice, atAlice)).sort()).toEqual(['and on too', 'hello alice']);
  expect((await theirs(bob, atBob)).sort()).toEqual(['and on', 'hello bob']);
});

test('whoever connects to somebody who has asked already has accepted them, and no text is lost', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const { buffer: b } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await bob.input(b, 'I asked first');
  await until('alice holds it', async () => (await alice.snapshot()).requests.find((request) => request.texts === 1));
  const mine = await alice.client.call('contact.connect', { text: await routeOf(bob) });
  await alice.input(mine.buffer, 'one').catch(() => undefined);
  const a = await until('one conversation', async () => {
    const { contacts, requests } = await alice.snapshot();
    return contacts.length === 1 && requests.length === 0 && contacts[0]?.id !== mine.contact ? contacts[0]?.buffer : null;
  });
  await delivered(bob, b, 1, true);
  expect(await theirs(alice, a)).toEqual(['I asked first']);
  await delivered(alice, a, 1, true);
  expect(await theirs(bob, b)).toEqual(['one']);
});

test('of two who use one invite at the same moment one comes in, and the other is told nothing by us', async () => {
  const net = network();
  const [alice, bob, carol] = [await start('alice', net), await start('bob', net), await start('carol', net)];
  const { text } = await alice.client.call('invite.create', {});
  await Promise.all([bob.client.call('contact.connect', { text }), carol.client.call('contact.connect', { text })]);
  await until('one came in', async () => (await alice.snapshot()).contacts.length === 1);
  const winner = await until('one is pinned', async () => {
    for (const person of [bob, carol]) if ((await person.onlyContact()).shield === 'invite-pinned') return person;
    return null;
  });
  const loser = winner === bob ? carol : bob;
  await nudge(loser);
  await until('the other still waits', async () => /waiting for an answer|cannot be read/.test((await loser.onlyContact()).status));
  expect((await alice.snapshot()).contacts).toHaveLength(1);
  expect((await alice.snapshot()).requests).toEqual([]);
  const [one, two] = await Promise.all([alice.client.call('invite.create', {}), alice.client.call('invite.create', {})]);
  expect(one.text).not.toBe(two.text);
});
