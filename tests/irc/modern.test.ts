/** What the scripted server plays, against the programs themselves where ERGO= and SOJU= name them. Without them only their configurations are looked at. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { NetworkOptions } from '../../src/irc/network.ts';
import { testClient, type TestClient } from '../support/irc/client.ts';
import { startInspircd, type Lab } from '../support/irc/lab.ts';
import { startErgo, startSoju, type Modern } from '../support/irc/modern.ts';
import { render } from '../support/irc/program.ts';

const { ERGO, SOJU } = process.env;
const clients: TestClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ network }) => network.stop(null)));
});
const online = async (server: Modern, options: Partial<NetworkOptions>): Promise<TestClient> => {
  const made = testClient({ host: server.host, port: server.tlsPort, tls: true, rootCert: server.caPem, ...options });
  clients.push(made);
  made.network.start();
  await made.waitPhase('online');
  return made;
};
const inChannel = async (server: Modern, nick: string, channel: string, more: Partial<NetworkOptions> = {}): Promise<TestClient> => {
  const made = await online(server, { nick, channels: [{ name: channel, key: null }], ...more });
  await made.wait('members', (event) => event.channel === channel);
  return made;
};

test.each(['ergo.yaml', 'soju'])('the configuration %s has a value for every placeholder', async (name) => {
  expect(await render(name, { PLAIN: 1, TLS: 2, FOLDER: '/folder' })).not.toMatch(/@[A-Z]+@|undefined/);
});

if (ERGO !== undefined && ERGO !== '')
  describe('Ergo', () => {
    let ergo: Modern;
    beforeAll(async () => {
      ergo = await startErgo(ERGO);
    });
    afterAll(async () => {
      await ergo.stop();
    });

    test('an account is registered, and logs in by SCRAM-SHA-256', async () => {
      const first = await online(ergo, { nick: 'alice' });
      first.network.act({ kind: 'registerAccount', account: null, email: null, password: 'correct horse' });
      await first.wait('accountRegistration', ({ state }) => state === 'done');
      await first.network.stop(null);
      const again = await online(ergo, {
        nick: 'alice',
        sasl: [{ kind: 'password', account: 'alice', password: 'correct horse', plain: false, required: true }],
      });
      await again.wait('server', ({ text }) => text.includes('logged in as alice'));
    });

    test('history is asked for and comes as history', async () => {
      const ann = await inChannel(ergo, 'ann', '#past');
      ann.network.act({ kind: 'text', target: '#past', form: 'privmsg', text: 'said before' });
      await ann.wait('text', ({ text }) => text === 'said before');
      const bob = await inChannel(ergo, 'bob', '#past');
      bob.network.act({ kind: 'history', target: '#past', before: null });
      await bob.wait('history', ({ lines }) => lines > 0);
      expect(await bob.wait('text', ({ text }) => text === 'said before')).toMatchObject({ historic: true, from: { nick: 'ann' } });
    });

    test('a text of several lines, a reaction and its withdrawal, and a redaction', async () => {
      const ann = await inChannel(ergo, 'ann', '#talk');
      const bob = await inChannel(ergo, 'bob', '#talk');
      ann.network.act({ kind: 'text', target: '#talk', form: 'privmsg', text: 'one\ntwo' });
      const { msgid } = await bob.wait('text', ({ text }) => text === 'one\ntwo');
      if (msgid === null) throw new Error('no id');
      bob.network.act({ kind: 'react', target: '#talk', msgid, text: '\ud83d\udc4d', removed: false });
      expect(await ann.wait('react')).toMatchObject({ msgid, removed: false, from: { nick: 'bob' } });
      ann.network.act({ kind: 'redact', target: '#talk', msgid, reason: null });
      expect(await bob.wait('redact')).toMatchObject({ msgid });
    });

    test('a channel is renamed with everybody in it', async () => {
      const ann = await inChannel(ergo, 'ann', '#before');
      ann.network.act({ kind: 'rename', channel: '#before', to: '#after', reason: null });
      expect(await ann.wait('rename')).toMatchObject({ from: '#before', to: '#after' });
      expect(ann.network.joined()).toEqual(['#after']);
    });

    test('own metadata is set and told', async () => {
      const ann = await inChannel(ergo, 'ann', '#meta');
      const bob = await inChannel(ergo, 'bob', '#meta');
      ann.network.act({ kind: 'metadata', target: '*', key: 'display-name', value: 'Ann of Green' });
      await bob.wait('metadata', ({ target, key, value }) => target === 'ann' && key === 'display-name' && value === 'Ann of Green');
    });
  });

if (SOJU !== undefined && SOJU !== '')
  describe('soju', () => {
    let soju: Modern;
    let upstream: Lab;
    const login: Partial<NetworkOptions> = {
      nick: 'u',
      username: 'u',
      sasl: [{ kind: 'password', account: 'u', password: 'soju-pass', plain: true, required: true }],
    };
    beforeAll(async () => {
      [soju, upstream] = await Promise.all([startSoju(SOJU), startInspircd()]);
    });
    afterAll(async () => {
      await Promise.all([soju.stop(), upstream.stop()]);
    });

    test('a network is added, told with its attributes, bound and used', async () => {
      const own = await online(soju, login);
      own.network.act({
        kind: 'bouncer',
        change: 'add',
        id: null,
        attributes: { name: 'lab', host: 'localhost', port: `${upstream.port}`, tls: '0', nickname: 'u' },
      });
      const { id } = await own.wait('bouncerNetwork', ({ attributes }) => attributes?.['state'] === 'connected');
      const bound = await online(soju, { ...login, bouncerNetwork: id, channels: [{ name: '#behind', key: null }] });
      await bound.wait('members', ({ channel }) => channel === '#behind');
      bound.network.act({ kind: 'text', target: '#behind', form: 'privmsg', text: 'through soju' });
      await bound.wait('text', ({ text, self }) => text === 'through soju' && self);
    });
  });
