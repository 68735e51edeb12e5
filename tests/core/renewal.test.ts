import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import { readCard } from '../../src/pq/card.ts';
import { openCardAnswer, sealCardRequest } from '../../src/pq/cardRequest.ts';
import { decodeIdentity, expandIdentity } from '../../src/pq/identity.ts';
import { logHead, startLog } from '../../src/pq/identityLog.ts';
import { packetKind } from '../../src/pq/packet.ts';
import { initiate, seal } from '../../src/pq/session.ts';
import type { LoopbackNetwork, LoopbackPacket } from '../../src/overlay/loopback/network.ts';
import { until, type Person } from '../support/cores.ts';
import { bytesOf, connected, delivered, network, nudge, routeOf, start, theirs } from './pair.ts';
import { counted, withStore } from './stored.ts';

const notes = async (person: Person, buffer: BufferId): Promise<string[]> =>
  (await person.lines(buffer)).filter((line) => line.kind === 'info').map((line) => line.text);
const noted = (person: Person, buffer: BufferId, words: string): Promise<true> =>
  until(`${person.name} reads "${words}"`, async () => (await notes(person, buffer)).some((note) => note.includes(words)));
const recording = (net: LoopbackNetwork): LoopbackPacket[] => {
  const packets: LoopbackPacket[] = [];
  net.faults.drop = ({ to, bytes }) => {
    packets.push({ to: to.slice(), bytes: bytes.slice() });
    return false;
  };
  return packets;
};
const deliverTo = async (net: LoopbackNetwork, person: Person, packets: readonly Uint8Array[]): Promise<number> => {
  const to = bytesOf(await routeOf(person));
  const { signal } = new AbortController();
  const results = await Promise.allSettled(packets.map((bytes) => net.deliver({ to, bytes }, signal)));
  return results.filter(({ status }) => status === 'fulfilled').length;
};
const keepCopy = async ({ directory, paths }: Person): Promise<() => Promise<void>> => {
  const copy = join(directory, 'copy');
  const folders = [paths.dataDirectory, paths.stateDirectory];
  await mkdir(copy);
  for (const [index, folder] of folders.entries()) await cp(folder, join(copy, `${index}`), { recursive: true });
  return async () => {
    for (const [index, folder] of folders.entries()) {
      await rm(folder, { recursive: true });
      await cp(join(copy, `${index}`), folder, { recursive: true });
    }
  };
};

test('the first packet of a contact that was removed brings nobody back', async () => {
  const net = network();
  const packets = recording(net);
  const { alice, bob } = await connected(net);
  net.faults = {};
  await bob.stop();
  await alice.client.call('contact.remove', { contact: (await alice.onlyContact()).id });
  const before = (await counted(alice))['replay'] ?? 0;
  await deliverTo(
    net,
    alice,
    packets.map(({ bytes }) => bytes),
  );
  expect((await alice.snapshot()).requests).toEqual([]);
  expect((await alice.snapshot()).contacts).toEqual([]);
  expect((await counted(alice))['replay']).toBeGreaterThan(before);
});

test('forged packets and packets with a foreign bit change no state, and are counted', async () => {
  const net = network();
  const packets = recording(net);
  const pair = await connected(net);
  await pair.bob.input(pair.b, 'real');
  await delivered(pair.bob, pair.b, 1);
  net.faults = {};
  await pair.bob.stop();
  const before = await withStore(pair.alice, (store) => Promise.all([store.listSessions(null), store.listContacts()]));
  const alice = await start('alice', net, { directory: pair.alice.directory });
  // Whoever asks for our card gets it: those are no forgeries.
  const sealed = packets.filter(({ bytes }) => packetKind(bytes) === 'hello' || packetKind(bytes) === 'session');
  expect(sealed.length).toBeGreaterThan(3);
  const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
  const some = sealed.slice(0, 12).map(({ bytes }) => bytes);
  const early = some.flatMap((bytes) => [0, 3, 20].map((at) => flip(bytes, at)));
  expect(await deliverTo(net, alice, [...early, ...some.map((bytes) => bytes.subarray(0, bytes.length - 1)), new Uint8Array(4_096)])).toBe(
    0,
  );
  // A header that was opened before is answered again without looking at the rest: that changes nothing either.
  await deliverTo(
    net,
    alice,
    some.flatMap((bytes) => [40, 60, Math.floor(bytes.length / 2), bytes.length - 1].map((at) => flip(bytes, at))),
  );
  const counts = await counted(alice);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
  expect(counts['shape']).toBeGreaterThan(0);
  const after = await withStore(alice, (store) => Promise.all([store.listSessions(null), store.listContacts()]));
  expect(after[0]).toEqual(before[0]);
  // The record was written anew, since this start has other routes.
  const known = (rows: typeof after) => rows[1].map((row) => ({ ...row, ownRecordSeq: 0 }));
  expect(known(after)).toEqual(known(before));
});

test('diagnostics say nothing at first, and then how often what was dropped', async () => {
  const net = network();
  const alice = await start('alice', net);
  expect((await alice.client.call('diagnostics.read', {})).dropped).toEqual([]);
  await deliverTo(net, alice, [new Uint8Array(4_096), new Uint8Array(4_096)]);
  expect((await alice.client.call('diagnostics.read', {})).dropped).toMatchObject([{ reason: 'shape', count: 2 }]);
});

test('a session record that cannot be read is replaced, the program starts, and the conversation goes on', async () => {
  const pair = await connected(network());
  await withStore(pair.bob, async (store) => {
    for (const { id, contact, version } of await store.listSessions(null)) {
      await store.commitSeal({
        contact,
        session: { id, expectedVersion: version, helloId: null, bytes: new Uint8Array(64).fill(7), created: 0, active: true },
        retire: [],
        mid: null,
        packet: null,
        ackTag: null,
        sealedAt: Date.now(),
      });
    }
  });
  const bob = await start('bob', pair.net, { directory: pair.bob.directory });
  expect((await counted(bob))['damagedSession']).toBe(1);
  await bob.input(pair.b, 'after the damage');
  await delivered(bob, pair.b, 1, true);
  expect(await theirs(pair.alice, pair.a)).toEqual(['after the damage']);
  await noted(pair.alice, pair.a, 'started a new encrypted session');
});

test.each([
  ['in the same chain', false],
  ['with turns in between', true],
])('a profile that was restored as a whole is noticed by the other side: %s', async (_name, withTurns) => {
  const pair = await connected(network());
  const { net, alice, a, b } = pair;
  await pair.bob.input(b, 'before');
  await delivered(pair.bob, b, 1);
  await pair.bob.stop();
  const restore = await keepCopy(pair.bob);
  const later = await start('bob', net, { directory: pair.bob.directory });
  const lost = ['lost 1', 'lost 2', 'lost 3'];
  for (const [index, text] of lost.entries()) {
    // A turn first: what the restored profile sends then has numbers past the end of a chain that is over.
    if (withTurns) {
      await alice.input(a, `before ${text}`);
      await delivered(alice, a, index + 1);
    }
    await later.input(b, text);
    await delivered(later, b, index + 2);
  }
  await later.stop();
  await restore();
  const bob = await start('bob', net, { directory: pair.bob.directory });
  expect(bob.log.join('\n')).not.toContain('starts a new session');
  await bob.input(b, 'after 1');
  await bob.input(b, 'after 2');
  await delivered(bob, b, 3, true);
  await noted(alice, a, 'gone back to an older state');
  await noted(bob, b, 'started a new encrypted session');
  await alice.input(a, 'welcome back');
  await until('bob reads it', async () => {
    await nudge(alice);
    return (await theirs(bob, b)).includes('welcome back');
  });
  expect(await theirs(alice, a)).toEqual(['before', ...lost, 'after 1', 'after 2']);
});

test('a new identity is told to contacts, lowers their trust, and the conversation goes on under it', async () => {
  const { alice, bob, a, b } = await connected(network());
  const { id } = await alice.onlyContact();
  await alice.client.call('contact.verify', { contact: id, verified: true });
  const before = await alice.client.call('contact.safetyNumber', { contact: id });
  const { fingerprint } = await bob.snapshot();
  await expect(bob.input(b, '/rotate-identity')).rejects.toMatchObject({ code: 'badInput' });
  expect((await bob.snapshot()).fingerprint).toBe(fingerprint);

  await bob.input(b, '/rotate-identity yes');
  expect((await bob.snapshot()).fingerprint).not.toBe(fingerprint);
  await noted(alice, a, 'has a new identity');
  await until('alice trusts less', async () => (await alice.onlyContact()).shield === 'not-verified');
  await noted(alice, a, 'started a new encrypted session');
  await bob.input(b, 'it is me');
  await delivered(bob, b, 1, true);
  await alice.input(a, 'I see');
  await delivered(alice, a, 1, true);
  const [theirNumber, ourNumber] = await Promise.all([
    alice.client.call('contact.safetyNumber', { contact: id }),
    bob.client.call('contact.safetyNumber', { contact: (await bob.onlyContact()).id }),
  ]);
  expect(theirNumber).toEqual(ourNumber);
  expect(theirNumber).not.toEqual(before);
  const counts = { ...(await counted(alice)), ...(await counted(bob)) };
  expect([counts['splitView'], counts['identityLog']]).toEqual([undefined, undefined]);
});

test('a contact that was away learns of the new identity when it is back, and loses nothing', async () => {
  const pair = await connected(network());
  const { net, bob, a, b } = pair;
  await pair.alice.stop();
  await bob.input(b, '/rotate-identity yes');
  await bob.input(b, 'while you were away');
  const alice = await start('alice', net, { directory: pair.alice.directory });
  await delivered(bob, b, 1, true);
  await noted(alice, a, 'has a new identity');
  expect((await alice.onlyContact()).shield).not.toBe('changed');
  expect(await theirs(alice, a)).toEqual(['while you were away']);
  await until('the new session is in use', async () => {
    await nudge(bob);
    return (await notes(alice, a)).some((note) => note.includes('started a new encrypted session'));
  });
  await alice.input(a, 'back');
  await delivered(alice, a, 1, true);
});

test('a hello of the old identity that nobody answered is begun anew with the new one', async () => {
  const net = network();
  const alice = await start('alice', net);
  const bob = await start('bob', net);
  const { buffer: b } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await until('alice is asked', async () => (await alice.snapshot()).requests.length === 1);
  await bob.input(b, '/rotate-identity yes');
  const { fingerprint } = await bob.snapshot();
  const request = await until('alice is asked by the new identity', async () => {
    await nudge(bob);
    return (await alice.snapshot()).requests.find((one) => one.fingerprint === fingerprint);
  });
  const { buffer: a } = await alice.client.call('contact.accept', { contact: request.contact });
  await bob.input(b, 'hello');
  await delivered(bob, b, 1, true);
  expect(await theirs(alice, a)).toEqual(['hello']);
});

test('somebody who was shown another history of our identity is reported once, and may go on talking', async () => {
  const pair = await connected(network());
  await withStore(pair.bob, async (store) => {
    for (const { id } of await store.listContacts()) await store.updateContact({ id, change: { logHead: new Uint8Array(32).fill(9) } });
  });
  const bob = await start('bob', pair.net, { directory: pair.bob.directory });
  await bob.input(pair.b, 'one');
  await bob.input(pair.b, 'two');
  await delivered(bob, pair.b, 2, true);
  expect(await theirs(pair.alice, pair.a)).toEqual(['one', 'two']);
  expect((await notes(pair.alice, pair.a)).filter((note) => note.includes('another history'))).toHaveLength(1);
  expect((await counted(pair.alice))['splitView']).toBeGreaterThan(1);
});

test('the random seed is another one at each start', async () => {
  const net = network();
  const seed = (person: Person): Promise<Uint8Array | null> => withStore(person, (store) => store.getSecret('random-seed'));
  const first = await start('alice', net);
  const one = await seed(first);
  const two = await seed(await start('alice', net, { directory: first.directory }));
  expect(one).toHaveLength(32);
  expect(two).toHaveLength(32);
  expect(two).not.toEqual(one);
});

test('a second new session within an hour is refused in silence, and the first goes on', async () => {
  const net = network();
  const { alice, bob, a } = await connected(net);
  const renew = async (): Promise<BufferId> => {
    await bob.client.call('contact.remove', { contact: (await bob.onlyContact()).id });
    return (await bob.client.call('contact.connect', { text: await routeOf(alice) })).buffer;
  };
  await renew();
  await noted(alice, a, 'started a new encrypted session');
  await renew();
  await until('alice refuses', async () => ((await counted(alice))['refusedReset'] ?? 0) > 0);
  expect((await notes(alice, a)).filter((note) => note.includes('started a new encrypted session'))).toHaveLength(1);
});

test('a hello that only proves classically who sent it takes nothing away', async () => {
  const net = network();
  const { alice, bob, a, b } = await connected(net);
  // Whoever forges a hello with a stolen prekey gets as far as somebody who has the real keys and never answers.
  const stolen = await withStore(bob, (store) => store.getSecret('identity'));
  if (!stolen) throw new Error('bob has no identity');
  const identity = expandIdentity(decodeIdentity(stolen));
  const random = Object.assign((length: number) => new Uint8Array(randomBytes(length)), { native: true as const });
  const to = bytesOf(await routeOf(alice));
  const { signal } = new AbortController();
  const { packet, pending } = sealCardRequest(random);
  const now = Date.now();
  const card = readCard(openCardAnswer(await net.deliver({ to, bytes: packet }, signal), pending), now);
  const forged = initiate({
    identity,
    peer: card.identity,
    prekey: card.prekey,
    invite: null,
    profile: { nickname: 'forged', addresses: [random(800), random(800)], recordKey: 'VLD0:forged' },
    logHead: logHead(startLog(identity, 0)),
    peerLogHead: card.logHead,
    replaces: null,
    begun: now + 60_000,
    random,
    now,
  });
  const body = { kind: 'text' as const, text: 'who am I?', action: false };
  const hello = seal(forged, { payload: { mid: random(16), body }, random, now });
  expect(await net.deliver({ to, bytes: hello.packet }, signal)).toHaveLength(32);
  await until('alice says that she is not sure', async () => (await alice.onlyContact()).shield === 'confirming');
  expect(await alice.onlyContact()).toMatchObject({ nickname: 'bob' });

  const again = await start('bob', net, { directory: bob.directory });
  await alice.input(a, 'to the real one');
  await delivered(alice, a, 1, true);
  expect(await theirs(again, b)).toContain('to the real one');
  await again.input(b, 'still me');
  await delivered(again, b, 1, true);
  expect(await notes(alice, a)).toEqual([]);
  expect((await alice.onlyContact()).shield).toBe('confirming');
});
