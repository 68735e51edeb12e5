import { afterEach, describe, expect, test } from 'vitest';
import { startIrcServer, type IrcServer, type IrcServerOptions } from '../../src/host/demo/ircServer.ts';
import type { NetworkOptions, Surroundings } from '../../src/irc/network.ts';
import { dial } from '../../src/net/dial.ts';
import { testClient, type TestClient } from '../support/irc/client.ts';
import { manualClock } from '../support/irc/session.ts';

const servers: IrcServer[] = [];
const clients: TestClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ network }) => network.stop(null)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
const serve = async (options: IrcServerOptions = {}): Promise<IrcServer> => {
  const server = await startIrcServer(options);
  servers.push(server);
  return server;
};
const connect = (server: IrcServer, options: Partial<NetworkOptions> = {}, surroundings?: Surroundings): TestClient => {
  const client = testClient({ port: server.port, ...options }, surroundings);
  clients.push(client);
  client.network.start();
  return client;
};

describe('a hostile server loses its own connection and nothing else', () => {
  test('64 MiB without a line end are not kept: the connection is closed with a reason', async () => {
    const server = await serve();
    const client = connect(server);
    await client.waitPhase('online');
    const hostile = server.client('sotto');
    if (!hostile) throw new Error('not there');
    const piece = new Uint8Array(64 * 1024).fill(0x78);
    let sent = 0;
    while (sent < 64 * 1024 * 1024 && !hostile.closed()) {
      if (!hostile.sendBytes(piece)) await hostile.drained();
      sent += piece.length;
    }
    const { state } = await client.waitPhase('waiting');
    expect(state.text).toContain('8703 bytes');
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });
  test('a bare PRIVMSG and other broken lines change nothing', async () => {
    const server = await serve();
    const client = connect(server, { channels: [{ name: '#room', key: null }] });
    await client.wait('members');
    for (const line of [
      'PRIVMSG',
      ':',
      '@',
      '',
      ':x',
      'CAP',
      'BATCH',
      'AUTHENTICATE +',
      ':a PRIVMSG',
      'PRIVMSG #room',
      '353',
      'MODE',
      '\u0000',
    ])
      server.client('sotto')?.sendRaw(line);
    server.client('sotto')?.sendRaw(':ann!u@h PRIVMSG #room :still here');
    await client.wait('text', ({ text }) => text === 'still here');
    expect(client.network.joined()).toEqual(['#room']);
    expect(client.all('server').filter(({ severity }) => severity === 'error')).toEqual([]);
  });
  test('a server that ends every connection with an error is not met by a fast loop', async () => {
    let visits = 0;
    const clock = manualClock();
    const server = await serve({
      onConnect: (visitor) => {
        visits += 1;
        visitor.sendRaw('ERROR :Reconnecting too fast, throttled.');
        visitor.end();
      },
    });
    const client = connect(server, { reconnectDelaySeconds: 10 }, { dial, clock, wallClock: () => 0, random: () => 0 });
    for (let round = 1; round <= 3; round += 1) {
      await client.until(() => client.all('state').filter(({ state }) => state.phase === 'waiting').length === round);
      expect(visits).toBe(round);
      clock.advance(5 * 60_000);
      expect(client.all('state').at(-1)?.state.phase).toBe('waiting');
      clock.advance(60 * 60_000);
    }
  });
  test('a ban is final until the user asks again', async () => {
    const server = await serve({ onLine: (visitor) => (visitor.sendRaw('ERROR :Closing Link: (K-Lined)'), visitor.end(), true) });
    const client = connect(server);
    const { state } = await client.waitPhase('failed');
    expect(state.text).toContain('banned');
    client.clear();
    client.network.retryNow();
    await client.waitPhase('failed');
  });
  test('attempts end where the configuration says so', async () => {
    const server = await serve({
      onConnect: (visitor) => {
        visitor.destroy();
      },
    });
    const client = connect(server, { maxAttempts: 2 });
    const { state } = await client.waitPhase('failed');
    expect(state.text).toContain('2 attempts');
  });
});

describe('the supervisor', () => {
  test('notices a server that has gone silent', async () => {
    const clock = manualClock();
    let silent = false;
    const server = await serve({ onLine: () => silent });
    const client = connect(server, { pingSeconds: 30, pingTimeoutSeconds: 20 }, { dial, clock, wallClock: () => 0, random: () => 0 });
    await client.waitPhase('online');
    await client.wait('server', ({ text }) => text.includes('Nothing here leaves'));
    clock.advance(30_000);
    const lines = (): readonly string[] => server.client('sotto')?.lines ?? [];
    await client.until(() => lines().includes('PING :sotto'));
    silent = true;
    // The answer to the first PING counts as life; from then on there is none.
    await client.until(() => {
      clock.advance(10_000);
      return client.all('state').some(({ state }) => state.phase === 'waiting');
    });
    expect(client.all('state').at(-1)?.state.text).toContain('not answered');
  });
  test('says goodbye when it is stopped, can be started again, and is quiet after stop', async () => {
    const server = await serve();
    const client = connect(server);
    await client.waitPhase('online');
    const lines = server.client('sotto')?.lines;
    await client.network.stop('see you');
    expect(lines).toContain('QUIT :see you');
    expect(client.all('state').at(-1)?.state.phase).toBe('idle');
    expect(() => {
      client.network.act({ kind: 'whois', nick: 'x' });
    }).toThrow(/Not connected/);
    client.clear();
    client.network.start();
    await client.waitPhase('online');
  });
  test('can be started again while it is still saying goodbye', async () => {
    const server = await serve();
    const client = connect(server);
    await client.waitPhase('online');
    client.clear();
    const stopping = client.network.stop(null);
    client.network.start();
    await stopping;
    await client.waitPhase('online');
  });
  test('stops while it is still dialling', async () => {
    const client = testClient(
      { port: 1 },
      {
        dial: ({ signal }) =>
          new Promise((_done, fail) => {
            signal.addEventListener('abort', () => {
              fail(new Error('aborted'));
            });
          }),
        clock: manualClock(),
        wallClock: () => 0,
        random: () => 0,
      },
    );
    client.network.start();
    await client.network.stop(null);
    expect(client.all('state').map(({ state }) => state.phase)).toEqual(['lookup', 'idle']);
  });
  test('refuses a configuration that would inject lines, without saying secrets', () => {
    const client = testClient({ password: 'geheim\r\nQUIT' });
    client.network.start();
    expect(client.all('state')).toEqual([expect.objectContaining({ state: expect.objectContaining({ phase: 'failed' }) as unknown })]);
    expect(JSON.stringify(client.events)).not.toContain('geheim');
    for (const bad of [
      { nick: 'a\nb' },
      { realname: 'a\rb' },
      { username: 'a b' },
      { channels: [{ name: '#a\r\nQUIT', key: null }] },
    ] satisfies Partial<NetworkOptions>[]) {
      const other = testClient(bad);
      other.network.start();
      expect(other.all('state')[0]?.state.phase).toBe('failed');
    }
  });
  test('the order of events: online, registered, registered with the name of the network, joins', async () => {
    const server = await serve();
    const client = connect(server, { channels: [{ name: '#room', key: null }] });
    await client.wait('members');
    const order = client.events.flatMap((event) => {
      if (event.kind === 'state') return [event.state.phase];
      if (event.kind === 'registered') return [`registered ${String(event.network)}`];
      return ['join', 'members'].includes(event.kind) ? [event.kind] : [];
    });
    expect(order).toEqual(['lookup', 'connecting', 'registering', 'online', 'registered null', 'registered Demo', 'join', 'members']);
  });
  test('an empty topic clears the topic', async () => {
    const server = await serve();
    const client = connect(server, { channels: [{ name: '#room', key: null }] });
    await client.wait('members');
    client.network.act({ kind: 'topic', channel: '#room', topic: 'weather' });
    client.network.act({ kind: 'topic', channel: '#room', topic: '' });
    await client.wait('topic', ({ topic }) => topic === '');
    expect(client.all('topic').map(({ topic, changed }) => [topic, changed])).toEqual([
      ['weather', true],
      ['', true],
    ]);
  });
});
