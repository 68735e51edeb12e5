import { expect, it } from 'vitest';
import { MIN_PAUSE_MS, createResumed } from '../../src/core/resumed.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, until } from '../support/cores.ts';

it('after sleep the routes are renewed', async () => {
  const network = createLoopbackNetwork();
  const config = '[servers.lab]\nnickname = "wren"\nserver = "127.0.0.1"\nport = 1\nautoconnect = false\n';
  const { client } = await startPerson({ name: 'wren', config, overlay: () => createLoopbackOverlay(network) });
  const before = await client.call('route.get', {});
  await client.call('app.resumed', {});
  await until('another route', async () => (await client.call('route.get', {})).text !== before.text);
});

it('a computer that wakes and tells so many times costs one renewal', async () => {
  let time = 0;
  const did: string[] = [];
  const resumed = createResumed({
    servers: { resumed: () => void did.push('servers') },
    node: { view: () => ({ phase: 'off', reason: '', peers: null, progress: null, routes: [], direct: null }) },
    dm: { renewRoutes: () => Promise.reject(new Error('no node runs')), contacts: () => [], retry: () => undefined },
    now: () => time,
    log: (line) => did.push(line),
  });
  resumed();
  time += MIN_PAUSE_MS - 1;
  resumed();
  expect(did).toEqual(['servers']);
  time += 1;
  resumed();
  // The clock was set back.
  time = 5;
  resumed();
  await Promise.resolve();
  expect(did).toEqual(['servers', 'servers', 'servers']);
});
