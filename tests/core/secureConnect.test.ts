/** The other ways to begin: what a link proves, introductions by a contact, and floods of requests (design §6.2, §6.3, §6.7). */
import { expect, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import type { Message } from '../../src/contract/message.ts';
import type { ContactView } from '../../src/contract/views.ts';
import { createProfileDirectories, profilePaths } from '../../src/core/profile.ts';
import { openStore } from '../../src/store/store.ts';
import { testDirectory, until, type Person } from '../support/cores.ts';
import { acceptRequest, connected, network, nudge, routeOf, start, theirs } from './pair.ts';

const shieldOf = async (person: Person, id: ContactView['id']): Promise<string> => (await person.contact(id)).shield;
const known = ['not-verified', 'invite-pinned'];

test('an invite pins who is met when the user brought it, and not when it was pressed in a conversation', async () => {
  const net = network();
  const [alice, bob, carol] = [await start('alice', net), await start('bob', net), await start('carol', net)];
  const pasted = await bob.client.call('contact.connect', { text: (await alice.client.call('invite.create', {})).text });
  const pressed = await carol.client.call('contact.connect', { text: (await alice.client.call('invite.create', {})).text, from: 'buffer' });
  await until(
    'both are connected',
    async () => known.includes(await shieldOf(bob, pasted.contact)) && known.includes(await shieldOf(carol, pressed.contact)),
  );
  expect(await shieldOf(bob, pasted.contact)).toBe('invite-pinned');
  expect(await shieldOf(carol, pressed.contact)).toBe('not-verified');
  // Undoing a comparison never makes it more than it was.
  await carol.client.call('contact.verify', { contact: pressed.contact, verified: true });
  await carol.client.call('contact.verify', { contact: pressed.contact, verified: false });
  expect(await shieldOf(carol, pressed.contact)).toBe('not-verified');
});

interface Three {
  alice: Person;
  bob: Person;
  carol: Person;
  /** Bob's conversation with Alice. */
  b: BufferId;
  ofCarol: ContactView;
  ofBob: ContactView;
}

/** Alice knows Bob and Carol, who do not know each other. */
async function three(): Promise<Three> {
  const { net, alice, bob, b } = await connected(network());
  const carol = await start('carol', net);
  await carol.client.call('contact.connect', { text: await routeOf(alice) });
  await acceptRequest(alice);
  const ofCarol = await until('alice knows carol', async () =>
    (await alice.snapshot()).contacts.find(({ nickname, shield }) => nickname === 'carol' && shield === 'not-verified'),
  );
  const ofBob = (await alice.snapshot()).contacts.find(({ nickname }) => nickname === 'bob');
  if (!ofBob) throw new Error('no bob');
  return { alice, bob, carol, b, ofCarol, ofBob };
}
const introductionAt = (person: Person, buffer: BufferId): Promise<Message> =>
  until(`${person.name} sees the introduction`, async () =>
    (await person.lines(buffer)).find(({ kind, self }) => kind === 'introduction' && !self),
  );

test('an introduced person is connected to by fingerprint, not verified, and shown as introduced by whom', async () => {
  const { alice, bob, carol, b, ofCarol, ofBob } = await three();
  await alice.client.call('contact.introduce', { contact: ofCarol.id, to: ofBob.id });
  const line = await introductionAt(bob, b);
  expect([line.text, line.subject]).toEqual(['carol', (await carol.snapshot()).fingerprint]);
  // Nothing happens by itself.
  expect((await bob.snapshot()).contacts).toHaveLength(1);
  const made = await bob.client.call('contact.introduced', { buffer: b, message: line.id });
  const again = await bob.client.call('contact.introduced', { buffer: b, message: line.id });
  expect(again).toEqual(made);
  await bob.input(made.buffer, 'alice says hello');
  const c = await until('carol sees the request', async () => (await carol.snapshot()).requests[0]);
  const { buffer } = await carol.client.call('contact.accept', { contact: c.contact });
  await until('carol reads it', async () => (await theirs(carol, buffer)).includes('alice says hello'));
  await until('bob is certain', async () => (await shieldOf(bob, made.contact)) === 'not-verified');
  expect(await bob.contact(made.contact)).toMatchObject({ introducedBy: 'alice', fingerprint: (await carol.snapshot()).fingerprint });
  await expect(alice.client.call('contact.introduce', { contact: ofBob.id, to: ofBob.id })).rejects.toMatchObject({ code: 'badInput' });
});

test('by command as well: to the contact of the conversation, or to one that is named', async () => {
  const { alice, bob, b, ofBob } = await three();
  if (ofBob.buffer === null) throw new Error('no buffer');
  const { note } = await alice.client.call('buffer.input', { buffer: ofBob.buffer, text: '/introduce carol' });
  expect(note).toMatch(/bob is given the name, the fingerprint and the addresses of carol/);
  await introductionAt(bob, b);
  await expect(alice.input(ofBob.buffer, '/introduce nobody')).rejects.toMatchObject({ code: 'notFound' });
  await expect(alice.input(ofBob.buffer, '/introduce bob')).rejects.toMatchObject({ code: 'badInput' });
});

test('another identity at the introduced address is refused with a sentence, and gets nothing', async () => {
  const { alice, bob, carol, b, ofCarol, ofBob } = await three();
  await alice.client.call('contact.introduce', { contact: ofCarol.id, to: ofBob.id });
  const line = await introductionAt(bob, b);
  // Carol is somebody else by the time Bob comes.
  await carol.input((await carol.snapshot()).buffers.find(({ kind }) => kind === 'private')?.id ?? b, '/rotate-identity yes');
  const made = await bob.client.call('contact.introduced', { buffer: b, message: line.id });
  await bob.input(made.buffer, 'for carol only');
  // Not nudged: each try begins with another sentence.
  const status = await until('bob is told', async () => {
    const { status: said } = await bob.contact(made.contact);
    return said.includes('Another identity') ? said : null;
  });
  expect(status).toBe('Another identity answered than the one you were shown. Nothing was sent to it.');
  const failed = (await bob.lines(made.buffer)).find(({ text }) => text === 'for carol only');
  expect(failed?.receipt?.state).toBe('failed');
  expect((await carol.snapshot()).requests).toEqual([]);
});

test('a hundred strangers may wait; one more is neither stored nor answered until there is room', async () => {
  const net = network();
  const directory = await testDirectory();
  const paths = profilePaths(directory, {});
  await createProfileDirectories(paths);
  const { store } = await openStore({ dataDirectory: paths.dataDirectory, stateDirectory: paths.stateDirectory });
  for (let index = 0; index < 100; index += 1) {
    const fingerprint = new Uint8Array(32).fill(index + 1);
    const row = { nickname: `stranger ${index}`, fingerprint, identity: null, state: 'request' as const, level: 'not-verified' as const };
    await store.insertContact({ ...row, source: 'request', created: index + 1 });
  }
  await store.close();
  const alice = await start('alice', net, { directory });
  expect((await alice.snapshot()).requests).toHaveLength(100);
  const bob = await start('bob', net);
  const { buffer } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await bob.input(buffer, 'let me in');
  await until('his hello was dropped', async () =>
    (await alice.client.call('diagnostics.read', {})).dropped.find(({ reason }) => reason === 'store'),
  );
  expect((await alice.snapshot()).requests.some(({ nickname }) => nickname === 'bob')).toBe(false);
  expect((await bob.lines(buffer)).every(({ receipt }) => receipt?.state !== 'delivered')).toBe(true);
  const first = (await alice.snapshot()).requests[0];
  if (!first) throw new Error('no request');
  await alice.client.call('contact.block', { contact: first.contact });
  await until('there is room', async () => {
    await nudge(bob);
    return (await alice.snapshot()).requests.find(({ nickname }) => nickname === 'bob');
  });
});
