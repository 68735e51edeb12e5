import { afterEach, expect, test, vi } from 'vitest';
import { CARD_SLOT, OverlayError, type Overlay, type OverlayRecords } from '../../src/overlay/overlay.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import type { LoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { REWRITE_MS } from '../../src/core/dm/records.ts';
import { until, type Person } from '../support/cores.ts';
import { acceptRequest, bytesOf, connected, delivered, network, nudge, routeOf, start, theirs } from './pair.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** The overlay with other records. */
const withRecords =
  (change: (records: OverlayRecords) => Partial<OverlayRecords>) =>
  (overlay: Overlay): Overlay => ({ ...overlay, records: overlay.records && { ...overlay.records, ...change(overlay.records) } });

const refusals = async (person: Person): Promise<number> =>
  (await person.client.call('diagnostics.read', {})).dropped.find(({ reason }) => reason === 'olderCard')?.count ?? 0;

/** Both records hold a card. */
const written = (net: LoopbackNetwork): Promise<true> =>
  until('both records are written', () => net.records.size === 2 && [...net.records.values()].every(({ slots }) => slots.has(CARD_SLOT)));

test('a card older than the one known is refused and counted, wherever it leads', async () => {
  const { net, alice, bob, a, b } = await connected(network());
  await written(net);
  const before = new Map([...net.records].map(([key, { slots }]) => [key, slots.get(CARD_SLOT)?.bytes]));
  // alice moves, and bob learns it
  await alice.client.call('route.renew', {});
  const moved = await until('her record names the new routes', () =>
    [...net.records].find(([key, { slots }]) => before.get(key) !== slots.get(CARD_SLOT)?.bytes),
  );
  const [key, record] = moved;
  await bob.input(b, 'first');
  await delivered(bob, b, 1, true);
  // whoever keeps the record shows what it held before, with the routes that are gone
  const old = before.get(key) ?? new Uint8Array();
  record.slots.set(CARD_SLOT, { bytes: old, seq: 99 });
  net.faults.drop = () => true;
  await bob.input(b, 'second');
  await until('bob has refused it', async () => {
    await nudge(bob);
    return (await refusals(bob)) > 0;
  });
  net.faults = {};
  await delivered(bob, b, 2, true);
  expect(await theirs(alice, a)).toEqual(['first', 'second']);
});

test('the old routes answer until every record names the new ones', async () => {
  const released: string[] = [];
  const state = { fails: false };
  const net = network();
  const { alice } = await connected(net, {
    alice: {
      overlay: (plain) => ({
        ...withRecords((records) => ({
          publish: (...args) => (state.fails ? Promise.reject(new Error('not now')) : records.publish(...args)),
        }))(plain),
        release(address) {
          released.push(Buffer.from(address).toString('base64url'));
          return plain.release(address);
        },
      }),
    },
  });
  await written(net);
  const old = await routeOf(alice);
  state.fails = true;
  await alice.client.call('route.renew', {});
  expect(await routeOf(alice)).not.toBe(old);
  await until('a record could not be written', () => alice.log.some((line) => line.startsWith('record: not written yet')));
  expect(released).toEqual([]);
  state.fails = false;
  await until('they are released', () => released.includes(old), 40_000);
  expect(released).toHaveLength(2);
});

test('blocking somebody replaces both routes: they reach us no more, and everybody else is told', async () => {
  const { net, alice, bob, a, b } = await connected(network());
  const carol = await start('carol', net);
  await carol.client.call('contact.connect', { text: await routeOf(alice) });
  await acceptRequest(alice);
  await until('carol is certain', async () => (await carol.onlyContact()).shield === 'not-verified');
  await until(
    'all records are written',
    () => net.records.size === 4 && [...net.records.values()].every(({ slots }) => slots.has(CARD_SLOT)),
  );
  const old = bytesOf(await routeOf(alice));
  const before = [...net.records].map(([key, { slots }]) => ({ key, seq: slots.get(CARD_SLOT)?.seq }));
  const known = (await alice.snapshot()).contacts;
  const { id } = known.find(({ nickname }) => nickname === 'carol') ?? { id: null };
  if (id === null) throw new Error('carol is not known');
  await alice.client.call('contact.block', { contact: id });
  const stranger = createLoopbackOverlay(net);
  await stranger.start(new AbortController().signal);
  await until('the old route answers no more', async () => {
    const answer = await stranger.send(old, new Uint8Array(10), new AbortController().signal).catch((error: unknown) => error);
    return answer instanceof OverlayError && answer.code === 'unreachable';
  });
  await stranger.stop();
  // of her records only bob's names the new routes
  expect(before.filter(({ key, seq }) => net.records.get(key)?.slots.get(CARD_SLOT)?.seq !== seq)).toHaveLength(1);
  await bob.input(b, 'still there?');
  await delivered(bob, b, 1, true);
  expect(await theirs(alice, a)).toEqual(['still there?']);
});

test('a record is written anew after some hours, at times of its own', async () => {
  const writes: { key: string; time: number }[] = [];
  const time = { skipped: 0 };
  const real = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => real() + time.skipped);
  try {
    const net = network();
    const { alice } = await connected(net, {
      alice: {
        overlay: withRecords((records) => ({
          publish(record, slot, bytes, signal) {
            if (slot === CARD_SLOT) writes.push({ key: record.key, time: Date.now() });
            return records.publish(record, slot, bytes, signal);
          },
        })),
      },
    });
    await written(net);
    const count = writes.length;
    // a reason to go through everything that may have to be written
    await alice.client.call('card.setPublic', { enabled: true });
    const own = new Set(writes.slice(0, count).map(({ key }) => key));
    const again = (): number => writes.slice(count).filter(({ key }) => own.has(key)).length;
    expect(again()).toBe(0);
    time.skipped = REWRITE_MS * 1.5 + 1_000;
    await alice.client.call('card.setPublic', { enabled: false });
    await until('it was written once more', () => again() === 1);
  } finally {
    vi.restoreAllMocks();
  }
});

test('a watched record that changes is read at once, before anything is sent', async () => {
  const sent: string[] = [];
  const reads: string[] = [];
  const net = network();
  const { alice, bob, b } = await connected(net, {
    bob: {
      overlay: (plain) => ({
        ...withRecords((records) => ({
          resolve(key, slot, signal) {
            if (slot === CARD_SLOT) reads.push(key);
            return records.resolve(key, slot, signal);
          },
        }))(plain),
        send(address, bytes, signal) {
          sent.push(Buffer.from(address).toString('base64url'));
          return plain.send(address, bytes, signal);
        },
      }),
    },
  });
  await written(net);
  await bob.client.call('buffers.show', { buffers: [b] });
  await until('bob watches', () => [...net.records.values()].some(({ watchers }) => watchers.size > 0));
  reads.length = 0;
  await alice.client.call('route.renew', {});
  const fresh = await routeOf(alice);
  await until('bob has read it', () => reads.length > 0);
  sent.length = 0;
  await bob.input(b, 'I know where you are');
  await delivered(bob, b, 1);
  expect(sent[0]).toBe(fresh);
});

test('records are watched while a conversation is open or mail waits, and not for longer', async () => {
  const { net, alice, bob, b } = await connected(network());
  await written(net);
  await delivered(bob, b, 0);
  const watchers = (): number => [...net.records.values()].reduce((sum, record) => sum + record.watchers.size, 0);
  await until('nothing waits any more', () => watchers() === 0, 30_000);
  await bob.client.call('buffers.show', { buffers: [b] });
  await until('bob watches', () => watchers() === 1);
  await bob.client.call('buffers.show', { buffers: [] });
  await until('bob watches no longer', () => watchers() === 0);
  await alice.stop();
  await bob.input(b, 'for later');
  await until('bob watches while it waits', () => watchers() === 1, 30_000);
});

test('a contact whose record could not be made in time is told its key later, also after a restart', async () => {
  const state = { fails: true };
  const net = network();
  const overlay = withRecords((records) => ({
    create: (signal) => (state.fails ? Promise.reject(new Error('not now')) : records.create(signal)),
  }));
  const { alice, bob, b } = await connected(net, { alice: { overlay } });
  await until('bob’s record is there', () => net.records.size === 1);
  const [his] = net.records.keys();
  await alice.stop();
  state.fails = false;
  const again = await start('alice', net, { directory: alice.directory, overlay });
  await until('alice has one for bob', () => net.records.size === 2, 30_000);
  const hers = [...net.records].find(([key]) => key !== his)?.[1];
  await bob.client.call('buffers.show', { buffers: [b] });
  await until('bob was told', async () => {
    await nudge(again);
    return (hers?.watchers.size ?? 0) > 0;
  });
});
