import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadStsPolicies } from '../../src/core/stsPolicies.ts';
import type { StsPolicy, StsStore } from '../../src/irc/options.ts';
import type { NetworkOptions } from '../../src/irc/network.ts';
import { MAX_STS_SECONDS, readSts, stsHost, stsPort } from '../../src/irc/session/sts.ts';
import { openDatabase } from '../../src/store/database.ts';
import { MAX_STS_POLICIES } from '../../src/store/limits.ts';
import { privateMigrations } from '../../src/store/migrations/all.ts';
import { createSts } from '../../src/store/sts.ts';
import { newFolder, open } from '../store/support.ts';
import { testClient, type TestClient } from '../support/irc/client.ts';
import { testLinks, type TestLink, type TestLinks } from '../support/irc/links.ts';

const memory = (): StsStore & { kept: Map<string, StsPolicy> } => {
  const kept = new Map<string, StsPolicy>();
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
const start = (options: Partial<NetworkOptions>, net: TestLinks): TestClient => {
  const client = testClient({ host: 'IRC.test.', port: 6667, tls: false, ...options }, net.surroundings);
  onTestFinished(() => client.network.stop(null));
  client.network.start();
  return client;
};
const link = async (client: TestClient, net: TestLinks, number: number): Promise<TestLink> => {
  await client.until(() => (net.links[number - 1]?.sent.length ?? 0) > 0);
  const found = net.links[number - 1];
  if (!found) throw new Error('no such link');
  return found;
};
const online = async (client: TestClient, one: TestLink, offer: string): Promise<void> => {
  client.clear();
  one.say(`:s CAP * LS :${offer}`, ':s 001 sotto :hi');
  await client.waitPhase('online');
};
const end = async (client: TestClient, net: TestLinks, one: TestLink): Promise<void> => {
  one.end();
  await client.until(() => client.all('state').at(-1)?.state.phase === 'waiting');
  net.clock.advance(60 * 60_000);
};
const facts = ({ options }: TestLink): unknown => [options.port, options.tls];

describe('IRCv3 sts', () => {
  it('goes from the plain port to the one of TLS before anything else is said, also when the server says ERROR to that', async () => {
    const net = testLinks();
    const client = start({ sts: memory() }, net);
    const first = await link(client, net, 1);
    first.say(':s CAP * LS :batch sts=port=6697,duration=100', 'ERROR :Closing Link: (Quit)');
    const second = await link(client, net, 2);
    expect(facts(second)).toEqual([6697, true]);
    expect(first.sent.filter((line) => line.startsWith('CAP'))).toEqual(['CAP LS 302']);
    expect(client.all('state').map(({ state }) => state.phase)).not.toContain('waiting');
  });
  it('keeps the policy that TLS tells, with the port of that link, and counts it from the end of the link', async () => {
    const net = testLinks();
    const sts = memory();
    const client = start({ sts }, net);
    (await link(client, net, 1)).say(':s CAP * LS :sts=port=6697,duration=100');
    const second = await link(client, net, 2);
    expect(sts.kept.size).toBe(0);
    await online(client, second, 'sts=port=1,duration=100');
    expect(sts.kept.get('irc.test')).toEqual({ port: 6697, duration: 100, expires: net.time() + 100_000 });
    net.setTime(net.time() + 5_000_000);
    await end(client, net, second);
    expect(sts.kept.get('irc.test')).toEqual({ port: 6697, duration: 100, expires: net.time() + 100_000 });
    const third = await link(client, net, 3);
    expect(facts(third)).toEqual([6697, true]);
  });
  it('lets the plain port be used again once the policy is over', async () => {
    const net = testLinks();
    const sts = memory();
    sts.kept.set('irc.test', { port: 6697, duration: 1, expires: net.time() + 1 });
    const client = start({ sts }, net);
    const first = await link(client, net, 1);
    expect(facts(first)).toEqual([6697, true]);
    net.setTime(net.time() + 10_000);
    await end(client, net, first);
    expect(facts(await link(client, net, 2))).toEqual([6667, false]);
  });
  it('ends the policy with duration=0 over TLS, also where it comes later', async () => {
    const net = testLinks();
    const sts = memory();
    const client = start({ sts, tls: true, port: 6697 }, net);
    const first = await link(client, net, 1);
    await online(client, first, 'sts=duration=100');
    expect(sts.kept.size).toBe(1);
    first.say(':s CAP sotto NEW :sts=duration=0');
    expect(sts.kept.size).toBe(0);
    await end(client, net, first);
    expect(sts.kept.size).toBe(0);
  });
  it('takes a policy that comes later: over TLS it is kept, in the clear it leads to TLS', async () => {
    const net = testLinks();
    const sts = memory();
    const client = start({ sts }, net);
    const first = await link(client, net, 1);
    await online(client, first, 'batch');
    first.say(':s CAP sotto NEW :sts=port=7000');
    const second = await link(client, net, 2);
    expect(facts(second)).toEqual([7000, true]);
    await online(client, second, 'batch');
    second.say(':s CAP sotto NEW :sts=duration=7');
    expect(sts.kept.get('irc.test')).toMatchObject({ port: 7000, duration: 7 });
  });
  it('keeps a configured TLS port', async () => {
    const net = testLinks();
    const sts = memory();
    sts.kept.set('irc.test', { port: 6697, duration: 100, expires: net.time() + 100_000 });
    const client = start({ sts, tls: true, port: 7777 }, net);
    expect(facts(await link(client, net, 1))).toEqual([7777, true]);
  });
  it('takes no policy from a server whose certificate was not checked, unless its fingerprint was', async () => {
    for (const [pins, kept] of [
      [[], 0],
      [['ab'.repeat(32)], 1],
    ] as const) {
      const net = testLinks();
      const sts = memory();
      const client = start({ sts, tls: true, acceptInvalidCerts: true, pins }, net);
      await online(client, await link(client, net, 1), 'sts=duration=100');
      expect(sts.kept.size).toBe(kept);
    }
  });
  const webSocket = { path: '/', pingSeconds: 60 };
  it('ends a WebSocket without TLS, whose port for TLS it does not tell, and says what to do', async () => {
    const net = testLinks();
    const client = start({ sts: memory(), webSocket, password: 'secret', allowUnencryptedPasswords: true }, net);
    const only = await link(client, net, 1);
    only.say(':s CAP * LS :batch sts=port=6697,duration=100');
    await client.waitPhase('failed');
    expect(client.all('state').at(-1)?.state.text).toMatch(/wants TLS .*use_tls = true/);
    expect(only.sent.join('\n')).not.toContain('secret');
    net.clock.advance(60 * 60_000);
    expect(net.links).toHaveLength(1);
  });
  it('opens no WebSocket without TLS to a host whose policy is known', async () => {
    const net = testLinks();
    const sts = memory();
    sts.kept.set('irc.test', { port: 6697, duration: 100, expires: net.time() + 100_000 });
    const client = start({ sts, webSocket, port: 80 }, net);
    await client.waitPhase('failed');
    expect(net.links).toHaveLength(0);
    // Once it is over there is nothing against it.
    net.setTime(net.time() + 200_000);
    client.network.retryNow();
    expect(facts(await link(client, net, 1))).toEqual([80, false]);
  });
  it('keeps a policy that a WebSocket with TLS tells; its port is no port for bare streams', async () => {
    for (const [known, port] of [
      [null, 6697],
      [7000, 7000],
    ] as const) {
      const net = testLinks();
      const sts = memory();
      if (known !== null) sts.kept.set('irc.test', { port: known, duration: 1, expires: net.time() + 1_000 });
      const client = start({ sts, webSocket, tls: true, port: 443 }, net);
      const first = await link(client, net, 1);
      expect(facts(first)).toEqual([443, true]);
      await online(client, first, 'sts=port=1,duration=100');
      expect(sts.kept.get('irc.test')).toMatchObject({ port, duration: 100 });
      await end(client, net, first);
      expect(sts.kept.get('irc.test')).toMatchObject({ port, duration: 100 });
    }
  });
  it('says so where the policy cannot be written down', async () => {
    const net = testLinks();
    const sts: StsStore = { get: () => null, set: () => Promise.reject(new Error('full')) };
    const client = start({ sts, tls: true }, net);
    (await link(client, net, 1)).say(':s CAP * LS :sts=duration=100');
    await client.wait('server', ({ text }) => text.includes('could not be written down'));
  });
  it('reads the value with bounds, and a key given twice as not given', () => {
    expect(readSts('port=6697,duration=2592000,preload')).toEqual({ port: 6697, duration: 2_592_000 });
    expect(readSts('port=1,port=2,duration=3')).toEqual({ port: null, duration: 3 });
    expect(readSts('duration=999999999999')).toEqual({ port: null, duration: MAX_STS_SECONDS });
    for (const value of ['', '=', 'port', 'port=', 'duration=-1', 'duration=1e9', 'duration=0x10', `port=${'9'.repeat(9_000)}`])
      expect(readSts(value)).toEqual({ port: null, duration: null });
    expect(stsHost('IRC.Example.ORG.')).toBe('irc.example.org');
    expect([
      stsPort(null, 0),
      stsPort({ port: 7000, duration: 1, expires: 10 }, 9),
      stsPort({ port: 7000, duration: 1, expires: 10 }, 10),
    ]).toEqual([null, 7000, null]);
  });
});

describe('policies on disk', () => {
  it('are there after a restart, and gone once forgotten', async () => {
    const folder = newFolder();
    const first = await open(folder);
    const policies = await loadStsPolicies(first.store);
    expect(policies.get('irc.test')).toBeNull();
    const policy = { port: 6697, duration: 2_592_000, expires: 1_800_000_000_000 };
    const written = policies.set('irc.test', policy);
    expect(policies.get('irc.test')).toEqual(policy);
    await written;
    await policies.set('other.test', policy);
    await policies.set('other.test', null);
    await first.store.close();
    const second = await open(folder);
    const again = await loadStsPolicies(second.store);
    expect([again.get('irc.test'), again.get('other.test')]).toEqual([policy, null]);
    // A plain configuration goes straight to TLS.
    const net = testLinks();
    net.setTime(policy.expires - 1);
    const client = start({ sts: again }, net);
    expect(facts(await link(client, net, 1))).toEqual([6697, true]);
    await client.network.stop(null);
    await second.store.close();
  });
  it('are bounded in number: those that last longest stay; and nonsense is refused', () => {
    const { dataDirectory } = newFolder();
    mkdirSync(dataDirectory, { recursive: true });
    const db = openDatabase({
      path: join(dataDirectory, 'sts.db'),
      key: 'ab'.repeat(32),
      synchronous: 'NORMAL',
      migrations: privateMigrations,
    });
    const sts = createSts(db);
    db.transaction(() => {
      for (let index = 0; index <= MAX_STS_POLICIES; index += 1)
        sts.putSts({ host: `h${index}`, policy: { port: 1, duration: 1, expires: index } });
    })();
    const rows = sts.listSts();
    expect(rows).toHaveLength(MAX_STS_POLICIES);
    expect(rows.some(({ host }) => host === 'h0')).toBe(false);
    for (const policy of [
      { port: 0, duration: 1, expires: 1 },
      { port: 70_000, duration: 1, expires: 1 },
      { port: 1, duration: 0, expires: 1 },
    ])
      expect(() => {
        sts.putSts({ host: 'x', policy });
      }).toThrow();
    db.close();
  });
});
