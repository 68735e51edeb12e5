import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Overlay } from '../../src/overlay/overlay.ts';
import { until } from '../support/cores.ts';
import { connected, delivered, network, nudge, routeOf, start, theirs } from './pair.ts';

test('an older copy of private.db starts new sessions, and what waits in it arrives once', async () => {
  const pair = await connected(network());
  const { net, alice, b } = pair;
  await pair.bob.input(b, 'before the copy');
  await delivered(pair.bob, b, 1);
  await pair.bob.stop();
  const copy = join(pair.bob.directory, 'copy');
  await mkdir(copy);
  await cp(pair.bob.paths.dataDirectory, copy, { recursive: true });
  const later = await start('bob', net, { directory: pair.bob.directory });
  await later.input(b, 'after the copy');
  await delivered(later, b, 2);
  await later.stop();
  await rm(pair.bob.paths.dataDirectory, { recursive: true });
  await cp(copy, pair.bob.paths.dataDirectory, { recursive: true });

  const bob = await start('bob', net, { directory: pair.bob.directory });
  expect(bob.log.join('\n')).toContain('starts a new session');
  await bob.input(b, 'after the rollback');
  await delivered(bob, b, 2, true);
  await alice.input(pair.a, 'welcome back');
  await delivered(alice, pair.a, 1, true);
  expect(await theirs(alice, pair.a)).toEqual(['before the copy', 'after the copy', 'after the rollback']);
  expect(await theirs(bob, b)).toEqual(['welcome back']);
});

test('a hello whose sender ended before any answer is sent again, and makes one request', async () => {
  const net = network();
  const alice = await start('alice', net);
  const deaf = (plain: Overlay): Overlay => {
    let sent = 0;
    return {
      ...plain,
      send: (address, bytes, signal) =>
        (sent += 1) === 1
          ? plain.send(address, bytes, signal)
          : new Promise((_resolve, reject) => {
              void plain.send(address, bytes, signal).catch(() => undefined);
              signal.addEventListener('abort', () => {
                reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
              });
            }),
    };
  };
  const first = await start('bob', net, { overlay: deaf });
  const { buffer: b } = await first.client.call('contact.connect', { text: await routeOf(alice) });
  await first.input(b, 'sent twice');
  await until('alice holds it', async () => (await alice.snapshot()).requests.find((request) => request.texts === 1));
  await first.stop();
  const bob = await start('bob', net, { directory: first.directory });
  await nudge(bob);
  const [request, ...more] = (await alice.snapshot()).requests;
  expect(more).toEqual([]);
  const { buffer: a } = await alice.client.call('contact.accept', { contact: request?.contact ?? 0 });
  await delivered(bob, b, 1, true);
  expect(await theirs(alice, a)).toEqual(['sent twice']);
});

test('an invite that was used is not open again after a restart, and its user goes on', async () => {
  const net = network();
  const first = await start('alice', net);
  const { text } = await first.client.call('invite.create', {});
  const [bob, carol] = [await start('bob', net), await start('carol', net)];
  const { buffer: b } = await bob.client.call('contact.connect', { text });
  await until('bob is in', async () => (await first.snapshot()).contacts.length === 1);
  await first.stop();
  const alice = await start('alice', net, { directory: first.directory });
  await bob.input(b, 'still me');
  await delivered(bob, b, 1, true);
  await carol.client.call('contact.connect', { text });
  await until('carol is told', async () => /cannot be read/.test((await carol.onlyContact()).status));
  expect((await alice.snapshot()).contacts).toHaveLength(1);
  expect((await alice.snapshot()).requests).toEqual([]);
});

test('stopping in the middle of everything leaves nothing undelivered and rejects nothing unheard', async () => {
  const unheard: unknown[] = [];
  const listen = (reason: unknown): void => {
    unheard.push(reason);
  };
  process.on('unhandledRejection', listen);
  try {
    const pair = await connected(network());
    const { net, alice, a, b } = pair;
    net.faults.delayMs = () => Math.random() * 20;
    let bob = pair.bob;
    for (let round = 1; round <= 4; round += 1) {
      await Promise.all([bob.input(b, `bob ${round}`), alice.input(a, `alice ${round}`)]);
      await bob.stop();
      bob = await start('bob', net, { directory: pair.bob.directory });
    }
    await Promise.all([delivered(bob, b, 4, true), delivered(alice, a, 4, true)]);
    expect(await theirs(alice, a)).toEqual(['bob 1', 'bob 2', 'bob 3', 'bob 4']);
    expect((await theirs(bob, b)).sort()).toEqual(['alice 1', 'alice 2', 'alice 3', 'alice 4']);
  } finally {
    process.off('unhandledRejection', listen);
  }
  expect(unheard).toEqual([]);
});

test('a record that could not be written is written later, without the addresses changing again', async () => {
  let failures = 0;
  let written = 0;
  const overlay = (plain: Overlay): Overlay => {
    const { records } = plain;
    if (!records) return plain;
    return {
      ...plain,
      records: {
        ...records,
        publish: async (...args) => {
          if ((failures += 1) <= 2) throw new Error('the network is slow');
          await records.publish(...args);
          written += 1;
        },
      },
    };
  };
  const { alice } = await connected(network(), { alice: { overlay } });
  await until('the record is written', () => written >= 1);
  expect(failures).toBeGreaterThanOrEqual(3);
  expect(alice.log.join('\n')).toContain('not written yet');
});
