/** Where a connection stands, in named states, and what ends it for good. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NetworkOptions } from '../../src/irc/network.ts';
import { isLocalHost } from '../../src/irc/localHost.ts';
import { NetError, type NetErrorCode } from '../../src/net/errors.ts';
import { startIrcServer } from '../../src/host/demo/ircServer.ts';
import { testClient, type TestClient } from '../support/irc/client.ts';
import { testLinks, type TestLink, type TestLinks } from '../support/irc/links.ts';

const start = (options: Partial<NetworkOptions>, net: TestLinks): TestClient => {
  const client = testClient({ host: 'irc.test', port: 6697, tls: true, ...options }, net.surroundings);
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
const phases = (client: TestClient): string[] => client.all('state').map(({ state }) => state.phase);

describe('named states', () => {
  it('lookup, connecting, registering, authenticating, online', async () => {
    const server = await startIrcServer({ accounts: { sotto: 'secret-word' } });
    onTestFinished(() => server.stop());
    const client = testClient({
      host: 'localhost',
      port: server.port,
      sasl: [{ kind: 'password', account: 'sotto', password: 'secret-word', plain: true, required: true }],
    });
    onTestFinished(() => client.network.stop(null));
    client.network.start();
    await client.waitPhase('online');
    expect(phases(client)).toEqual(['lookup', 'connecting', 'registering', 'authenticating', 'online']);
    for (const { state } of client.all('state')) expect(state.text).toMatch(/[.…]$/);
  });
  it('a server that registers nobody is left after a minute', async () => {
    const net = testLinks();
    const client = start({}, net);
    await link(client, net, 1);
    net.clock.advance(60_000);
    await client.waitPhase('waiting');
    expect(client.all('state').at(-1)?.state.text).toContain('did not finish the registration');
  });
});

describe('what is final', () => {
  it.each(['pinMismatch', 'badAddress', 'onionNeedsTor', 'badClientCert'] satisfies NetErrorCode[])(
    '%s is not tried again',
    async (code) => {
      let attempts = 0;
      const net = testLinks(() => {
        attempts += 1;
        return new NetError(code, 'The reason.');
      });
      const client = start({}, net);
      await client.waitPhase('failed');
      net.clock.advance(24 * 60 * 60_000);
      expect([attempts, client.all('state').at(-1)?.state.text]).toEqual([1, 'The reason.']);
      client.clear();
      client.network.retryNow();
      await client.waitPhase('failed');
      expect(attempts).toBe(2);
    },
  );
  it.each([
    ['ERROR :Closing Link: 1.2.3.4 (K-Lined)', 'banned'],
    ['ERROR :You need to identify via SASL to use this server.', 'only with SASL'],
    [':s 465 sotto :You are banned from this server', 'banned'],
    [':s 464 sotto :Password incorrect', 'password is wrong'],
  ])('%s is not tried again', async (line, words) => {
    const net = testLinks();
    const client = start({}, net);
    const one = await link(client, net, 1);
    one.say(line);
    one.end();
    const { state } = await client.waitPhase('failed');
    expect(state.text).toContain(words);
    net.clock.advance(24 * 60 * 60_000);
    expect(net.links).toHaveLength(1);
  });
  it('a throttle is waited out for ten minutes', async () => {
    const net = testLinks();
    const client = start({ reconnectDelaySeconds: 1 }, net);
    const one = await link(client, net, 1);
    one.say('ERROR :Reconnecting too fast, throttled.');
    one.end();
    const { state } = await client.waitPhase('waiting');
    expect(state.retryAt).toBe(net.time() + 600_000);
    net.clock.advance(599_999);
    expect(net.links).toHaveLength(1);
    net.clock.advance(1);
    await link(client, net, 2);
  });
});

describe('over reconnects', () => {
  it('an away state is kept until it is ended', async () => {
    const net = testLinks();
    const client = start({ antiFloodMs: 0 }, net);
    const register = async (number: number): Promise<TestLink> => {
      const one = await link(client, net, number);
      client.clear();
      one.say(':s CAP * LS :', ':s 001 sotto :hi', ':s 376 sotto :end');
      await client.waitPhase('online');
      return one;
    };
    const cut = async (one: TestLink): Promise<void> => {
      one.end();
      await client.until(() => phases(client).at(-1) === 'waiting');
      net.clock.advance(60 * 60_000);
    };
    const first = await register(1);
    client.network.act({ kind: 'away', reason: 'lunch' });
    await cut(first);
    const second = await register(2);
    expect(second.sent).toContain('AWAY :lunch');
    client.network.act({ kind: 'away', reason: null });
    await cut(second);
    expect((await register(3)).sent.some((line) => line.startsWith('AWAY'))).toBe(false);
  });
});

describe('passwords on a link without TLS', () => {
  const proxy: NetworkOptions['proxy'] = { kind: 'socks5', host: '127.0.0.1', port: 1080, username: null, password: null };
  it.each([
    [{ host: 'localhost' }, true],
    [{ host: '127.0.0.1' }, true],
    [{ host: '::1' }, true],
    [{ host: '10.0.0.1' }, false],
    [{ host: 'localhost.example.org' }, false],
    [{ host: '127.0.0.1', proxy }, false],
    [{ host: 'irc.test', allowUnencryptedPasswords: true }, true],
    [{ host: 'irc.test', tls: true }, true],
  ] satisfies [Partial<NetworkOptions>, boolean][])('%o: %s', async (options, goes) => {
    const net = testLinks();
    const client = start({ tls: false, port: 6667, password: 'secret-word', ...options }, net);
    const one = await link(client, net, 1);
    one.say(':s CAP * LS :');
    await client.until(() => one.sent.includes('CAP END') || phases(client).includes('failed'));
    expect(one.sent.includes('PASS :secret-word')).toBe(goes);
    expect(JSON.stringify(client.events)).not.toContain('secret-word');
  });
  it('a server that says nothing to CAP hears it too, where it may', async () => {
    const net = testLinks();
    const client = start({ host: 'localhost', tls: false, password: 'secret-word' }, net);
    const one = await link(client, net, 1);
    expect(one.sent).toEqual(['CAP LS 302']);
    net.clock.advance(4_000);
    expect(one.sent).toEqual(['CAP LS 302', 'PASS :secret-word', 'NICK sotto', 'USER sotto 0 * :Sotto test']);
  });
  it('knows what stays on this computer', () => {
    expect(['localhost', 'LOCALHOST.', 'a.localhost', '127.1.2.3', '::1', '[::1]'].every(isLocalHost)).toBe(true);
    expect(['127.0.0.1.evil.test', 'localhost.evil', '0.0.0.0', '1127.0.0.1', '::2', ''].some(isLocalHost)).toBe(false);
  });
});
