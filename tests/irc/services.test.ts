/** Every SASL mechanism of Atheme, certificates, WebSocket and history, on a real InspIRCd. */
import { createECDH, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { NetworkOptions } from '../../src/irc/network.ts';
import { testClient, type TestClient } from '../support/irc/client.ts';
import { makeClientCertificate, rawClient, startInspircd, type Lab } from '../support/irc/lab.ts';

let lab: Lab;
const clients: TestClient[] = [];
const client = (options: Partial<NetworkOptions>): TestClient => {
  const made = testClient({ host: lab.host, port: lab.tlsPort, tls: true, rootCert: lab.caPem, ...options });
  clients.push(made);
  made.network.start();
  return made;
};
const loggedIn = (made: TestClient): Promise<unknown> => made.wait('server', ({ text }) => text.includes('logged in as alice'));

let certificate: Awaited<ReturnType<typeof makeClientCertificate>>;
/** The account's key as PEM. */
let ecdsaKey: string;

beforeAll(async () => {
  lab = await startInspircd({ services: true });
  await lab.register('alice', 'correct');
  certificate = await makeClientCertificate();
  await lab.nickServ('alice', 'correct', `CERT ADD ${certificate.fingerprint}`, /Added fingerprint/i);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  ecdsaKey = privateKey.export({ format: 'pem', type: 'sec1' }).toString();
  await lab.nickServ('alice', 'correct', `SET PUBKEY ${publicPoint(ecdsaKey)}`, /key|property/i);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ network }) => network.stop(null)));
});
afterAll(async () => {
  await lab.stop();
});

/** The compressed point in base64, as Atheme wants it. */
function publicPoint(pem: string): string {
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(d, 'base64url');
  return pair.getPublicKey('base64', 'compressed');
}

describe('SASL with Atheme', () => {
  test('PLAIN over TLS', async () => {
    const made = client({
      nick: 'alice',
      sasl: [{ kind: 'password', account: 'alice', password: 'correct', plain: true, required: true }],
    });
    await made.waitPhase('online');
    await loggedIn(made);
  });

  test('EXTERNAL with a certificate that NickServ knows', async () => {
    const made = client({
      nick: 'alice',
      clientCert: { cert: certificate.certPem, key: certificate.keyPem },
      sasl: [{ kind: 'external', account: '', required: true }],
    });
    await made.waitPhase('online');
    await loggedIn(made);
  });

  test('EXTERNAL with a certificate that nobody knows falls back to the password, or ends where it is all there is', async () => {
    const other = await makeClientCertificate();
    const clientCert = { cert: other.certPem, key: other.keyPem };
    const fallen = client({
      nick: 'alice',
      clientCert,
      sasl: [
        { kind: 'external', account: '', required: true },
        { kind: 'password', account: 'alice', password: 'correct', plain: true, required: true },
      ],
    });
    await fallen.waitPhase('online');
    await loggedIn(fallen);
    const alone = client({ nick: 'alice2', clientCert, sasl: [{ kind: 'external', account: '', required: true }] });
    await alone.waitPhase('failed');
    expect(alone.all('registered')).toEqual([]);
  });

  test('ECDSA-NIST256P-CHALLENGE with the key of the account, and not with another', async () => {
    const made = client({ nick: 'alice', sasl: [{ kind: 'ecdsa', account: 'alice', key: ecdsaKey, required: true }] });
    await made.waitPhase('online');
    await loggedIn(made);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const false_ = client({ nick: 'alice2', sasl: [{ kind: 'ecdsa', account: 'alice', key, required: true }] });
    await false_.waitPhase('failed');
    expect(false_.all('registered')).toEqual([]);
  });

  test('logs in once the services are back, when the server offers it anew', async () => {
    const made = client({
      nick: 'alice',
      sasl: [{ kind: 'password', account: 'alice', password: 'correct', plain: true, required: false }],
    });
    await made.waitPhase('online');
    await loggedIn(made);
    await lab.kill();
    await made.waitPhase('waiting');
    made.clear();
    await lab.restart();
    await made.waitPhase('online');
    expect(made.all('server').some(({ text }) => text.includes('logged in as alice'))).toBe(false);
    await lab.restartServices();
    await loggedIn(made);
  });
});

describe('InspIRCd beyond the ordinary', () => {
  test('speaks over a WebSocket', async () => {
    const made = client({ nick: 'webby', port: lab.webPort, tls: false, webSocket: { path: '/', pingSeconds: 30 } });
    await made.waitPhase('online');
    made.network.act({ kind: 'join', channel: '#web', key: null });
    await made.wait('members', ({ channel }) => channel === '#web');
    made.network.act({ kind: 'text', target: '#web', form: 'privmsg', text: '\u00fcber das Netz' });
    await made.wait('text', ({ text, self }) => text === '\u00fcber das Netz' && self);
  });

  test('a pin alone is enough for its certificate', async () => {
    const made = client({ nick: 'pinned', host: '127.0.0.1', rootCert: null, pins: [lab.fingerprint] });
    await made.waitPhase('online');
  });

  test('the history of a channel comes as history, and changes nobody', async () => {
    const friend = await rawClient(lab.port, 'friend');
    friend.send('JOIN #past');
    await friend.until(/ 366 /);
    friend.send('MODE #past +H 20:1h');
    await friend.until(/ MODE #past /);
    friend.send('PRIVMSG #past :said before you came');
    friend.send('PING done');
    await friend.until(/PONG/);
    const made = client({ nick: 'newcomer', channels: [{ name: '#past', key: null }] });
    const old = await made.wait('text', ({ text }) => text === 'said before you came');
    expect(old).toMatchObject({ target: '#past', historic: true, self: false, from: { nick: 'friend' } });
    friend.send('PRIVMSG #past :said now');
    expect(await made.wait('text', ({ text }) => text === 'said now')).toMatchObject({ historic: false });
    expect(
      made.network
        .members('#past')
        .map(({ nick }) => nick)
        .sort(),
    ).toEqual(['friend', 'newcomer']);
    friend.close();
  });

  test('who is watched is told to be there and gone (MONITOR)', async () => {
    const made = client({ nick: 'watcher', monitor: ['watched'] });
    await made.waitPhase('online');
    await made.wait('monitor', ({ nick, online }) => nick === 'watched' && !online);
    const watched = await rawClient(lab.port, 'watched');
    await made.wait('monitor', ({ nick, online }) => nick === 'watched' && online);
    watched.send('QUIT');
    await made.until(() => made.all('monitor').filter(({ online }) => !online).length === 2);
    watched.close();
  });

  test('bots are marked, and refusals are told in words', async () => {
    const bot = await rawClient(lab.port, 'robot');
    bot.send('MODE robot +B');
    bot.send('JOIN #bots');
    await bot.until(/ 366 /);
    const made = client({ nick: 'person', channels: [{ name: '#bots', key: null }] });
    await made.wait('members', ({ members }) => members.length === 2);
    bot.send('PRIVMSG #bots :beep');
    expect(await made.wait('text', ({ text }) => text === 'beep')).toMatchObject({ tags: { bot: true } });
    made.network.act({ kind: 'topic', channel: '#bots', topic: 'mine now' });
    await made.wait('server', ({ severity, target }) => severity === 'error' && target === '#bots');
    bot.close();
  });

  test('typing is told and withdrawn', async () => {
    const made = client({ nick: 'reader', channels: [{ name: '#typing', key: null }], typing: () => ({ share: true, show: true }) });
    await made.wait('members', ({ channel }) => channel === '#typing');
    const other = client({ nick: 'writer', channels: [{ name: '#typing', key: null }], typing: () => ({ share: true, show: true }) });
    await other.wait('members', ({ members }) => members.length === 2);
    other.network.act({ kind: 'typing', target: '#typing', state: 'active' });
    expect(await made.wait('typing')).toMatchObject({ target: '#typing', state: 'active', from: { nick: 'writer' } });
    made.network.act({ kind: 'react', target: '#typing', msgid: 'any', text: '\ud83d\udc4d', removed: false });
    expect(await other.wait('react')).toMatchObject({ target: '#typing', msgid: 'any', removed: false, self: false });
  });

  test('accounts, hosts and invitations are told without asking', async () => {
    await lab.register('later', 'correct');
    const plain = await rawClient(lab.port, 'later');
    plain.send('JOIN #told');
    await plain.until(/ 366 /);
    plain.send('MODE #told +i');
    plain.send('INVITE watcher2 #told');
    const made = client({ nick: 'watcher2' });
    await made.waitPhase('online');
    plain.send('INVITE watcher2 #told');
    await made.wait('invite', ({ channel, nick }) => channel === '#told' && nick === 'watcher2');
    made.network.act({ kind: 'join', channel: '#told', key: null });
    await made.wait('members', ({ channel }) => channel === '#told');
    expect(made.network.who('later')).toMatchObject({ user: 'later', account: null });
    // Later logins are told by themselves, and from then on with every line.
    plain.send('PRIVMSG NickServ :IDENTIFY correct');
    await made.wait('user', ({ from, account }) => from.nick === 'later' && account === 'later');
    plain.send('PRIVMSG #told :it is me');
    expect(await made.wait('text', ({ text }) => text === 'it is me')).toMatchObject({ from: { account: 'later' } });
    plain.send('MODE #told -i');
    const alice = client({
      nick: 'alice',
      sasl: [{ kind: 'password', account: 'alice', password: 'correct', plain: true, required: true }],
    });
    await alice.waitPhase('online');
    plain.send('INVITE alice #told');
    await made.wait('invite', ({ channel, nick }) => channel === '#told' && nick === 'alice');
    alice.network.act({ kind: 'join', channel: '#told', key: null });
    expect(await made.wait('join', ({ from }) => from.nick === 'alice')).toMatchObject({ from: { account: 'alice' } });
    alice.network.act({ kind: 'setname', realname: 'Alice of Wonderland' });
    alice.network.act({ kind: 'whois', nick: 'alice' });
    await alice.wait('server', ({ text }) => text.includes('Alice of Wonderland'));
    plain.close();
  });
});
