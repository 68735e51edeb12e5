/** Secrets that are fetched anew before a connection is made anew. */
import { expect, it, onTestFinished } from 'vitest';
import type { FreshSecrets } from '../../src/irc/options.ts';
import { NetError } from '../../src/net/errors.ts';
import { testClient, type TestClient } from '../support/irc/client.ts';
import { testLinks, type TestLinks } from '../support/irc/links.ts';

const start = (net: TestLinks, refresh: (signal: AbortSignal) => Promise<FreshSecrets>): TestClient => {
  const client = testClient({ host: 'irc.test', port: 6697, tls: true, password: 'first', refresh }, net.surroundings);
  onTestFinished(() => client.network.stop(null));
  client.network.start();
  return client;
};
/** What each connection said with PASS, once there were so many. */
const passwords = async (client: TestClient, net: TestLinks, count: number): Promise<(string | undefined)[]> => {
  await client.until(
    () => net.links.length >= count && net.links.slice(0, count).every(({ sent }) => sent.some((line) => line.startsWith('NICK'))),
  );
  return net.links.slice(0, count).map(({ sent }) => sent.find((line) => line.startsWith('PASS ')));
};
const again = async (client: TestClient, net: TestLinks, number: number): Promise<void> => {
  await client.until(() => net.links.length >= number);
  client.clear();
  net.links[number - 1]?.end();
  await client.waitPhase('waiting');
  client.network.retryNow();
};

it('a password that was changed in the keyring is used by the next connection; one that cannot be had, or sent, leaves the last', async () => {
  const net = testLinks();
  const answers = [
    () => Promise.resolve({ password: 'second' }),
    () => Promise.reject(new Error('the keyring is locked')),
    () => Promise.resolve({ password: 'two\r\nlines' }),
  ];
  let asked = 0;
  const client = start(net, () => answers[asked++]?.() ?? Promise.resolve({}));
  expect(await passwords(client, net, 1)).toEqual(['PASS :first']);
  expect(asked).toBe(0);
  for (const number of [1, 2, 3]) {
    await again(client, net, number);
    await passwords(client, net, number + 1);
  }
  expect(await passwords(client, net, 4)).toEqual(['PASS :first', 'PASS :second', 'PASS :second', 'PASS :second']);
  expect(asked).toBe(3);
});

it('who stops while the keyring is asked does not wait for it', async () => {
  let attempts = 0;
  const net = testLinks(() => {
    attempts += 1;
    return attempts === 1 ? new NetError('refused', 'No.') : null;
  });
  const client = start(
    net,
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('stopped'));
        });
      }),
  );
  await client.waitPhase('waiting');
  client.network.retryNow();
  await client.waitPhase('lookup');
  await client.network.stop(null);
  expect(net.links).toHaveLength(0);
});
