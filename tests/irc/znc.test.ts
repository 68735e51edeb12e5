import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { testClient, type TestClient } from '../support/irc/client.ts';
import { rawClient, startInspircd, startZnc, type Bouncer, type Lab, type RawClient } from '../support/irc/lab.ts';

let lab: Lab;
let bouncer: Bouncer;
let friend: RawClient;
const clients: TestClient[] = [];

/** A client of the bouncer, past the channel's nick list. */
const attach = async (options: Parameters<typeof testClient>[0] = {}): Promise<TestClient> => {
  const made = testClient({
    host: bouncer.host,
    port: bouncer.port,
    nick: 'zuser',
    password: bouncer.password,
    allowUnencryptedPasswords: true,
    ...options,
  });
  clients.push(made);
  made.network.start();
  await made.waitPhase('online');
  await made.wait('members', ({ channel, members }) => channel === '#test' && members.some(({ nick }) => nick === 'friend'));
  return made;
};
const detach = async (made: TestClient): Promise<void> => {
  clients.splice(clients.indexOf(made), 1);
  await made.network.stop(null);
};
/** A question and its answer through the bouncer: everything said before has passed through it. */
const settle = async (made: TestClient, mark: string): Promise<void> => {
  friend.send(`PRIVMSG zuser :${mark}`);
  await made.wait('text', ({ text }) => text === mark);
};

beforeAll(async () => {
  lab = await startInspircd();
  friend = await rawClient(lab.port, 'friend');
  friend.send('JOIN #test');
  await friend.until(/ 366 /);
  bouncer = await startZnc(lab.port);
  await friend.until(/:zuser!\S+ JOIN :?#test/);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ network }) => network.stop(null)));
});
afterAll(async () => {
  friend.close();
  await bouncer.stop();
  await lab.stop();
});

describe('behind ZNC', () => {
  test('attaches with the server password, finds its channel and talks', async () => {
    const me = await attach();
    expect(me.network.joined()).toEqual(['#test']);
    expect(me.all('join')).toMatchObject([{ channel: '#test', self: true, historic: false }]);
    me.network.act({ kind: 'text', target: '#test', form: 'privmsg', text: 'through a bouncer' });
    await friend.until(/:zuser!\S+ PRIVMSG #test :through a bouncer/);
    await me.wait('text', ({ text }) => text === 'through a bouncer');
    friend.send('PRIVMSG #test :heard');
    expect(await me.wait('text', ({ text }) => text === 'heard')).toMatchObject({ target: '#test', self: false, historic: false });
    expect(me.all('text').filter(({ text }) => text === 'through a bouncer')).toMatchObject([{ self: true, historic: false }]);
  });

  test('plays back what was said meanwhile, once, as history with its own time, and nothing of it changes who is here', async () => {
    await detach(await attach());
    friend.send('PRIVMSG #test :while you were out');
    friend.send('PRIVMSG zuser :in private, too');
    const other = await rawClient(lab.port, 'passer-by');
    other.send('JOIN #test');
    await other.until(/ 366 /);
    other.send('PRIVMSG #test :only passing');
    other.send('PART #test :off');
    await other.until(/ PART /);
    other.close();
    const me = await attach();
    await me.wait('text', ({ text }) => text === 'only passing');
    await settle(me, 'played back');
    const missed = me.all('text').filter(({ historic }) => historic);
    expect(missed.map(({ target, text, self }) => [target, text, self])).toEqual(
      expect.arrayContaining([
        ['#test', 'while you were out', false],
        ['friend', 'in private, too', false],
        ['#test', 'only passing', false],
      ]),
    );
    expect(missed.filter(({ text }) => text === 'while you were out')).toHaveLength(1);
    for (const { time } of missed) expect(Math.abs(Date.now() - time)).toBeLessThan(300_000);
    expect(
      me.network
        .members('#test')
        .map(({ nick }) => nick)
        .sort(),
    ).toEqual(['friend', 'zuser']);
    expect(me.all('text').find(({ text }) => text === 'played back')).toMatchObject({ historic: false, target: 'friend' });
  });

  test('shows what another client of the same bouncer says as our own', async () => {
    const desk = await attach();
    const laptop = await attach();
    desk.network.act({ kind: 'text', target: 'friend', form: 'privmsg', text: 'from the desk' });
    expect(await laptop.wait('text', ({ text }) => text === 'from the desk')).toMatchObject({ target: 'friend', self: true });
    laptop.network.act({ kind: 'text', target: '#test', form: 'action', text: 'waves' });
    expect(await desk.wait('text', ({ text }) => text === 'waves')).toMatchObject({ target: '#test', self: true, form: 'action' });
    await settle(desk, 'mirrored');
    await settle(laptop, 'mirrored as well');
    for (const made of [desk, laptop]) {
      expect(made.all('text').filter(({ text }) => text === 'from the desk')).toHaveLength(1);
      expect(made.all('text').filter(({ text }) => text === 'waves')).toHaveLength(1);
    }
  });

  test('a fingerprint alone is enough for its self-made certificate, and a wrong one ends before a line is sent', async () => {
    const pinned = await attach({ port: bouncer.tlsPort, tls: true, pins: [bouncer.fingerprint] });
    expect(pinned.all('state').at(-1)?.state.text).toContain('TLS');
    const wrong = testClient({
      host: bouncer.host,
      port: bouncer.tlsPort,
      tls: true,
      pins: [bouncer.fingerprint.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))],
      password: bouncer.password,
    });
    clients.push(wrong);
    wrong.network.start();
    const { state } = await wrong.wait('state', ({ state: { phase } }) => phase === 'failed' || phase === 'waiting');
    expect(state.phase).toBe('failed');
    expect(wrong.all('state').some(({ state: { phase } }) => phase === 'registering')).toBe(false);
  });

  test('stays attached while the server behind the bouncer is gone, and talks on when it is back', async () => {
    const me = await attach();
    await lab.kill();
    await me.wait('text', ({ target, text }) => target === '*status' && text.includes('Disconnected'));
    await lab.restart();
    friend = await rawClient(lab.port, 'friend');
    friend.send('JOIN #test');
    const names = await friend.until(/ 366 /);
    if (!names.includes('zuser')) await friend.until(/:zuser!\S+ JOIN :?#test/);
    friend.send('PRIVMSG #test :back again');
    expect(await me.wait('text', ({ text }) => text === 'back again')).toMatchObject({ target: '#test', historic: false });
    expect(
      me.network
        .members('#test')
        .map(({ nick }) => nick)
        .sort(),
    ).toEqual(['friend', 'zuser']);
    expect(me.all('state').filter(({ state }) => state.phase === 'connecting')).toHaveLength(1);
  });
});
