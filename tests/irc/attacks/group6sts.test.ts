/** STS: nobody gets us to speak in the clear where TLS is demanded, nor to another place. What is about certificates is in group6.test.ts. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash, X509Certificate } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import type { StsPolicy, StsStore } from '../../../src/irc/options.ts';
import type { NetworkOptions } from '../../../src/irc/network.ts';
import { NetError } from '../../../src/net/errors.ts';
import { testClient, type TestClient } from '../../support/irc/client.ts';
import { makeCertificates } from '../../support/irc/lab.ts';
import { testLinks, type TestLink, type TestLinks } from '../../support/irc/links.ts';
import { listenOn } from '../../support/irc/listeners.ts';
import { startScripted } from '../../support/irc/scripted.ts';

const memory = (policies: Record<string, StsPolicy> = {}): StsStore & { kept: Map<string, StsPolicy> } => {
  const kept = new Map(Object.entries(policies));
  return {
    kept,
    get: (host) => kept.get(host) ?? null,
    set: (host, policy) => {
      if (policy === null) kept.delete(host);
      else kept.set(host, policy);
      return Promise.resolve();
    },
  };
};
const plain: Partial<NetworkOptions> = { host: 'irc.test', port: 6667, tls: false, password: 'server-secret', acceptInvalidCerts: true };
const start = (options: Partial<NetworkOptions>, net: TestLinks): TestClient => {
  const client = testClient({ ...plain, ...options }, net.surroundings);
  client.network.start();
  onTestFinished(() => client.network.stop(null));
  return client;
};
const link = async (client: TestClient, net: TestLinks, number: number): Promise<TestLink> => {
  await client.until(() => (net.links[number - 1]?.sent.length ?? 0) > 0);
  const found = net.links[number - 1];
  if (!found) throw new Error('no such link');
  return found;
};
const retry = async (client: TestClient, net: TestLinks): Promise<void> => {
  await client.until(() => client.all('state').at(-1)?.state.phase === 'waiting');
  net.clock.advance(60 * 60_000);
};
const secure = ({ options }: TestLink): unknown => [options.host, options.port, options.tls, options.acceptInvalidCerts];
const refusesTls = (): TestLinks => testLinks(({ tls }) => (tls ? new NetError('certSelfSigned', 'A bad certificate.') : null));

it('attack 6: STS stripped by somebody in between, once a policy is kept: nothing goes there in the clear', async () => {
  const net = testLinks();
  const sts = memory({ 'irc.test': { port: 6697, duration: 1_000, expires: net.time() + 1_000_000 } });
  const client = start({ sts }, net);
  const only = await link(client, net, 1);
  expect(secure(only)).toEqual(['irc.test', 6697, true, false]);
  // The offer is gone from LS: the policy stays.
  only.say(':s CAP * LS :batch', ':s CAP * ACK :batch', ':s 001 sotto :hi');
  await client.waitPhase('online');
  expect(sts.kept.has('irc.test')).toBe(true);
});

it('attack 6: STS stripped after TLS has failed: it is never tried in the clear again', async () => {
  const net = refusesTls();
  const client = start({}, net);
  (await link(client, net, 1)).say(':s CAP * LS :sts=port=6697');
  for (let times = 0; times < 3; times += 1) await retry(client, net);
  expect(net.links).toHaveLength(1);
  expect(net.links[0]?.sent.join()).not.toContain('server-secret');
  expect(client.all('state').at(-1)?.state.text).toContain('A bad certificate.');
});

it('attack 6: STS to the port of an attacker: same host, certificate checked whatever the configuration says, nothing secret before', async () => {
  const net = testLinks();
  const client = start({ sts: memory() }, net);
  const first = await link(client, net, 1);
  expect(first.sent).toEqual(['CAP LS 302']);
  first.say(':s CAP * LS :sts=port=666,duration=99999 sasl=PLAIN');
  const second = await link(client, net, 2);
  expect(secure(second)).toEqual(['irc.test', 666, true, false]);
  expect(first.sent).toEqual(['CAP LS 302', 'QUIT']);
  expect(first.ended()).toBe(true);
});

it.each(['0', '65536', '-1', '1e3', 'x', '', '6697=1', '6697,port=1'])(
  'attack 6: STS to the port of an attacker: port=%s is none',
  async (port) => {
    const net = testLinks();
    const client = start({ sts: memory(), password: null }, net);
    const only = await link(client, net, 1);
    only.say(`:s CAP * LS :sts=port=${port}`);
    await client.until(() => only.sent.includes('CAP END'));
    expect(net.links).toHaveLength(1);
  },
);

it('attack 6: STS duration=0 on plain ends no policy, and one without a port does nothing', async () => {
  const net = testLinks();
  const policy = { port: 6697, duration: 1_000, expires: net.time() - 1 };
  const sts = memory({ 'irc.test': policy });
  const client = start({ sts, allowUnencryptedPasswords: true }, net);
  // The policy is over, so the link is plain; who speaks there has no say in policies.
  const only = await link(client, net, 1);
  only.say(':s CAP * LS :sts=duration=0', ':s 001 sotto :hi');
  await client.waitPhase('online');
  expect(sts.kept.get('irc.test')).toEqual(policy);
  expect(secure(only)).toEqual(['irc.test', 6667, false, true]);
});

it.each([
  { port: 0, duration: 10, expires: Number.POSITIVE_INFINITY },
  { port: 70_000, duration: -1, expires: Number.NaN },
  { port: Number.NaN, duration: Number.NaN, expires: 8.64e15 },
])('attack 6: the STS policy on disk tampered with: %o still demands TLS', async (policy) => {
  const net = testLinks();
  const client = start({ sts: memory({ 'irc.test': policy }) }, net);
  expect(secure(await link(client, net, 1))).toEqual(['irc.test', 6697, true, false]);
});

it('attack 6: CAP DEL sts ends nothing, in the clear or over TLS', async () => {
  const net = testLinks();
  const sts = memory();
  const client = start({ sts, tls: true, port: 6697, acceptInvalidCerts: false }, net);
  const one = await link(client, net, 1);
  one.say(':s CAP * LS :sts=duration=500', ':s CAP * DEL :sts', ':s 001 sotto :hi');
  await client.waitPhase('online');
  one.say(':s CAP * DEL :sts', ':s CAP * DEL :sts=duration=0');
  expect(sts.kept.get('irc.test')).toMatchObject({ duration: 500 });
  one.end();
  await client.until(() => client.all('state').at(-1)?.state.phase === 'waiting');
  expect(sts.kept.get('irc.test')).toMatchObject({ duration: 500 });
  expect(one.sent.join()).not.toMatch(/REQ[^,]*\bsts\b/);
});

it('attack 6: STS to the port of an attacker, over real TLS: its certificate ends it, also where any is accepted; a pin that fits goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-sts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { caPem } = await makeCertificates(folder);
  const listener = await listenOn({ cert: caPem, key: await readFile(join(folder, 'ca.key'), 'utf8') });
  const server = await startScripted();
  const connect = async (more: Partial<NetworkOptions>): Promise<TestClient> => {
    const client = testClient({ host: '127.0.0.1', port: server.port, acceptInvalidCerts: true, reconnectDelaySeconds: 600, ...more });
    onTestFinished(() => client.network.stop(null));
    client.network.start();
    await server.play(`C: CAP LS 302\nS: :irc.test CAP * LS :sts=port=${listener.port}`);
    return client;
  };
  const refused = await connect({});
  await refused.waitPhase('waiting');
  expect(listener.received()).toBe('');
  await refused.network.stop(null);
  const pin = createHash('sha256').update(new X509Certificate(caPem).raw).digest('hex');
  const pinned = await connect({ pins: [pin], acceptInvalidCerts: false });
  await pinned.until(() => listener.received().includes('CAP LS 302'));
});
