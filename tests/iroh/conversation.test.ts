// needs: unshare namespaces
/** Whole cores with the loopback overlay for what Veilid does and a real iroh beside it, in a namespace with nothing but loopback. */
import { networkInterfaces } from 'node:os';
import { beforeAll, expect, test } from 'vitest';
import type { Overlay } from '../../src/overlay/overlay.ts';
import { acceptRequest, connected, delivered, network, privateBuffer, start, theirs } from '../core/pair.ts';
import { until, type Person } from '../support/cores.ts';

/** Without records there is no mailbox that could carry a text past the fault. */
const withIroh = { config: '[iroh]\nenabled = true\n', overlay: (plain: Overlay): Overlay => ({ ...plain, records: null }) };

beforeAll(() => {
  const others = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (others.length > 0) throw new Error(`this test runs in an empty network namespace only, and there is ${others.join(', ')}`);
});

const irohAddress = async (person: Person): Promise<string> =>
  until(`${person.name} has an iroh address`, async () => (await person.client.call('route.direct', {})).text);

test('the first contact by an iroh address waits until the user has confirmed the fingerprint, and then needs no other way', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net, withIroh), await start('bob', net, withIroh)];
  // The other overlay carries nothing at all.
  net.faults.drop = () => true;
  const { buffer: b } = await bob.client.call('contact.connect', { text: await irohAddress(alice) });
  await bob.input(b, 'typed before');
  const asked = await until('bob is asked', async () => {
    const contact = await bob.onlyContact();
    return contact.mustConfirm && contact;
  });
  expect(asked.fingerprint).toBe((await alice.snapshot()).fingerprint);
  expect((await alice.snapshot()).requests).toEqual([]);

  await bob.client.call('contact.confirm', { contact: asked.id });
  const a = await acceptRequest(alice);
  await delivered(bob, b, 1, true);
  await alice.input(a, 'and back');
  await delivered(alice, a, 1, true);
  expect(await theirs(alice, a)).toEqual(['typed before']);
  expect(await theirs(bob, b)).toEqual(['and back']);
  await expect(bob.client.call('contact.confirm', { contact: asked.id })).rejects.toMatchObject({ code: 'badInput' });
});

test('contacts go over iroh only once both have chosen it, and stop when one takes it back', async () => {
  const net = network();
  const { alice, bob, a, b } = await connected(net, { alice: withIroh, bob: withIroh });
  const [ofAlice, ofBob] = [await bob.onlyContact(), await alice.onlyContact()];
  expect(ofAlice.direct).toEqual({ chosen: false, told: false });

  await bob.client.call('contact.set', { contact: ofAlice.id, direct: true });
  await until('alice hears of it', async () => (await alice.onlyContact()).direct?.told === true);
  net.faults.drop = () => true;
  await alice.input(a, 'not this way');
  await until('it waits', async () => (await alice.lines(a)).find(({ text }) => text === 'not this way')?.receipt?.reason != null);
  net.faults = {};
  await alice.client.call('contact.retry', { contact: ofBob.id });
  await delivered(alice, a, 1, true);

  await alice.client.call('contact.set', { contact: ofBob.id, direct: true });
  await until('bob hears of it', async () => (await bob.onlyContact()).direct?.told === true);
  net.faults.drop = () => true;
  await bob.input(b, 'over iroh');
  await delivered(bob, b, 1, true);
  await alice.input(a, 'over iroh as well');
  await delivered(alice, a, 2, true);
  expect(await theirs(alice, a)).toEqual(['over iroh']);
  expect(await theirs(bob, b)).toEqual(['not this way', 'over iroh as well']);
});

test('an iroh address is refused with a sentence where iroh is off, and nobody is told where we are', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net, withIroh), await start('bob', net)];
  const text = await irohAddress(alice);
  await expect(bob.client.call('contact.connect', { text })).rejects.toMatchObject({ code: 'badAddress' });
  await expect(bob.client.call('route.direct', {})).rejects.toMatchObject({ code: 'unavailable' });
  expect((await bob.snapshot()).node.direct).toBeNull();
  const { buffer } = await bob.client.call('contact.connect', { text: (await alice.client.call('route.get', {})).text });
  await acceptRequest(alice);
  await bob.input(buffer, 'hello');
  await delivered(bob, await privateBuffer(bob), 1, true);
  expect((await alice.onlyContact()).direct).toEqual({ chosen: false, told: false });
});
