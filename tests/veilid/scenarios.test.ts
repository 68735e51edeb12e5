/**
 * What happens to real networks, one thing after another to the same two people, each a whole Sotto on a real node: routes, nodes
 * and processes die, both are away in turns, records are put back to older copies.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/cores.ts';
import { startApp } from '../support/veilid/app.ts';
import { labBinary, startLab, type Lab } from '../support/veilid/lab.ts';
import { createLabPerson, meet, type LabPerson } from '../support/veilid/people.ts';

const PATIENCE_MS = 90_000;
/** Addresses of the lab's nodes are 192.31.196.N: as these bytes they stand in a blob. */
const SUBNET = [192, 31, 196];

let directory = '';
let lab: Lab;
let alice: LabPerson;
let bob: LabPerson;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sotto-scenes-'));
  lab = await startLab({ dir: join(directory, 'lab'), binary: labBinary(), infra: 5 });
  alice = await createLabPerson(lab, 0, directory, 'alice');
  bob = await createLabPerson(lab, 1, directory, 'bob');
  await Promise.all([alice.start(), bob.start()]);
  await meet(alice, bob);
}, 120_000);

afterAll(async () => {
  await Promise.all([alice.stop(), bob.stop()]);
  await lab.stop();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

/** A repetition says other texts and finds both people there. */
let attempt = 0;
const running = (person: LabPerson): boolean => {
  try {
    person.sotto();
    return true;
  } catch {
    return false;
  }
};
beforeEach(async () => {
  attempt += 1;
  for (const person of [alice, bob]) if (!running(person)) await person.start();
});

const ready = (person: LabPerson): Promise<true> =>
  until(
    `${person.name} has a route`,
    async () => {
      const { node } = (await person.sotto().client.call('app.snapshot', {})) satisfies object;
      return node.phase === 'ready' && node.routes.length > 0;
    },
    PATIENCE_MS,
  );

test('a text of 24 KiB arrives whole, both ways', async () => {
  const texts = [alice, bob].map(({ name }) => `${attempt} ${name} `.padEnd(24 * 1024, 'long '));
  await alice.say(texts[0] ?? '');
  await bob.say(texts[1] ?? '');
  await bob.hears(texts[0] ?? '');
  await alice.hears(texts[1] ?? '');
  await alice.delivered(texts[0] ?? '');
});

test('all routes of the receiver die: the sender finds the new ones', async () => {
  const before = await bob.route();
  await bob.killRoutes();
  const text = `${attempt} after your routes died`;
  await alice.say(text);
  await bob.hears(text);
  await alice.delivered(text);
  expect(await bob.route()).not.toBe(before);
});

test('the receiver’s node crashes: it is started again, and the text arrives', async () => {
  expect(lab.kill('app', 1)).toBe(true);
  const text = `${attempt} after your node crashed`;
  await alice.say(text);
  await bob.hears(text);
  await alice.delivered(text);
});

test('the receiver starts again with the directory of its node, then without', async () => {
  for (const what of ['kept', 'lost']) {
    await bob.stop();
    if (what === 'lost') {
      await rm(join(bob.directory, 'data', 'veilid'), { recursive: true });
      await rm(join(bob.directory, 'state', 'veilid'), { recursive: true });
    }
    const text = `${attempt} while your node was ${what}`;
    await alice.say(text);
    await bob.start();
    await bob.hears(text);
    await alice.delivered(text);
  }
});

test('the sender is killed in mid-send: nothing is lost or shown twice', async () => {
  const texts = Array.from({ length: 20 }, (_, number) => `${attempt} cut off ${number}`);
  for (const text of texts) await alice.say(text);
  await bob.heard(`${attempt} cut off`);
  await alice.kill();
  await alice.start();
  await bob.hears(...texts);
  await alice.delivered(...texts);
  expect((await bob.heard(`${attempt} cut off`)).sort()).toEqual([...texts].sort());
});

test('both are away in turns: texts wait in the network', async () => {
  await Promise.all([ready(alice), ready(bob)]);
  const dir = join(directory, `postman-${attempt}`);
  const postman = await startApp(lab, 2, dir);
  onTestFinished(() => postman.stop());
  const mailbox = postman.records;
  if (!mailbox) throw new Error('no records');
  /** What lies in the first slots of a record. */
  const mail = async (key: string): Promise<string[]> => {
    const slots = await Promise.all([1, 2, 3].map((slot) => mailbox.resolve(key, slot, AbortSignal.timeout(20_000))));
    return slots.flatMap((bytes) => (bytes === null || bytes.length === 0 ? [] : [Buffer.from(bytes).toString('hex')]));
  };
  const turn = async (from: LabPerson, to: LabPerson, text: string): Promise<void> => {
    await to.stop();
    const { theirRecord } = await to.stored();
    if (theirRecord === null) throw new Error(`${to.name} was told no record`);
    const before = await mail(theirRecord);
    await from.say(text);
    const isLeft = async (): Promise<boolean> => (await mail(theirRecord)).some((packet) => !before.includes(packet));
    await until('the text lies in the record', isLeft, PATIENCE_MS);
    await from.stop();
    await to.start();
    await to.hears(text);
    await from.start();
    await from.delivered(text);
  };
  await turn(alice, bob, `${attempt} found by bob`);
  await turn(bob, alice, `${attempt} found by alice`);
});

test('a record is overwritten by an older copy: it is refused', async () => {
  await Promise.all([ready(alice), ready(bob)]);
  const other = await startApp(lab, 2, join(directory, `other-${attempt}`));
  onTestFinished(() => other.stop());
  const { records } = other;
  if (!records) throw new Error('no records');
  await bob.stop();
  const { theirRecord: key } = await bob.stored();
  if (key === null) throw new Error('bob was told no record');
  const signal = AbortSignal.timeout(4 * PATIENCE_MS);
  const older = await until('alice’s card', () => records.resolve(key, 0, signal), PATIENCE_MS);
  const routesOf = async (person: LabPerson): Promise<string[]> =>
    (await person.sotto().client.call('app.snapshot', {})).node.routes.map((route) => route.text);
  const before = await routesOf(alice);
  // with the old ones dead Bob has to read the newer card
  await alice.killRoutes();
  const isNewer = async (): Promise<boolean> => {
    const now = await records.resolve(key, 0, signal);
    return now !== null && !Buffer.from(now).equals(Buffer.from(older));
  };
  await until('a newer card', isNewer, PATIENCE_MS);
  await bob.start();
  const first = `${attempt} with the newer card`;
  await bob.say(first);
  await alice.hears(first);
  await bob.delivered(first);
  const after = await routesOf(alice);

  // Whoever has the writer puts the older card back while Alice is away.
  await alice.stop();
  const { ownRecord } = await alice.stored();
  if (ownRecord?.key !== key) throw new Error('alice has another record');
  // Of the nodes that keep it some have been ended: a write may need another try.
  const isBack = async (): Promise<boolean> => {
    await records.publish(ownRecord, 0, older, signal);
    const now = await records.resolve(key, 0, signal);
    return now !== null && Buffer.from(now).equals(Buffer.from(older));
  };
  await until('the older card is back', isBack, PATIENCE_MS);
  const second = `${attempt} past the older card`;
  await bob.say(second);
  const tried = async (): Promise<boolean> =>
    /Trying again/.test((await bob.sotto().client.call('app.snapshot', {})).contacts[0]?.status ?? '') ||
    (await bob.lines()).some((line) => line.text === second && line.receipt?.state === 'sent');
  await until('bob has looked at the record', tried, PATIENCE_MS);
  await bob.stop();
  const kept = (await bob.stored()).addresses.map((address) => Buffer.from(address).toString('base64url'));
  expect(kept.filter((address) => before.includes(address))).toEqual([]);
  expect(kept.filter((address) => !after.includes(address))).toEqual([]);
  await Promise.all([alice.start(), bob.start()]);
  await alice.hears(second);
  await bob.delivered(second);
});

test('a route with one bit changed leads to nobody', async () => {
  const blob = Buffer.from(await alice.route(), 'base64url');
  const { client } = bob.sotto();
  const friend = await bob.buffer();
  for (const at of [3, 40, 200, 400, 600, blob.length - 2]) {
    const changed = Uint8Array.from(blob, (byte, index) => (index === at ? byte ^ 1 : byte));
    const made = await client.call('contact.connect', { text: Buffer.from(changed).toString('base64url') }).catch(() => null);
    if (made === null) continue;
    const told = async (): Promise<boolean> => {
      const contact = (await client.call('app.snapshot', {})).contacts.find((candidate) => candidate.id === made.contact);
      // a bit that only says where the first hop may be reached: then it is Alice, and the same contact
      return contact === undefined || made.buffer === friend || /Trying again in|not a Veilid address/.test(contact.status);
    };
    await until(`bob is told (bit at ${at})`, told, 60_000);
    const views = (await client.call('app.snapshot', {})).contacts;
    expect(views.filter((contact) => contact.fingerprint !== null)).toHaveLength(1);
    if (made.buffer !== friend && views.some((contact) => contact.id === made.contact))
      await client.call('contact.remove', { contact: made.contact });
  }
  const text = `${attempt} still here`;
  await bob.say(text);
  await alice.hears(text);
});

/** Last: the network does not get this node back. */
test('the node that the receiver’s route begins at is killed: the text arrives by another', async () => {
  const blob = Buffer.from(await bob.route(), 'base64url');
  const hops = Array.from({ length: lab.infra }, (_, index) => index).filter((index) => {
    const address = [...SUBNET, index + 2];
    return blob.includes(Buffer.from(address)) || blob.includes(Buffer.from(address.toReversed()));
  });
  expect(lab.kill('infra', hops[0] ?? 0)).toBe(true);
  const text = `${attempt} past a dead node`;
  await alice.say(text);
  await bob.hears(text);
  await alice.delivered(text);
});
