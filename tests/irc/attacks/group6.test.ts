/** TLS. What concerns STS is in group6sts.test.ts. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClientCertificate } from '../../../src/net/clientCertificate.ts';
import { dial } from '../../../src/net/dial.ts';
import { testClient } from '../../support/irc/client.ts';
import { dialOptions, failureOf, makeClientCertificate } from '../../support/irc/dialing.ts';
import { makeCertificates, type Certificates } from '../../support/irc/lab.ts';
import { listenOn } from '../../support/irc/listeners.ts';
import { startSocks } from '../../support/irc/proxies.ts';
import { startScripted } from '../../support/irc/scripted.ts';
import { containing } from '../../support/containing.ts';

const folders: string[] = [];
const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-tls-'));
  folders.push(folder);
  return folder;
};
let good: Certificates;
let expired: Certificates;
let misnamed: Certificates;
let selfSigned: { cert: string; key: string };
let me: ClientCertificate;

beforeAll(async () => {
  const folder = await makeFolder();
  good = await makeCertificates(folder);
  selfSigned = { cert: good.caPem, key: await readFile(join(folder, 'ca.key'), 'utf8') };
  me = await makeClientCertificate(folder);
  expired = await makeCertificates(await makeFolder(), undefined, true);
  misnamed = await makeCertificates(await makeFolder(), 'DNS:elsewhere.test');
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const serverOf = ({ certPem, keyPem }: Certificates): { cert: string; key: string } => ({ cert: certPem, key: keyPem });
const digest = (pem: string, hash: 'sha256' | 'sha512'): string => createHash(hash).update(new X509Certificate(pem).raw).digest('hex');

/** Refused without a byte, taken with the right fingerprint of either kind, refused with a wrong one. */
const proveBad = async (server: { cert: string; key: string }, rootCert: string | null, code: string): Promise<void> => {
  const listener = await listenOn(server);
  const error = await failureOf(dialOptions(listener.port, { rootCert }));
  expect(error.code).toBe(code);
  expect(error.message).toContain(digest(server.cert, 'sha256'));
  for (const hash of ['sha256', 'sha512'] as const)
    (await dial(dialOptions(listener.port, { rootCert, pins: ['0'.repeat(64), digest(server.cert, hash)] }))).destroy();
  expect((await failureOf(dialOptions(listener.port, { rootCert, pins: ['0'.repeat(64)], acceptInvalidCerts: true }))).code).toBe(
    'pinMismatch',
  );
  expect(listener.received()).toBe('');
};

it('attack 6: a self-signed certificate', () => proveBad(selfSigned, null, 'certSelfSigned'));
it('attack 6: an expired certificate', () => proveBad(serverOf(expired), expired.caPem, 'certExpired'));
it('attack 6: a certificate for another name', () => proveBad(serverOf(misnamed), misnamed.caPem, 'certWrongName'));

it('attack 6: the edges of wildcard names', async () => {
  const made = await makeCertificates(await makeFolder(), 'DNS:*.irc.test,DNS:*,DNS:*.org,DNS:a*b.part.test,DNS:xn--*.idn.test');
  const { port } = await listenOn(serverOf(made));
  const at = (host: string) => dialOptions(port, { host, rootCert: made.caPem });
  (await dial(at('a.irc.test'))).destroy();
  (await dial(at('A.IRC.Test.'))).destroy();
  for (const host of ['irc.test', 'a.b.irc.test', 'airc.test', 'localhost', 'evil.org', 'xn--bcher-kva.idn.test', '127.0.0.1'])
    expect([host, (await failureOf(at(host))).code]).toEqual([host, 'certWrongName']);
});

it('attack 6: the right authority and the wrong pin ends it for good, before a line is sent', async () => {
  const listener = await listenOn(serverOf(good));
  const client = testClient({ host: 'localhost', port: listener.port, tls: true, rootCert: good.caPem, pins: ['0'.repeat(64)] });
  client.network.start();
  const { state } = await client.waitPhase('failed');
  expect(state.text).toMatch(/another certificate/);
  expect(state.retryAt).toBeNull();
  expect(client.all('state').map((event) => event.state.phase)).not.toContain('waiting');
  expect(listener.connections()).toBe(1);
  expect(listener.received()).toBe('');
  await client.network.stop(null);
});

it.each(['TLSv1', 'TLSv1.1'] as const)('attack 6: TLS 1.0 and 1.1 only: %s is refused', async (version) => {
  const listener = await listenOn({ ...serverOf(good), minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
  expect((await failureOf(dialOptions(listener.port, { rootCert: good.caPem }))).code).toMatch(/^(tls|closed)$/);
  expect(listener.handshakes).toEqual([]);
});

it('attack 6: renegotiation is refused by the client', async () => {
  const asked = Promise.withResolvers<TLSSocket>();
  const listener = await listenOn({ ...serverOf(good), maxVersion: 'TLSv1.2' });
  listener.server.on('secureConnection', asked.resolve);
  const stream = await dial(dialOptions(listener.port, { rootCert: good.caPem }));
  const ended = new Promise((done) => {
    stream.onClose(done);
  });
  stream.onData(() => undefined);
  const socket = await asked.promise;
  const agreed = new Promise<boolean>((done) => {
    socket.renegotiate({}, (error) => {
      done(error === null);
    });
    socket.once('error', () => {
      done(false);
    });
    socket.once('close', () => {
      done(false);
    });
  });
  // The refusal is an alert; the server of this test ends the link on it or lives on without a new handshake.
  socket.write('x');
  expect(await Promise.race([agreed, ended.then(() => false)])).toBe(false);
  stream.destroy();
});

it('attack 6: STARTTLS is never used', async () => {
  const server = await startScripted();
  const client = testClient({ port: server.port });
  client.network.start();
  await server.greet({ caps: 'tls server-time' });
  await client.waitPhase('online');
  server.say(':irc.test 670 sotto :STARTTLS successful, go ahead with TLS handshake', ':irc.test 691 sotto :STARTTLS failure');
  client.network.act({ kind: 'join', channel: '#a', key: null });
  await server.hear(/^JOIN :?#a/);
  expect(server.heard.filter((line) => /STARTTLS|REQ.*\btls\b/.test(line))).toEqual([]);
  await client.network.stop(null);
});

it('attack 6: plain text before TLS is not taken for lines', async () => {
  const injected = ':irc.test 001 sotto :Welcome\r\n:x!x@x PRIVMSG sotto :injected\r\n';
  const plain = await listenOn(null, (socket) => socket.write(injected));
  const client = testClient({ host: 'localhost', port: plain.port, tls: true, rootCert: good.caPem });
  client.network.start();
  await client.waitPhase('waiting');
  await client.network.stop(null);
  expect(client.events.filter(({ kind }) => kind !== 'state')).toEqual([]);
  expect(plain.received()).not.toMatch(/NICK|USER|CAP/);

  // In front of a real TLS server, right behind the answer of a proxy.
  const secure = await listenOn(serverOf(good), (socket) => socket.write('true\r\n'));
  const proxy = await startSocks({ target: secure.port, early: injected });
  const through = { kind: 'socks5', host: '127.0.0.1', port: proxy.port, username: null, password: null } as const;
  expect((await failureOf(dialOptions(6697, { proxy: through, rootCert: good.caPem }))).code).toBe('tls');
  expect(secure.handshakes).toEqual([]);
});

it('attack 6: redirection by 010 to another host is told and not followed', async () => {
  const elsewhere = await listenOn(null);
  const server = await startScripted();
  const client = testClient({ port: server.port });
  client.network.start();
  await server.greet();
  await client.waitPhase('online');
  server.say(`:irc.test 010 sotto 127.0.0.1 ${elsewhere.port} :Please use this Server/Port instead`);
  client.network.act({ kind: 'join', channel: '#still-here', key: null });
  await server.hear(/^JOIN :?#still-here/);
  server.cut();
  await server.greet();
  expect(elsewhere.connections()).toBe(0);
  await client.network.stop(null);
});

it('attack 6: the client certificate and an unverified server: it is not shown', async () => {
  const asking = { requestCert: true, rejectUnauthorized: false };
  const bad = [
    { server: selfSigned, rootCert: null, pins: [] },
    { server: serverOf(expired), rootCert: expired.caPem, pins: [] },
    { server: serverOf(misnamed), rootCert: misnamed.caPem, pins: [] },
    { server: serverOf(good), rootCert: good.caPem, pins: ['0'.repeat(64)] },
  ];
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    for (const { server, rootCert, pins } of bad) {
      const listener = await listenOn({ ...server, ...asking, maxVersion });
      await failureOf(dialOptions(listener.port, { rootCert, pins, clientCert: me }));
      await listener.quiet();
      expect(listener.handshakes).not.toContain('me');
    }
    const listener = await listenOn({ ...serverOf(good), ...asking, maxVersion });
    const stream = await dial(dialOptions(listener.port, { rootCert: good.caPem, clientCert: me }));
    stream.send(new TextEncoder().encode('x'));
    await expect.poll(() => listener.handshakes.at(-1)).toBe('me');
    stream.destroy();
  }
});

it('attack 6: the client certificate and an unverified server: any certificate is not enough, and behind a proxy TLS 1.2 is not', async () => {
  const listener = await listenOn({ ...selfSigned, requestCert: true, rejectUnauthorized: false });
  const error = await failureOf(dialOptions(listener.port, { acceptInvalidCerts: true, clientCert: me }));
  expect(error).toMatchObject({ code: 'badClientCert', message: containing('certificate_fingerprints') });
  expect(listener.connections()).toBe(0);
  const pinned = await dial(dialOptions(listener.port, { pins: [digest(selfSigned.cert, 'sha256')], clientCert: me }));
  pinned.send(new TextEncoder().encode('x'));
  await expect.poll(() => listener.handshakes).toEqual(['me']);
  pinned.destroy();

  const old = await listenOn({ ...serverOf(good), requestCert: true, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
  const proxy = await startSocks({ target: old.port });
  const tor = { kind: 'tor', host: '127.0.0.1', port: proxy.port, circuit: 'x' } as const;
  expect((await failureOf(dialOptions(6697, { rootCert: good.caPem, clientCert: me, proxy: tor }))).code).toBe('clientCertExposed');
  expect(old.handshakes).toEqual([]);
});

it('attack 6: the server name of an onion address is not sent to it, that of others is', async () => {
  const names: string[] = [];
  const listener = await listenOn({
    ...serverOf(good),
    SNICallback: (name, done) => {
      names.push(name);
      done(null);
    },
  });
  const proxy = await startSocks({ target: listener.port });
  const tor = { kind: 'tor', host: '127.0.0.1', port: proxy.port, circuit: 'x' } as const;
  const pins = [digest(good.certPem, 'sha256')];
  (await dial(dialOptions(6697, { host: `${'a'.repeat(56)}.onion`, proxy: tor, pins }))).destroy();
  expect(names).toEqual([]);
  (await dial(dialOptions(6697, { host: 'irc.test', proxy: tor, pins }))).destroy();
  expect(names).toEqual(['irc.test']);
});
