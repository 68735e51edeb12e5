import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_CLIENT_PEM, readClientCertificate } from '../../../src/net/clientCertificate.ts';
import { dial } from '../../../src/net/dial.ts';
import { dialOptions } from '../../support/irc/dialing.ts';
import { makeCertificates, type Certificates } from '../../support/irc/lab.ts';
import { listenOn } from '../../support/irc/listeners.ts';
import { containing } from '../../support/containing.ts';

const run = promisify(execFile);
let folder = '';
let server: Certificates;
const files: Record<string, string> = {};

const openssl = (...parameters: string[]): Promise<unknown> => run('openssl', parameters, { cwd: folder });
const self = async (key: string, cert: string): Promise<unknown> =>
  openssl('req', '-x509', '-new', '-key', key, '-days', '30', '-subj', '/CN=me', '-out', cert);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-client-'));
  server = await makeCertificates(folder);
  // With an EC PARAMETERS block in front, SEC 1.
  await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-out', 'sec1.key');
  await self('sec1.key', 'ec.pem');
  await openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'sec1.key', '-out', 'pkcs8.key');
  await openssl('pkcs8', '-topk8', '-passout', 'pass:x', '-in', 'sec1.key', '-out', 'encrypted.key');
  await openssl('genpkey', '-algorithm', 'ed25519', '-out', 'ed.key');
  await self('ed.key', 'ed.pem');
  await openssl('genrsa', '-traditional', '-out', 'rsa.key', '2048');
  await self('rsa.key', 'rsa.pem');
  for (const name of ['sec1.key', 'pkcs8.key', 'encrypted.key', 'ec.pem', 'ed.key', 'ed.pem', 'rsa.key', 'rsa.pem'])
    files[name] = await readFile(join(folder, name), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const file = (name: string): string => files[name] ?? '';

describe('a client certificate', () => {
  test.each([
    ['SEC 1 behind EC PARAMETERS', 'ec.pem', 'sec1.key'],
    ['PKCS#8', 'ec.pem', 'pkcs8.key'],
    ['Ed25519', 'ed.pem', 'ed.key'],
    ['PKCS#1', 'rsa.pem', 'rsa.key'],
  ])('is taken with a key as %s, and shown to the server', async (_name, cert, key) => {
    const listener = await listenOn({ cert: server.certPem, key: server.keyPem, requestCert: true, rejectUnauthorized: false });
    for (const made of [
      readClientCertificate(file(cert), file(key)),
      readClientCertificate(file(key) + file(cert), file(key) + file(cert)),
    ]) {
      const stream = await dial(dialOptions(listener.port, { rootCert: server.caPem, clientCert: made }));
      stream.send(new TextEncoder().encode('x'));
      await expect.poll(() => listener.handshakes.splice(0)).toEqual(['me']);
      stream.destroy();
    }
  });
  test('nothing but certificates and one key of it is kept', () => {
    const made = readClientCertificate(`${file('sec1.key')}words\n${file('ec.pem')}${file('rsa.pem')}`, file('sec1.key'));
    expect(made.cert.match(/BEGIN/g)).toHaveLength(2);
    expect(made.cert).not.toContain('KEY');
    expect(made.key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });
  test.each([
    ['no certificate', 'sec1.key', 'sec1.key', /no certificate/],
    ['no key', 'ec.pem', 'ec.pem', /no private key/],
    ['a key of another certificate', 'ec.pem', 'rsa.key', /does not belong/],
    ['an encrypted key', 'ec.pem', 'encrypted.key', /passphrase/],
  ])('%s is refused in words', (_name, cert, key, words) => {
    expect(() => readClientCertificate(file(cert), file(key))).toThrow(
      expect.objectContaining({ code: 'badClientCert', message: containing(words) }),
    );
  });
  test('what is damaged, doubled or huge is refused, and no key stands in an error', () => {
    const damaged = file('pkcs8.key').replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
    const bad: [string, string][] = [
      [file('ec.pem'), damaged],
      [file('ec.pem').replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'), file('pkcs8.key')],
      [file('ec.pem'), file('pkcs8.key') + file('rsa.key')],
      [file('ec.pem').repeat(11), file('pkcs8.key')],
      [file('ec.pem') + ' '.repeat(MAX_CLIENT_PEM), file('pkcs8.key')],
    ];
    for (const [cert, key] of bad) {
      const error = (() => {
        try {
          return readClientCertificate(cert, key);
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(error).toMatchObject({ code: 'badClientCert' });
      expect(error instanceof Error ? `${error.message}${String(error.cause)}` : '').not.toContain('AAAAAAAAAAAAAAAAAAAA');
    }
  });
  test('without TLS nothing is dialled', async () => {
    const listener = await listenOn(null);
    const clientCert = readClientCertificate(file('ec.pem'), file('sec1.key'));
    await expect(dial(dialOptions(listener.port, { tls: false, clientCert }))).rejects.toMatchObject({ code: 'badClientCert' });
    expect(listener.connections()).toBe(0);
  });
});
