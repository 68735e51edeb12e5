import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testClient } from '../support/irc/client.ts';
import { rawClient, startNgircd } from '../support/irc/lab.ts';

let server: Awaited<ReturnType<typeof startNgircd>>;
beforeAll(async () => {
  server = await startNgircd();
});
afterAll(async () => {
  await server.stop();
});

describe('an old server', () => {
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
      sasl: [{ kind: 'password', account: 'a', password: 'secret-word', plain: true, required: true }],
    });
    anna.network.start();
    const { state } = await anna.waitPhase('failed');
    expect(state.text).toContain('does not offer SASL');
    expect(anna.all('registered')).toEqual([]);
    await anna.network.stop(null);
  });

  test("everybody's prefixes are told, not only the highest", async () => {
    const oper = await rawClient(server.port, 'boss');
    oper.send('JOIN #ranks');
    await oper.until(/ 366 /);
    oper.send('MODE #ranks +v boss');
    await oper.until(/ MODE #ranks /);
    const anna = testClient({ host: server.host, port: server.port, nick: 'anna2', channels: [{ name: '#ranks', key: null }] });
    anna.network.start();
    await anna.wait('members', ({ members }) => members.some(({ nick, prefix }) => nick === 'boss' && prefix === '@+'));
    await anna.network.stop(null);
    oper.close();
  });
});
