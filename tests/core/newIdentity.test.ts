import { expect, onTestFinished, test, vi } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import type { LoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { readCard } from '../../src/pq/card.ts';
import { decodeIdentity, expandIdentity, fingerprint, shortFingerprint } from '../../src/pq/identity.ts';
import { decodeLogEntry } from '../../src/pq/identityLog.ts';
import { decodeInvite } from '../../src/pq/invite.ts';
import { until, type Person } from '../support/cores.ts';
import { mortalStore } from './mortal.ts';
import { acceptRequest, bytesOf, connected, delivered, network, nudge, routeOf, start, theirs } from './pair.ts';
import { withStore } from './stored.ts';

const DAY_MS = 24 * 3_600_000;
const notes = async (person: Person, buffer: BufferId): Promise<string[]> =>
  (await person.lines(buffer)).filter((line) => line.kind === 'info').map((line) => line.text);
const noted = (person: Person, buffer: BufferId, words: string): Promise<true> =>
  until(`${person.name} reads "${words}"`, async () => (await notes(person, buffer)).some((note) => note.includes(words)));
const own = async (person: Person): Promise<string> => (await person.snapshot()).fingerprint;

/** Who signed the card that stands in a record, and the addresses on it; null where there is none. */
const cardIn = (net: LoopbackNetwork, key: string): { signer: string; addresses: Uint8Array[] } | null => {
  const bytes = net.records.get(key)?.slots.get(0)?.bytes;
  if (!bytes || bytes.length === 0) return null;
  const { identity, addresses } = readCard(bytes, Date.now());
  return { signer: shortFingerprint(fingerprint(identity)), addresses };
};
/** The records that hold a card of that person. */
const recordsOf = (net: LoopbackNetwork, signer: string): string[] =>
  [...net.records.keys()].filter((key) => cardIn(net, key)?.signer === signer);

/** A clock that can be put forward. */
const clock = (): ((milliseconds: number) => void) => {
  const now = Date.now.bind(Date);
  let ahead = 0;
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
  onTestFinished(() => {
    spy.mockRestore();
  });
  return (milliseconds) => {
    ahead += milliseconds;
  };
};

test('the record made for a contact keeps the card of the old identity until they know the new one', async () => {
  const pair = await connected(network());
  const { net, bob } = pair;
  const old = await own(bob);
  const [forAlice, ...none] = await until('bob’s record for alice is written', () => {
    const keys = recordsOf(net, old);
    return keys.length > 0 && keys;
  });
  expect(none).toEqual([]);
  const carol = await start('carol', net);
  await carol.client.call('contact.connect', { text: await routeOf(bob) });
  await acceptRequest(bob);
  const forCarol = await until('bob’s record for carol is written', () => recordsOf(net, old).find((key) => key !== forAlice));
  await pair.alice.stop();

  await bob.input(pair.b, '/rotate-identity yes');
  const fresh = await own(bob);
  await until('carol was told', async () => {
    await nudge(bob);
    return (await notes(carol, (await carol.snapshot()).contacts[0]?.buffer ?? pair.a)).some((note) => note.includes('has a new identity'));
  });
  // Every round of publishing goes through alice's record before carol's.
  await bob.client.call('route.renew', {});
  const newest = bytesOf(await routeOf(bob));
  await until('carol’s record is written anew', () => {
    const card = cardIn(net, forCarol);
    return card?.signer === fresh && card.addresses.some((address) => address.join() === newest.join());
  });
  expect(cardIn(net, forAlice ?? '')?.signer).toBe(old);

  const alice = await start('alice', net, { directory: pair.alice.directory });
  await noted(alice, pair.a, 'has a new identity');
  await until('alice’s record follows', () => cardIn(net, forAlice ?? '')?.signer === fresh);
  expect((await alice.onlyContact()).shield).not.toBe('changed');
});

test('a new identity ends open invites, also for whoever holds one already', async () => {
  const net = network();
  const [bob, carol] = [await start('bob', net), await start('carol', net)];
  const { text } = await bob.client.call('invite.create', {});
  const { recordKey } = decodeInvite(text, Date.now());
  await until('the invite can be used', () => cardIn(net, recordKey ?? ''));
  await carol.client.call('contact.connect', { text: await routeOf(bob) });
  const b = await acceptRequest(bob);
  await bob.input(b, '/rotate-identity yes');
  await until('the record of the invite is overwritten', () => cardIn(net, recordKey ?? '') === null);

  const dave = await start('dave', net);
  await dave.client.call('contact.connect', { text });
  await until('dave is told', async () => /cannot be read/.test((await dave.onlyContact()).status));
  expect((await bob.snapshot()).contacts).toHaveLength(1);
  expect((await bob.snapshot()).requests).toEqual([]);
  const held = await withStore(bob, (store) => store.listInvites());
  expect(held.map((invite) => invite.text)).not.toContain(text);
});

const hasOld = (person: Person): Promise<boolean> => withStore(person, async (store) => (await store.getSecret('identity-old/0')) !== null);

test('the secrets of an old identity are kept while a session needs them, and deleted when none does', async () => {
  const later = clock();
  const pair = await connected(network());
  const { net, a, b } = pair;
  await pair.alice.stop();
  await pair.bob.input(b, '/rotate-identity yes');
  expect(await hasOld(pair.bob)).toBe(true);

  // Nobody was told: the session of the old identity is still the one that sends, however old it is.
  later(8 * DAY_MS);
  const waiting = await start('bob', net, { directory: pair.bob.directory });
  await routeOf(waiting);
  expect(await hasOld(waiting)).toBe(true);

  const bob = await start('bob', net, { directory: pair.bob.directory });
  const alice = await start('alice', net, { directory: pair.alice.directory });
  await until('the new session is in use', async () => {
    await nudge(bob);
    return (await notes(alice, a)).some((note) => note.includes('started a new encrypted session'));
  });
  await bob.input(b, 'by the new one');
  await delivered(bob, b, 1, true);
  expect(await hasOld(bob)).toBe(true);

  later(8 * DAY_MS);
  const last = await start('bob', net, { directory: pair.bob.directory });
  await last.input(b, 'without the old one');
  await delivered(last, b, 2, true);
  await alice.input(a, 'I know you');
  await delivered(alice, a, 1, true);
  expect(await theirs(alice, a)).toEqual(['by the new one', 'without the old one']);
  expect(await hasOld(last)).toBe(false);
});

/** Whether the stored identity is the one its log says, and can still be proved by the one before it. */
const stored = (person: Person): Promise<{ signer: string; seq: number; invites: string[] }> =>
  withStore(person, async (store) => {
    const seeds = await store.getSecret('identity');
    if (!seeds) throw new Error('no identity');
    const identity = expandIdentity(decodeIdentity(seeds));
    let seq = 0;
    while ((await store.getSecret(`identity-log/${seq + 1}`)) !== null) seq += 1;
    const entry = decodeLogEntry((await store.getSecret(`identity-log/${seq}`)) ?? new Uint8Array(0));
    expect(shortFingerprint(fingerprint(entry.identity))).toBe(shortFingerprint(identity.fingerprint));
    for (let former = 0; former < seq; former += 1) expect(await store.getSecret(`identity-old/${former}`)).not.toBeNull();
    expect(await store.getSecret(`identity-old/${seq}`)).toBeNull();
    const invites = (await store.listInvites()).map(({ text }) => shortFingerprint(decodeInvite(text, 0).fingerprint));
    return { signer: shortFingerprint(identity.fingerprint), seq, invites };
  });

test.each([
  { writes: 0, seq: 0 },
  { writes: 1, seq: 1 },
  { writes: 2, seq: 1 },
  { writes: 4, seq: 1 },
])('a program that ends after write $writes of a rotation has one identity, number $seq, and goes on with it', async ({ writes, seq }) => {
  const { net, alice, bob, a, b } = await connected(network());
  const old = await own(bob);
  await bob.client.call('invite.create', {});
  await bob.stop();
  const mortal = mortalStore();
  const ending = await start('bob', net, { directory: bob.directory, openStore: mortal.openStore });
  await routeOf(ending);
  mortal.endAfter(writes, (operation, secrets) => operation.startsWith('putSecret') && secrets.includes('"identity'));
  await ending.input(b, '/rotate-identity yes').catch((error: unknown) => {
    expect(error).toMatchObject({ name: 'ContractError' });
  });
  await until('the program has ended', () => mortal.isDead());
  const kept = await stored(ending);
  expect(kept.seq).toBe(seq);
  expect(kept.signer === old).toBe(seq === 0);

  const again = await start('bob', net, { directory: bob.directory });
  expect(await own(again)).toBe(kept.signer);
  await again.input(b, 'here I am');
  await delivered(again, b, 1, true);
  if (seq > 0) await noted(alice, a, 'has a new identity');
  expect(await theirs(alice, a)).toEqual(['here I am']);
  // The session under the new identity is proven by the packet after the first answer.
  await until('alice is certain', async () => (await alice.onlyContact()).shield === 'not-verified');
  const after = await stored(again);
  expect(after.signer).toBe(kept.signer);
  expect(after.invites.filter((names) => names !== kept.signer)).toEqual([]);
});
