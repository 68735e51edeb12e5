/** State and lists as a real server tells them. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NetworkOptions } from '../../../src/irc/network.ts';
import { testClient, type TestClient } from '../../support/irc/client.ts';
import { startInspircd, type Lab } from '../../support/irc/lab.ts';

let lab: Lab;
const clients: TestClient[] = [];
const online = async (options: Partial<NetworkOptions>): Promise<TestClient> => {
  const made = testClient({ host: lab.host, port: lab.tlsPort, tls: true, rootCert: lab.caPem, ...options });
  clients.push(made);
  made.network.start();
  await made.wait('features');
  return made;
};
const inRoom = async (channel: string, options: Partial<NetworkOptions>): Promise<TestClient> => {
  const made = await online({ ...options, channels: [{ name: channel, key: null }] });
  await made.wait('members');
  return made;
};
const member = (client: TestClient, channel: string, nick: string) => client.network.members(channel).find((other) => other.nick === nick);

beforeAll(async () => {
  lab = await startInspircd({ services: true });
  await lab.register('carol', 'correct');
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ network }) => network.stop(null)));
});
afterAll(async () => {
  await lab.stop();
});

describe('on InspIRCd', () => {
  it('WHOX tells accounts and away states of people who were there before', async () => {
    const carol = await inRoom('#who', {
      nick: 'carol',
      sasl: [{ kind: 'password', account: 'carol', password: 'correct', plain: true, required: true }],
    });
    carol.network.act({ kind: 'away', reason: 'lunch' });
    await carol.wait('away', ({ away }) => away);
    const dora = await inRoom('#who', { nick: 'dora', whoPoll: { enabled: true, seconds: 0.05 } });
    await dora.until(() => member(dora, '#who', 'carol')?.away === true && member(dora, '#who', 'carol')?.account === 'carol');
  });

  it('MONITOR tells who comes and goes', async () => {
    const dora = await online({ nick: 'dora', monitor: ['emil'] });
    expect(dora.all('features').at(-1)?.features.monitor).toBe(true);
    await dora.wait('monitor', ({ nick, online: here }) => nick === 'emil' && !here);
    const emil = await online({ nick: 'emil' });
    await dora.wait('monitor', ({ nick, online: here }) => nick === 'emil' && here);
    dora.clear();
    await emil.network.stop('bye');
    await dora.wait('monitor', ({ nick, online: here }) => nick === 'emil' && !here);
  });

  it('LIST, bans and exceptions come as lists', async () => {
    const dora = await inRoom('#lists', { nick: 'dora' });
    dora.network.act({ kind: 'topic', channel: '#lists', topic: 'of things' });
    dora.network.act({ kind: 'mode', target: '#lists', modes: '+bb', params: ['*!*@spam.example', 'x!*@*'] });
    await dora.wait('mode', ({ modes }) => modes.includes('spam.example'));
    dora.network.act({ kind: 'masks', channel: '#lists', mode: 'b' });
    const { masks } = await dora.wait('masks', ({ mode }) => mode === 'b');
    expect(masks.map(({ mask, by }) => `${mask} ${by ?? ''}`).sort()).toEqual(['*!*@spam.example dora', 'x!*@* dora']);
    expect(masks.every(({ time }) => time !== null && Math.abs(time - Date.now()) < 600_000)).toBe(true);
    dora.network.act({ kind: 'list', pattern: 'lists' });
    await dora.wait('list', ({ done }) => done);
    const [row] = dora.all('list').flatMap(({ channels }) => channels);
    expect(row).toMatchObject({ name: '#lists', users: 1 });
    expect(row?.topic).toContain('of things');
  });

  it('modes, status and names of a channel follow', async () => {
    const dora = await inRoom('#modes', { nick: 'dora' });
    const emil = await inRoom('#modes', { nick: 'emil' });
    dora.network.act({ kind: 'mode', target: '#modes', modes: '+ovl', params: ['emil', 'emil', '20'] });
    await emil.until(() => member(emil, '#modes', 'emil')?.prefix === '@+');
    expect(member(emil, '#modes', 'dora')?.prefix).toBe('@');
    emil.network.act({ kind: 'setname', realname: 'Emil E' });
    emil.network.act({ kind: 'nick', nick: 'emilio' });
    await dora.until(() => member(dora, '#modes', 'emilio')?.prefix === '@+');
    dora.network.act({ kind: 'whois', nick: 'emilio' });
    await dora.wait('server', ({ text }) => text.includes('(Emil E)'));
    await dora.wait('server', ({ text }) => text === 'emilio is in @+#modes');
  });

  it('says in the channel why it was not joined', async () => {
    const dora = await inRoom('#closed', { nick: 'dora' });
    dora.network.act({ kind: 'mode', target: '#closed', modes: '+k', params: ['secret'] });
    await dora.wait('mode', ({ modes }) => modes.includes('secret'));
    const emil = await online({ nick: 'emil' });
    emil.network.act({ kind: 'join', channel: '#closed', key: null });
    const { text, target } = await emil.wait('server', ({ severity }) => severity === 'error');
    expect([target, text]).toEqual(['#closed', '#closed needs a key, and this was not the right one: /join #closed key.']);
  });
});
