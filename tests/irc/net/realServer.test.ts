/** InspIRCd, reached in every way there is. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshCircuit, type Proxy } from '../../../src/net/proxy.ts';
import type { NetworkOptions } from '../../../src/irc/network.ts';
import { testClient } from '../../support/irc/client.ts';
import { makeClientCertificate } from '../../support/irc/dialing.ts';
import { startInspircd, type Lab } from '../../support/irc/lab.ts';
import { startHttpProxy, startSocks } from '../../support/irc/proxies.ts';

let lab: Lab;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-real-'));
  lab = await startInspircd();
});
afterAll(async () => {
  await lab.stop();
  await rm(folder, { recursive: true, force: true });
});

let count = 0;
/** Registers, joins, and leaves with the sentence that stood beside "online". */
const visit = async (options: Partial<NetworkOptions>): Promise<string> => {
  count += 1;
  const client = testClient({ host: lab.host, rootCert: lab.caPem, nick: `way${count}`, ...options });
  client.network.start();
  const { state } = await client.waitPhase('online');
  client.network.act({ kind: 'join', channel: '#ways', key: null });
  await client.wait('join', (event) => event.self && event.channel === '#ways');
  await client.network.stop(null);
  return state.text;
};

it.each(['http', 'socks5', 'tor'] as const)('through a proxy (%s), with TLS, without, and by WebSocket', async (kind) => {
  for (const [port, more] of [
    [lab.tlsPort, { tls: true }],
    [lab.port, {}],
    [lab.webPort, { webSocket: { path: '/', pingSeconds: 60 } }],
  ] satisfies [number, Partial<NetworkOptions>][]) {
    const server = kind === 'http' ? await startHttpProxy({ target: port }) : await startSocks({ target: port });
    const at = { host: '127.0.0.1', port: server.port };
    const proxy: Proxy = kind === 'tor' ? { kind, ...at, circuit: freshCircuit() } : { kind, ...at, username: 'u', password: 'p' };
    expect(await visit({ port, proxy, ...more })).toContain('tls' in more ? 'TLSv1.3' : 'not encrypted');
    expect(new Set(server.asked.map((asked) => `${asked.host}:${asked.port}`))).toEqual(new Set([`${lab.host}:${port}`]));
  }
});

it('by WebSocket', async () => {
  expect(await visit({ port: lab.webPort, webSocket: { path: '/', pingSeconds: 60 } })).toContain('not encrypted');
});

it('with a client certificate, which the server then knows', async () => {
  const clientCert = await makeClientCertificate(folder);
  const client = testClient({ host: lab.host, port: lab.tlsPort, tls: true, rootCert: lab.caPem, nick: 'certy', clientCert });
  client.network.start();
  await client.waitPhase('online');
  client.network.act({ kind: 'raw', line: 'WHOIS certy' });
  const told = await client.wait('server', (event) => /fingerprint/i.test(event.text));
  expect(told.text).toMatch(/[0-9a-f]{32}/);
  await client.network.stop(null);
});
