import { expect, test, vi } from 'vitest';
import type { Person } from '../support/cores.ts';
import { until } from '../support/cores.ts';
import { acceptRequest, connected, delivered, network, nudge, privateBuffer, routeOf, start, theirs } from './pair.ts';

/** Stretching the passphrase takes seconds on a busy machine, each time. */
vi.setConfig({ testTimeout: 120_000 });

const PASSPHRASE = 'five plain words are enough';

const exported = async (person: Person, passphrase = PASSPHRASE): Promise<string> =>
  (await person.client.call('profile.export', { passphrase })).data;

/** In two parts, as a page sends it. */
const send = async (person: Person, data: string): Promise<void> => {
  const half = Math.floor(data.length / 8) * 4;
  const { received } = await person.client.call('profile.importPart', { at: 0, data: data.slice(0, half) });
  await person.client.call('profile.importPart', { at: received, data: data.slice(half) });
};
const imported = async (person: Person, data: string, passphrase = PASSPHRASE): Promise<{ contacts: number; blocked: number }> => {
  await send(person, data);
  return person.client.call('profile.import', { passphrase });
};
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const base64Of = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

test('identity and contacts go to a new profile, and the conversation goes on both ways with its level', async () => {
  const { net, alice, bob, b } = await connected(network());
  const { id } = await alice.onlyContact();
  await alice.client.call('contact.verify', { contact: id, verified: true });
  await alice.client.call('contact.rename', { contact: id, nickname: 'Bob from the mill' });
  await alice.client.call('contact.set', { contact: id, readReceipts: false, cover: true });
  await bob.input(b, 'before');
  await delivered(bob, b, 1);
  const before = await alice.snapshot();
  const data = await exported(alice);
  await alice.stop();

  const again = await start('alice', net);
  expect((await again.snapshot()).fingerprint).not.toBe(before.fingerprint);
  expect(await imported(again, data)).toMatchObject({ contacts: 1, blocked: 0 });
  expect((await again.snapshot()).fingerprint).toBe(before.fingerprint);
  const contact = await again.onlyContact();
  expect(contact).toMatchObject({
    nickname: 'Bob from the mill',
    theirName: 'bob',
    readReceipts: { chosen: false },
    sharesPresence: { chosen: null },
    cover: { chosen: true },
    fingerprint: before.contacts[0]?.fingerprint,
  });
  // A new session begins by itself: nobody has written anything yet.
  await until('the restored profile is certain', async () => (await again.onlyContact()).shield === 'verified');
  await until('bob is certain', async () => (await bob.onlyContact()).shield === 'not-verified');
  expect((await bob.snapshot()).requests).toEqual([]);

  const { buffer } = await again.client.call('contact.open', { contact: contact.id });
  expect(await again.said(buffer)).toEqual([]);
  await again.input(buffer, 'from the new computer');
  await delivered(again, buffer, 1, true);
  await bob.input(b, 'welcome back');
  await delivered(bob, b, 2, true);
  expect(await theirs(again, buffer)).toEqual(['welcome back']);
  expect(await theirs(bob, b)).toEqual(['from the new computer']);

  // Records, addresses and switches are in the store, not only in memory.
  await again.stop();
  const restarted = await start('alice', net, { directory: again.directory });
  expect((await restarted.snapshot()).fingerprint).toBe(before.fingerprint);
  expect(await restarted.onlyContact()).toMatchObject({ nickname: 'Bob from the mill', shield: 'verified' });
});

test('somebody blocked stays blocked after an import, and can be unblocked there', async () => {
  const net = network();
  const { alice, bob, b } = await connected(net);
  const mallory = await start('mallory', net);
  await mallory.client.call('contact.connect', { text: await routeOf(alice) });
  const request = await until('alice sees mallory', async () => (await alice.snapshot()).requests[0]);
  await alice.client.call('contact.block', { contact: request.contact });
  await alice.client.call('contact.block', { contact: (await alice.onlyContact()).id });
  const data = await exported(alice);
  await alice.stop();

  const again = await start('alice', net);
  expect(await imported(again, data)).toMatchObject({ contacts: 1, blocked: 2 });
  expect((await again.onlyContact()).shield).toBe('blocked');
  await mallory.client.call('contact.remove', { contact: (await mallory.onlyContact()).id });
  await mallory.client.call('contact.connect', { text: await routeOf(again) });
  await bob.input(b, 'hello?');
  await nudge(bob);
  await until('mallory was turned away', async () =>
    (await again.client.call('diagnostics.read', {})).dropped.some(({ reason }) => reason === 'blocked'),
  );
  expect((await again.snapshot()).requests).toEqual([]);
  await again.client.call('contact.unblock', { contact: (await again.onlyContact()).id });
  await delivered(bob, b, 1, true);
  expect(await theirs(again, await privateBuffer(again))).toEqual(['hello?']);
});

test('an identity that was renewed comes with its log', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  await alice.input((await alice.buffer('lab')).id, '/rotate-identity yes');
  const { buffer: b } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await acceptRequest(alice);
  await until('alice is certain', async () => (await alice.onlyContact()).shield === 'not-verified');
  const data = await exported(alice);
  const { fingerprint } = await alice.snapshot();
  await alice.stop();
  const again = await start('alice', net);
  await imported(again, data);
  expect((await again.snapshot()).fingerprint).toBe(fingerprint);
  const { buffer } = await again.client.call('contact.open', { contact: (await again.onlyContact()).id });
  await again.input(buffer, 'still me');
  await delivered(again, buffer, 1, true);
  expect((await bob.lines(b)).filter(({ text }) => text.includes('another history'))).toEqual([]);
});

test('a profile in use, a wrong passphrase and a damaged file are refused with a sentence, and nothing changes', async () => {
  const { net, alice, bob } = await connected(network());
  const data = await exported(alice);
  await expect(imported(bob, data)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('in use') as string });

  const fresh = await start('fresh', net);
  const { fingerprint } = await fresh.snapshot();
  await expect(fresh.client.call('profile.import', { passphrase: PASSPHRASE })).rejects.toMatchObject({ code: 'badInput' });
  await expect(imported(fresh, data, 'five plain words are enough!')).rejects.toMatchObject({
    code: 'badInput',
    message: expect.stringContaining('passphrase is wrong') as string,
  });
  const broken = bytesOf(data);
  broken[200] = (broken[200] ?? 0) ^ 1;
  await expect(imported(fresh, base64Of(broken))).rejects.toMatchObject({ message: expect.stringContaining('damaged') as string });
  await expect(imported(fresh, btoa('{"a":1}'.repeat(9)))).rejects.toMatchObject({
    message: expect.stringContaining('not a backup') as string,
  });
  expect(await fresh.snapshot()).toMatchObject({ fingerprint, contacts: [] });
  await fresh.client.call('card.setPublic', { enabled: true });
  await expect(imported(fresh, data)).rejects.toMatchObject({ code: 'unavailable' });
  await fresh.client.call('card.setPublic', { enabled: false });
  // Whoever has our invite expects this identity.
  await fresh.client.call('invite.create', {});
  await expect(imported(fresh, data)).rejects.toMatchObject({ code: 'unavailable' });
});

test('the passphrase has a least length, an export can be cancelled, and neither reaches a log', async () => {
  const { alice } = await connected(network());
  await expect(exported(alice, 'too short')).rejects.toMatchObject({ code: 'badInput', message: expect.stringContaining('12') as string });
  const cancel = new AbortController();
  const cancelled = alice.client.call('profile.export', { passphrase: PASSPHRASE }, cancel.signal);
  cancel.abort();
  await expect(cancelled).rejects.toThrow();
  const data = await exported(alice);
  expect(alice.log.join('\n')).not.toContain(PASSPHRASE);
  expect(atob(data)).not.toContain('bob');
});

test('who has not answered yet is not in the file', async () => {
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await until('alice sees the request', async () => (await alice.snapshot()).requests[0]);
  expect((await alice.client.call('profile.export', { passphrase: PASSPHRASE })).contacts).toBe(0);
  await acceptRequest(alice);
  expect((await alice.client.call('profile.export', { passphrase: PASSPHRASE })).contacts).toBe(1);
});
