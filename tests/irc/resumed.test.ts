import { afterEach, expect, test } from 'vitest';
import { startIrcServer, type IrcServer, type IrcServerOptions } from '../../src/host/demo/ircServer.ts';
import type { NetworkOptions } from '../../src/irc/network.ts';
import { dial } from '../../src/net/dial.ts';
import { testClient, type TestClient } from '../support/irc/client.ts';
import { manualClock } from '../support/irc/session.ts';

const servers: IrcServer[] = [];
const clients: TestClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ network }) => network.stop(null)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** A client whose time stands still unless the test moves it. */
async function rig(options: IrcServerOptions = {}, more: Partial<NetworkOptions> = {}, dialing: typeof dial = dial) {
  const server = await startIrcServer(options);
  servers.push(server);
  const clock = manualClock();
  const client = testClient(
    { port: server.port, reconnectDelaySeconds: 300, ...more },
    { dial: dialing, clock, wallClock: () => 0, random: () => 0 },
  );
  clients.push(client);
  client.network.start();
  const visits = (): number => client.all('state').filter(({ state }) => state.phase === 'registering').length;
  return { server, clock, client, visits };
}

test('after sleep a pause before the next attempt ends at once', async () => {
  let refuse = true;
  const { client } = await rig({
    onConnect: (visitor) => {
      if (refuse) visitor.destroy();
    },
  });
  await client.waitPhase('waiting');
  refuse = false;
  client.network.resumed();
  await client.waitPhase('online');
});

test('after sleep a server that does not answer is left and asked anew, without a pause', async () => {
  let isDead = false;
  const { client, clock, visits, server } = await rig({ onLine: (_, line) => isDead && line.startsWith('PING') });
  await client.waitPhase('online');
  // What the server still had to say is heard.
  server.client('sotto')?.sendRaw(':ann!u@h PRIVMSG sotto :hello');
  await client.wait('text');
  isDead = true;
  client.network.resumed();
  await client.until(() => server.clients().some(({ lines }) => lines.some((line) => line.startsWith('PING'))));
  client.clear();
  clock.advance(8_000);
  await client.waitPhase('online');
  expect(visits()).toBe(1);
  expect(client.all('state').some(({ state }) => state.phase === 'waiting')).toBe(false);
});

test('after sleep a link that lives is kept', async () => {
  const { client, clock, visits, server } = await rig();
  await client.waitPhase('online');
  client.network.resumed();
  await client.until(() => server.clients().some(({ lines }) => lines.some((line) => line.startsWith('PING'))));
  server.client('sotto')?.sendRaw(':ann!u@h PRIVMSG sotto :still here');
  await client.wait('text');
  clock.advance(8_000);
  expect(visits()).toBe(1);
  expect(client.all('state').at(-1)?.state.phase).toBe('online');
});

test('after sleep an attempt that hangs begins anew', async () => {
  let attempts = 0;
  const { client } = await rig({}, {}, (options) => {
    attempts += 1;
    if (attempts > 1) return dial(options);
    return new Promise((_, reject) => {
      options.signal.addEventListener('abort', () => {
        reject(new Error('given up'));
      });
    });
  });
  await client.until(() => attempts === 1);
  client.network.resumed();
  await client.waitPhase('online');
  expect(attempts).toBe(2);
});

test('what the user has ended stays ended', async () => {
  const { client, visits } = await rig();
  await client.waitPhase('online');
  await client.network.stop(null);
  client.network.resumed();
  expect(client.all('state').at(-1)?.state.phase).toBe('idle');
  expect(visits()).toBe(1);
});
