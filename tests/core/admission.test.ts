/** Several sessions of the same two people, in whole cores: what a hello may do, and what happens when nobody proves one. */
import { expect, onTestFinished, test, vi } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import { MAX_WAITING_SESSIONS } from '../../src/pq/admission.ts';
import { readCard } from '../../src/pq/card.ts';
import { openCardAnswer, sealCardRequest } from '../../src/pq/cardRequest.ts';
import { decodeIdentity, expandIdentity } from '../../src/pq/identity.ts';
import { logHead, startLog } from '../../src/pq/identityLog.ts';
import { packetKind } from '../../src/pq/packet.ts';
import { helloIdOf, initiate, matchesHint, open, seal, type Sealed } from '../../src/pq/session.ts';
import type { RatchetSession } from '../../src/pq/types.ts';
import type { LoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { until, type Person } from '../support/cores.ts';
import { forgedHello, knownContact, random, sendTo, stealPrekey } from './forger.ts';
import { acceptRequest, bytesOf, connected, delivered, network, nudge, routeOf, start, theirs } from './pair.ts';
import { counted, withStore } from './stored.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The session of somebody else stands in the way of some tries. */
const PATIENCE_MS = 40_000;
const patient = { timeout: 2 * PATIENCE_MS };

/** The clock of everybody, which can be put forward. */
const movingClock = (): ((ms: number) => void) => {
  const real = Date.now.bind(Date);
  let ahead = 0;
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => real() + ahead);
  onTestFinished(() => {
    spy.mockRestore();
  });
  return (ms) => {
    ahead += ms;
  };
};
const again = (person: Person, net: LoopbackNetwork): Promise<Person> => start(person.name, net, { directory: person.directory });
const started = async (person: Person, buffer: BufferId): Promise<number> =>
  (await person.lines(buffer)).filter((line) => line.text.includes('started a new encrypted session')).length;
/** Until it is answered: the same packet once more changes nothing. */
const deceive = (net: LoopbackNetwork, person: Person, hello: Uint8Array): Promise<true> =>
  until(`${person.name} is deceived`, async () => (await sendTo(net, person, hello)) !== null);
/** Somebody who has lost the contact and connects anew. */
const beginAnew = async (person: Person, to: Person): Promise<BufferId> => {
  await person.client.call('contact.remove', { contact: (await person.onlyContact()).id });
  return (await person.client.call('contact.connect', { text: await routeOf(to) })).buffer;
};
/** Hellos of different sessions among the packets that leave. */
const hellosOn = (net: LoopbackNetwork, isLost: () => boolean): Set<string> => {
  const seen = new Set<string>();
  net.faults.drop = ({ bytes }) => {
    const isHello = packetKind(bytes) === 'hello';
    if (isHello) seen.add(helloIdOf(bytes).join());
    return isHello && isLost();
  };
  return seen;
};

test('a forged hello takes neither the texts nor the hour in which a session is replaced', patient, async () => {
  const pair = await connected(network());
  const { net, bob, a } = pair;
  const stolen = await stealPrekey(pair.alice);
  const named = await knownContact(pair.alice);
  const alice = await again(pair.alice, net);
  await deceive(net, alice, forgedHello(stolen, named, { begun: Date.now() + HOUR }));
  await until('alice says that she is not sure', async () => (await alice.onlyContact()).shield === 'confirming');
  await alice.input(a, 'to the real one');
  await delivered(alice, a, 1, true);
  expect(await theirs(bob, pair.b)).toEqual(['to the real one']);

  const b = await beginAnew(bob, alice);
  await until(
    'alice has a new session',
    async () => {
      await nudge(bob);
      return (await started(alice, a)) === 1;
    },
    PATIENCE_MS,
  );
  await alice.input(a, 'welcome back');
  await delivered(alice, a, 2, true, PATIENCE_MS);
  expect(await theirs(bob, b)).toEqual(['welcome back']);
});

test('a forged hello does not take the place of a first hello that waits for its answer', patient, async () => {
  const net = network();
  const [alice, first] = [await start('alice', net), await start('bob', net)];
  const { buffer: b } = await first.client.call('contact.connect', { text: await routeOf(alice) });
  await until('alice is asked', async () => (await alice.snapshot()).requests.length === 1);
  const stolen = await stealPrekey(first);
  const named = await knownContact(first);
  const bob = await again(first, net);
  await deceive(net, bob, forgedHello(stolen, named, { begun: Date.now() + HOUR }));
  await bob.input(b, 'for alice only');
  await acceptRequest(alice);
  await delivered(bob, b, 1, true);
  const [buffer] = (await alice.snapshot()).buffers.filter(({ kind }) => kind === 'private');
  expect(buffer && (await theirs(alice, buffer.id))).toEqual(['for alice only']);
});

test('every hello that waits is answered in its own session, so that the genuine one proves itself', patient, async () => {
  const pair = await connected(network());
  const { net, bob, a } = pair;
  const stolen = await stealPrekey(pair.alice);
  const named = await knownContact(pair.alice);
  const alice = await again(pair.alice, net);
  // No answer reaches bob until the forged hello, which is the newer one, waits beside his.
  let isCut = true;
  net.faults.drop = ({ bytes }) => isCut && packetKind(bytes) === 'session';
  await beginAnew(bob, alice);
  await until('alice is not sure', async () => (await alice.onlyContact()).shield === 'confirming');
  await deceive(net, alice, forgedHello(stolen, named, { begun: Date.now() + HOUR }));
  isCut = false;
  await until(
    'alice has a new session',
    async () => {
      await nudge(alice);
      await nudge(bob);
      return (await started(alice, a)) === 1;
    },
    PATIENCE_MS,
  );
});

test('as many hellos wait as may; one more is refused, and a day later takes the place of the oldest', patient, async () => {
  const pass = movingClock();
  const pair = await connected(network());
  const { net } = pair;
  const stolen = await stealPrekey(pair.alice);
  const named = await knownContact(pair.alice);
  const alice = await again(pair.alice, net);
  await pair.bob.stop();
  /** Whether it was taken, not how fast. */
  const lie = async (): Promise<boolean> => {
    const refused = async (): Promise<number> => (await counted(alice))['refusedReset'] ?? 0;
    const before = await refused();
    const forged = forgedHello(stolen, named, { begun: Date.now() + HOUR });
    return until('a forged hello is taken or refused', async () => {
      if ((await sendTo(net, alice, forged)) !== null) return { isTaken: true };
      return (await refused()) > before && { isTaken: false };
    }).then(({ isTaken }) => isTaken);
  };
  for (let waiting = 0; waiting < MAX_WAITING_SESSIONS; waiting++) expect(await lie()).toBe(true);
  expect(await lie()).toBe(false);
  pass(DAY);
  expect(await lie()).toBe(true);
  expect(await lie()).toBe(true);
  const bob = await again(pair.bob, net);
  await alice.input(pair.a, 'still for bob');
  await delivered(alice, pair.a, 1, true, PATIENCE_MS);
  expect(await theirs(bob, pair.b)).toEqual(['still for bob']);
});

test('a session they began and never prove is begun anew after an hour, and what was written arrives', patient, async () => {
  const pass = movingClock();
  const net = network();
  const [first, bob, other] = [await start('alice', net), await start('bob', net), await start('carol', net)];
  // The forger knows of bob what everybody can: his public keys and where he is.
  const { buffer } = await other.client.call('contact.connect', { text: await routeOf(bob) });
  await other.input(buffer, 'hello');
  await until('bob is asked', async () => (await bob.snapshot()).requests.length === 1);
  const named = await knownContact(other);
  await sendTo(net, first, sealCardRequest(random).packet);
  const stolen = await stealPrekey(first);
  const alice = await again(first, net);
  const addresses = [bytesOf(await routeOf(bob))];
  await sendTo(net, alice, forgedHello(stolen, named, { begun: Date.now(), addresses }));
  const a = await acceptRequest(alice);
  const asked = async (): Promise<boolean> => (await bob.snapshot()).requests.length === 2;
  await alice.input(a, 'for bob only');
  const nudged = async (times: number): Promise<void> => {
    for (let left = times; left > 0; left--) {
      await nudge(alice);
      await until('alice has tried', async () => /Trying again|waiting/.test((await alice.onlyContact()).status));
    }
  };
  await nudged(2);
  pass(HOUR - 60_000);
  await nudged(2);
  expect(await asked()).toBe(false);
  pass(60_000);
  await until('bob is asked by alice', async () => {
    await nudge(alice);
    return asked();
  });
  const request = (await bob.snapshot()).requests.find(({ nickname }) => nickname === 'alice');
  if (!request) throw new Error('alice did not ask');
  const { buffer: b } = await bob.client.call('contact.accept', { contact: request.contact });
  await delivered(alice, a, 1, true);
  expect(await theirs(bob, b)).toEqual(['for bob only']);
});

test('a hello of ours that nobody answers is begun anew after a week, not before', patient, async () => {
  const pass = movingClock();
  const net = network();
  const [alice, bob] = [await start('alice', net), await start('bob', net)];
  let isLost = true;
  const hellos = hellosOn(net, () => isLost);
  const { buffer: b } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  await bob.input(b, 'anybody there?');
  const tries = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left--) {
      await nudge(bob);
      await until('bob has tried', async () => /Trying again|waiting/.test((await bob.onlyContact()).status));
    }
  };
  await until('bob says hello', () => hellos.size === 1);
  pass(7 * DAY - 60_000);
  await tries(3);
  expect(hellos.size).toBe(1);
  pass(60_000);
  await until('bob says hello anew', async () => {
    await nudge(bob);
    return hellos.size === 2;
  });
  isLost = false;
  const a = await acceptRequest(alice);
  await delivered(bob, b, 1, true);
  expect(await theirs(alice, a)).toEqual(['anybody there?']);
});

test('a session that only receives takes nothing away when it is proven late', patient, async () => {
  const pass = movingClock();
  const net = network();
  const [alice, first] = [await start('alice', net), await start('bob', net)];
  // A session of bob's that was lost with his disk: all that is left of it is here.
  const stolen = await withStore(first, (store) => store.getSecret('identity'));
  if (!stolen) throw new Error('bob has no identity');
  const identity = expandIdentity(decodeIdentity(stolen));
  const bob = await again(first, net);
  const to = bytesOf(await routeOf(alice));
  const { packet, pending } = sealCardRequest(random);
  const card = readCard(openCardAnswer(await net.deliver({ to, bytes: packet }, new AbortController().signal), pending), Date.now());
  const lost = initiate({
    identity,
    peer: card.identity,
    prekey: card.prekey,
    invite: null,
    profile: { nickname: 'bob', addresses: [bytesOf(await routeOf(bob))], recordKey: null },
    logHead: logHead(startLog(identity, 0)),
    peerLogHead: card.logHead,
    replaces: null,
    begun: Date.now() + 3 * HOUR,
    random,
    now: Date.now(),
  });
  const say = (session: RatchetSession): Sealed =>
    seal(session, { payload: { mid: random(16), body: { kind: 'ack' } }, random, now: Date.now() });
  const hello = say(lost);
  const hellos = new Set<string>();
  let answer: Uint8Array | undefined;
  net.faults.drop = ({ bytes }) => {
    if (packetKind(bytes) === 'hello') hellos.add(helloIdOf(bytes).join());
    else if (matchesHint(hello.session, bytes)) answer ??= bytes.slice();
    return false;
  };
  await sendTo(net, alice, hello.packet);
  hellos.clear();
  const a = await acceptRequest(alice);
  const answered = await until('alice answers in the session that is lost', () => answer);
  pass(HOUR);
  await alice.input(a, 'one');
  await until('bob is asked', async () => {
    await nudge(alice);
    return (await bob.snapshot()).requests.length === 1;
  });
  const b = await acceptRequest(bob);
  await delivered(alice, a, 1, true, PATIENCE_MS);
  expect(hellos.size).toBe(1);

  const opened = open(hello.session, { identity, packet: answered, skipped: [], replay: [], random, now: Date.now() });
  if (opened.kind !== 'opened') throw new Error('the answer is a duplicate');
  const proof = say(opened.session).packet;
  await until('the late proof is taken', async () => (await sendTo(net, alice, proof)) !== null);
  await alice.input(a, 'two');
  await delivered(alice, a, 2, true, PATIENCE_MS);
  expect(await theirs(bob, b)).toEqual(['one', 'two']);
  expect(hellos.size).toBe(1);
});
