import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { NetworkOptions } from '../../src/irc/network.ts';
import { testClient, type TestClient } from '../support/irc/client.ts';
import { rawClient, startInspircd, type Lab } from '../support/irc/lab.ts';

let lab: Lab;
const clients: TestClient[] = [];
const client = (options: Partial<NetworkOptions>): TestClient => {
  const made = testClient({ host: lab.host, port: lab.tlsPort, tls: true, rootCert: lab.caPem, ...options });
  clients.push(made);
  made.network.start();
  return made;
};
const online = async (options: Partial<NetworkOptions>): Promise<TestClient> => {
  const made = client(options);
  await made.waitPhase('online');
  return made;
};

beforeAll(async () => {
  lab = await startInspircd({ services: true });
  await lab.register('alice', 'correct');
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ network }) => network.stop(null)));
});
afterAll(async () => {
  await lab.stop();
});

const plain = (password: string, disconnectOnFailure: boolean): Partial<NetworkOptions> => ({
  nick: 'alice',
  sasl: [{ kind: 'password', account: 'alice', password, plain: true, required: disconnectOnFailure }],
});

describe('on InspIRCd with services', () => {
  test('logs in with SASL PLAIN over TLS before registration', async () => {
    const alice = await online(plain('correct', true));
    await alice.wait('server', ({ text }) => text.includes('logged in as alice'));
    const phases = alice.all('state').map(({ state }) => state.phase);
    expect(phases).toEqual(['lookup', 'connecting', 'securing', 'registering', 'authenticating', 'online']);
    expect(alice.all('state').at(-1)?.state.text).toContain('TLSv1.3');
    await alice.wait('registered', ({ network }) => network === 'TestNet');
  });

  test('ends for good on a wrong password where the configuration demands SASL, and never shows the password', async () => {
    const alice = client(plain('guess-what', true));
    const { state } = await alice.waitPhase('failed');
    expect(state.text).toContain('account or password is wrong');
    expect(alice.all('registered')).toEqual([]);
    expect(JSON.stringify(alice.events)).not.toContain('guess-what');
  });

  test('goes on without an account after a wrong password where SASL is optional', async () => {
    const alice = await online(plain('guess-what', false));
    expect(alice.all('server').some(({ text, severity }) => severity === 'error' && text.includes('Going on without'))).toBe(true);
  });

  test('sends the NickServ password to the service only after WHOIS has shown that it is one', async () => {
    const alice = await online({ nick: 'alice', nickPassword: 'correct' });
    await alice.wait('server', ({ text }) => text.includes('logged in as alice'));
  });

  test('refuses a certificate of an unknown authority, and says so', async () => {
    const bob = client({ nick: 'bob', rootCert: null });
    const { state } = await bob.waitPhase('waiting');
    expect(state.text).toMatch(/certificate that .*(authority|signed)/);
    expect(state.retryAt).toBeGreaterThan(Date.now() + 5 * 60_000);
  });

  test('takes the next nick when one is in use', async () => {
    await online({ nick: 'taken' });
    const second = await online({ nick: 'taken', altNicks: ['second-choice'] });
    expect(second.network.nick()).toBe('second-choice');
    const third = await online({ nick: 'taken' });
    expect(third.network.nick()).toBe('taken_');
  });

  test('two people join, talk, set topic, change nicks, go away, part and quit', async () => {
    const anna = await online({ nick: 'anna', channels: [{ name: '#room', key: null }] });
    await anna.wait('members', ({ members }) => members.some(({ nick, prefix }) => nick === 'anna' && prefix === '@'));
    const ben = await online({ nick: 'ben' });
    ben.network.act({ kind: 'join', channel: '#room', key: null });
    const joined = await anna.wait('join', ({ from }) => from.nick === 'ben');
    expect(joined).toMatchObject({ channel: '#room', self: false, historic: false });
    await ben.wait('members', ({ members }) => members.length === 2);
    expect(ben.network.joined()).toEqual(['#room']);

    // Own lines are shown once, by their echo.
    anna.network.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'hello, Ben' });
    anna.network.act({ kind: 'text', target: '#room', form: 'action', text: 'waves' });
    const wave = await ben.wait('text', ({ form }) => form === 'action');
    expect(wave).toMatchObject({ target: '#room', text: 'waves', self: false });
    await anna.wait('text', ({ form, self }) => form === 'action' && self);
    const own = anna.all('text').filter(({ target }) => target === '#room');
    expect(own.map(({ text, self }) => [text, self])).toEqual([
      ['hello, Ben', true],
      ['waves', true],
    ]);
    expect(own[0]?.msgid).not.toBeNull();

    ben.network.act({ kind: 'text', target: 'anna', form: 'privmsg', text: '  between us' });
    expect(await anna.wait('text', ({ target }) => target === 'ben')).toMatchObject({ text: '  between us', self: false });
    expect(await ben.wait('text', ({ target }) => target === 'anna')).toMatchObject({ text: '  between us', self: true });

    anna.network.act({ kind: 'topic', channel: '#room', topic: 'weather' });
    expect(await ben.wait('topic', ({ topic }) => topic === 'weather')).toMatchObject({ changed: true });

    ben.network.act({ kind: 'nick', nick: 'benno' });
    expect(await anna.wait('nick')).toMatchObject({ to: 'benno', channels: ['#room'], self: false });
    await ben.wait('nick', ({ self }) => self);
    expect(ben.network.nick()).toBe('benno');
    expect(
      anna.network
        .members('#ROOM')
        .map(({ nick }) => nick)
        .sort(),
    ).toEqual(['anna', 'benno']);

    ben.network.act({ kind: 'away', reason: 'tea' });
    await ben.wait('away', ({ away }) => away);
    await anna.wait('member', ({ member }) => member?.nick === 'benno' && member.away);

    ben.network.act({ kind: 'whois', nick: 'anna' });
    await ben.wait('server', ({ text, target }) => target === 'anna' && text.includes('#room'));

    ben.network.act({ kind: 'text', target: '#nowhere', form: 'privmsg', text: 'lost words' });
    await ben.wait('server', ({ severity, text }) => severity === 'error' && text.includes('#nowhere'));

    ben.network.act({ kind: 'part', channel: '#room', reason: 'bye' });
    expect(await anna.wait('part')).toMatchObject({ reason: expect.stringContaining('bye') as string, self: false });
    await ben.wait('part', ({ self }) => self);
    expect(ben.network.joined()).toEqual([]);
    ben.network.act({ kind: 'join', channel: '#room', key: null });
    await anna.until(() => anna.network.members('#room').length === 2);
    await ben.network.stop('good night');
    expect(await anna.wait('quit')).toMatchObject({ channels: ['#room'], reason: expect.stringContaining('good night') as string });
    expect(anna.network.members('#room')).toHaveLength(1);
  });

  test('modes and kicks change the nick list, and a kicked channel is not joined again', async () => {
    const oper = await rawClient(lab.port, 'oper');
    oper.send('JOIN #ruled');
    await oper.until(/ 366 /);
    const anna = await online({ nick: 'anna' });
    anna.network.act({ kind: 'join', channel: '#ruled', key: null });
    await anna.wait('members', ({ members }) => members.length === 2);
    oper.send('MODE #ruled +vo anna anna');
    expect(await anna.wait('mode')).toMatchObject({ target: '#ruled', channel: true, modes: '+vo anna anna' });
    await anna.wait('member', ({ member }) => member?.nick === 'anna' && member.prefix === '@+');
    oper.send('MODE #ruled -o anna');
    await anna.wait('member', ({ member }) => member?.nick === 'anna' && member.prefix === '+');
    oper.send('KICK #ruled anna :enough');
    expect(await anna.wait('kick')).toMatchObject({ channel: '#ruled', nick: 'anna', self: true, reason: 'enough' });
    expect(anna.network.joined()).toEqual([]);
    oper.close();
  });

  test('long texts arrive whole, in pieces the server does not cut', async () => {
    const anna = await online({ nick: 'anna' });
    const ben = await online({ nick: 'ben' });
    const text = Array.from({ length: 200 }, (_unused, index) => `wörd${index}`).join(' ');
    anna.network.act({ kind: 'text', target: 'ben', form: 'privmsg', text });
    await ben.until(
      () =>
        ben
          .all('text')
          .filter(({ target }) => target === 'anna')
          .map((event) => event.text)
          .join(' ') === text,
    );
    expect(ben.all('text').length).toBeGreaterThan(2);
  });

  test('reconnects after the server was killed and joins again what was joined by hand', async () => {
    const anna = await online({ nick: 'anna', channels: [{ name: '#auto', key: null }] });
    await anna.wait('join', ({ channel }) => channel === '#auto');
    anna.network.act({ kind: 'join', channel: '#by-hand', key: null });
    await anna.wait('join', ({ channel, self }) => channel === '#by-hand' && self);
    await lab.kill();
    await anna.waitPhase('waiting');
    await anna.wait('members', ({ channel, members }) => channel === '#auto' && members.length === 0);
    anna.clear();
    await lab.restart();
    await anna.waitPhase('online');
    await anna.wait('join', ({ channel, self }) => channel === '#auto' && self);
    await anna.wait('join', ({ channel, self }) => channel === '#by-hand' && self);
  });
});
