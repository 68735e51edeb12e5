import { afterAll, beforeAll, expect, test } from 'vitest';
import { testClient } from '../support/irc/client.ts';
import { startNgircd } from '../support/irc/lab.ts';

let server: Awaited<ReturnType<typeof startNgircd>>;
beforeAll(async () => {
  server = await startNgircd();
});
afterAll(async () => {
  await server.stop();
});

test('an old server without echo, tags or SASL: own lines are shown once, at sending', async () => {
  const anna = testClient({ host: server.host, port: server.port, nick: 'anna', channels: [{ name: '#old', key: null }] });
  const ben = testClient({ host: server.host, port: server.port, nick: 'ben', channels: [{ name: '#old', key: null }] });
  anna.network.start();
  await anna.wait('members', ({ channel }) => channel === '#old');
  ben.network.start();
  await ben.wait('members', ({ members }) => members.length === 2);
  anna.network.act({ kind: 'text', target: '#old', form: 'privmsg', text: 'grüezi' });
  expect(await ben.wait('text')).toMatchObject({ target: '#old', text: 'grüezi', self: false, from: { nick: 'anna' } });
  ben.network.act({ kind: 'text', target: '#old', form: 'notice', text: 'hoi' });
  await anna.wait('text', ({ form }) => form === 'notice');
  expect(anna.all('text').map(({ text, self }) => [text, self])).toEqual([
    ['grüezi', true],
    ['hoi', false],
  ]);
  await ben.network.stop(null);
  await anna.wait('quit', ({ from }) => from.nick === 'ben');
  await anna.network.stop(null);
  expect(anna.all('state').at(-1)?.state.phase).toBe('idle');
});

test('a required SASL login ends for good where the server has no SASL', async () => {
  const anna = testClient({
    host: server.host,
    port: server.port,
    sasl: { mechanism: 'PLAIN', username: 'a', password: 'secret-word', disconnectOnFailure: true },
  });
  anna.network.start();
  const { state } = await anna.waitPhase('failed');
  expect(state.text).toContain('does not offer SASL');
  expect(anna.all('registered')).toEqual([]);
  await anna.network.stop(null);
});
