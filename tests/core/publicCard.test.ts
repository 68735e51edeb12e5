import { expect, test } from 'vitest';
import { CARD_SLOT } from '../../src/overlay/overlay.ts';
import { until } from '../support/cores.ts';
import { acceptRequest, connected, delivered, network, privateBuffer, routeOf, start, theirs } from './pair.ts';

const link = async (person: Awaited<ReturnType<typeof start>>): Promise<string> =>
  (await person.client.call('card.setPublic', { enabled: true })).link ?? '';

test('there is no public card until the user makes one, and it is the same one until it is taken back', async () => {
  const net = network();
  const alice = await start('alice', net);
  await routeOf(alice);
  expect(await alice.client.call('card.publicLink', {})).toEqual({ link: null, isWritten: false });
  expect(net.records.size).toBe(0);
  const made = await alice.client.call('card.setPublic', { enabled: true });
  expect(made.link).toMatch(/^sotto:card\/[A-Za-z0-9:_-]+$/);
  expect(made.isWritten).toBe(true);
  expect(await alice.client.call('card.setPublic', { enabled: true })).toEqual(made);
  expect(net.records.size).toBe(1);
  await alice.stop();
  const again = await start('alice', net, { directory: alice.directory });
  expect((await again.client.call('card.publicLink', {})).link).toBe(made.link);
  const [record] = net.records.values();
  const before = record?.slots.get(CARD_SLOT)?.bytes;
  await again.client.call('route.renew', {});
  await until('the card names the new routes', () => record?.slots.get(CARD_SLOT)?.bytes !== before);
  expect(await again.client.call('card.setPublic', { enabled: false })).toEqual({ link: null, isWritten: false });
  await until('the record is empty', () => record?.slots.get(CARD_SLOT)?.bytes.length === 0);
});

test('whoever has the link can ask, as somebody not verified, and goes on in a record of their own', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  const text = await link(alice);
  const key = text.slice('sotto:card/'.length);
  const { buffer: b } = await bob.client.call('contact.connect', { text });
  await bob.input(b, 'hello from the web');
  const a = await acceptRequest(alice);
  await until('bob is certain', async () => (await bob.onlyContact()).shield === 'not-verified');
  await delivered(bob, b, 1, true);
  expect(await theirs(alice, a)).toEqual(['hello from the web']);
  await until('alice is certain, and has verified nobody', async () => (await alice.onlyContact()).shield === 'not-verified');
  // the pair has records of its own; the public one is nobody's mailbox
  expect(net.records.size).toBe(3);
  await bob.client.call('buffers.show', { buffers: [b] });
  await until('bob watches the record made for him', () =>
    [...net.records].some(([other, { watchers }]) => other !== key && watchers.size > 0),
  );
  expect(net.records.get(key)?.watchers.size).toBe(0);
});

test('a link that is damaged, taken back or one’s own says so', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  await expect(bob.client.call('contact.connect', { text: 'sotto:card/%%%' })).rejects.toThrow(/damaged/);
  const text = await link(alice);
  await alice.client.call('contact.connect', { text });
  await until('alice reads that it is hers', async () => /your own/.test((await alice.onlyContact()).status));
  await alice.client.call('card.setPublic', { enabled: false });
  await until('the record is empty', () => [...net.records.values()][0]?.slots.get(CARD_SLOT)?.bytes.length === 0);
  await bob.client.call('contact.connect', { text });
  await until('bob reads that there is none', async () => /public card cannot be read/.test((await bob.onlyContact()).status));
});

test('somebody one knows already is found, not doubled, by their public card', async () => {
  const pair = await connected(network());
  const text = await link(pair.alice);
  await pair.bob.client.call('contact.connect', { text });
  await until('there is one contact', async () => {
    const { contacts } = await pair.bob.snapshot();
    return contacts.length === 1 && contacts[0]?.buffer === pair.b;
  });
  expect(await privateBuffer(pair.bob)).toBe(pair.b);
});
