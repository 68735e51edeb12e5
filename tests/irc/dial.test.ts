import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest';
import { dial, type DialOptions } from '../../src/net/dial.ts';
import { NetError } from '../../src/net/errors.ts';
import { freePort, makeCertificates, type Certificates } from '../support/irc/lab.ts';

const folders: string[] = [];
const servers: { server: Server; sockets: Set<Socket> }[] = [];
let good: Certificates;
let expired: Certificates;
let misnamed: Certificates;

beforeAll(async () => {
  const make = async (names?: string, old?: boolean): Promise<Certificates> => {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-cert-'));
    folders.push(folder);
    return makeCertificates(folder, names, old);
  };
  good = await make();
  expired = await make(undefined, true);
  misnamed = await make('DNS:elsewhere.test');
});
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  }
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Listens on 127.0.0.1; `received` are the bytes that arrived as clear text. */
const listen = async (tls: TlsOptions | null): Promise<{ port: number; received: () => string }> => {
  let received = '';
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => (received += bytes.toString()));
  };
  const server = tls ? createTlsServer(tls, accept) : createServer(accept);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  servers.push({ server, sockets });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return { port: address === null || typeof address === 'string' ? 0 : address.port, received: () => received };
};

const options = (port: number, more: Partial<DialOptions> = {}): DialOptions => ({
  host: 'localhost',
  port,
  tls: true,
  rootCert: good.caPem,
  acceptInvalidCerts: false,
  pins: [],
  clientCert: null,
  proxy: null,
  webSocket: null,
  signal: new AbortController().signal,
  ...more,
});
const failure = async (given: DialOptions): Promise<NetError> => {
  try {
    (await dial(given)).destroy();
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('it connected');
};

describe('certificates', () => {
  test('one of the extra root is taken, and the stream says how it is secured', async () => {
    const { port } = await listen({ cert: good.certPem, key: good.keyPem });
    const phases: string[] = [];
    const stream = await dial(options(port, { onPhase: (phase) => phases.push(phase) }));
    expect(stream.tls).toBe('TLSv1.3');
    expect(phases).toEqual(['lookup', 'connect', 'handshake']);
    stream.destroy();
  });
  test('an address is checked against the addresses in the certificate', async () => {
    const { port } = await listen({ cert: good.certPem, key: good.keyPem });
    (await dial(options(port, { host: '127.0.0.1' }))).destroy();
    const other = await listen({ cert: misnamed.certPem, key: misnamed.keyPem });
    expect((await failure(options(other.port, { host: '127.0.0.1', rootCert: misnamed.caPem }))).code).toBe('certWrongName');
  });
  test.each([
    ['an unknown authority', (): [Certificates, string | null] => [good, null], 'certUntrusted', /authority/],
    ['expired', (): [Certificates, string | null] => [expired, expired.caPem], 'certExpired', /expired/],
    ['another name', (): [Certificates, string | null] => [misnamed, misnamed.caPem], 'certWrongName', /another name/],
    [
      'signed by itself',
      (): [Certificates, string | null] => [{ ...good, certPem: good.caPem, keyPem: '' }, null],
      'certSelfSigned',
      /self-signed/,
    ],
  ])('%s is refused, nothing is sent, and the user may override it', async (name, make, code, sentence) => {
    const [certificates, rootCert] = make();
    const selfSigned = name === 'signed by itself';
    const { port, received } = await listen(selfSigned ? await ownCertificate() : { cert: certificates.certPem, key: certificates.keyPem });
    const error = await failure(options(port, { rootCert }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(sentence);
    expect(received()).toBe('');
    (await dial(options(port, { rootCert, acceptInvalidCerts: true }))).destroy();
  });
  test('a root that is no certificate is refused before anything is dialled', async () => {
    expect((await failure(options(1, { rootCert: 'no pem' }))).code).toBe('badRootCert');
  });
  test('TLS 1.1 is refused', async () => {
    const { port } = await listen({
      cert: good.certPem,
      key: good.keyPem,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    expect((await failure(options(port))).code).toMatch(/^(tls|closed)$/);
  });
});

const ownCertificate = async (): Promise<TlsOptions> => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-cert-'));
  folders.push(folder);
  const { readFile } = await import('node:fs/promises');
  const made = await makeCertificates(folder);
  return { cert: made.caPem, key: await readFile(join(folder, 'ca.key'), 'utf8') };
};

describe('failures are named', () => {
  test('nobody listens', async () => {
    expect((await failure(options(await freePort(), { host: '127.0.0.1', tls: false }))).code).toBe('refused');
  });
  test('the name does not exist', async () => {
    const error = await failure(options(6667, { host: 'no-such-name.invalid' }));
    expect(error.code).toBe('nameNotFound');
    expect(error.message).toContain('no-such-name.invalid');
  });
  test.each(['', 'a b', 'a\nb', 'a..b', '-a.org', 'a@b', 'x'.repeat(64), 'x'.repeat(256)])('a host like %j is no host', async (host) => {
    expect((await failure(options(6667, { host }))).code).toBe('badAddress');
  });
  test.each([0, 65_536, 1.5, Number.NaN])('port %d is no port', async (port) => {
    expect((await failure(options(port))).code).toBe('badAddress');
  });
  test('a server that says nothing during the handshake', async () => {
    const { port } = await listen(null);
    expect((await failure(options(port, { limits: { handshake: 100 } }))).code).toBe('timeout');
  });
  test('a server that does not speak TLS', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(':irc.test NOTICE * :hello\r\n');
    });
    const sockets = new Set<Socket>();
    plain.on('connection', (socket) => sockets.add(socket));
    servers.push({ server: plain, sockets });
    await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done));
    const address = plain.address();
    expect((await failure(options(address === null || typeof address === 'string' ? 0 : address.port))).code).toBe('tls');
  });
  test('a resolver that never answers', async () => {
    const resolve = (): Promise<never> => new Promise(() => undefined);
    const error = await failure(options(6697, { host: 'irc.test', resolve, limits: { lookup: 20 } }));
    expect([error.code, error.message]).toEqual(['timeout', 'Looking up the name of irc.test:6697 took too long.']);
    const abort = new AbortController();
    const pending = failure(options(6697, { host: 'irc.test', resolve, signal: abort.signal }));
    abort.abort();
    expect((await pending).code).toBe('aborted');
  });
  test('one that was given up before it began opens nothing', async () => {
    const { port, received } = await listen(null);
    const error = await failure(options(port, { signal: AbortSignal.abort() }));
    expect([error.code, received()]).toEqual(['aborted', '']);
  });
  test('the user gives up', async () => {
    const { port } = await listen(null);
    const abort = new AbortController();
    const pending = failure(
      options(port, {
        signal: abort.signal,
        onPhase: (phase) => {
          if (phase === 'handshake') abort.abort();
        },
      }),
    );
    expect((await pending).code).toBe('aborted');
  });
});
