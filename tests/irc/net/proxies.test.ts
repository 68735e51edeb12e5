import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { dial, type DialOptions } from '../../../src/net/dial.ts';
import { NetError } from '../../../src/net/errors.ts';
import { MAX_RESPONSE_HEAD_BYTES } from '../../../src/net/httpConnect.ts';
import { freshCircuit, type Proxy } from '../../../src/net/proxy.ts';
import { freePort, makeCertificates, type Certificates } from '../../support/irc/lab.ts';
import { startHttpProxy, startSocks } from '../../support/irc/proxies.ts';
import { containing } from '../../support/containing.ts';

let folder = '';
let good: Certificates;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-proxy-'));
  good = await makeCertificates(folder, 'DNS:irc.example.org,DNS:xn--bcher-kva.example');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Says a line to whoever comes, and answers with what it heard. */
const serve = async (tls: boolean): Promise<number> => {
  const sockets = new Set<Socket>();
  const hello = (socket: Socket): void => {
    socket.on('error', () => undefined);
    socket.write('hello\r\n');
    socket.on('data', (bytes) => socket.write(bytes));
  };
  const server = tls ? createTlsServer({ cert: good.certPem, key: good.keyPem }, hello) : createServer(hello);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
};

const looked: string[] = [];
const options = (proxy: Proxy | null, more: Partial<DialOptions> = {}): DialOptions => ({
  host: 'irc.example.org',
  port: 6697,
  tls: false,
  rootCert: good.caPem,
  acceptInvalidCerts: false,
  pins: [],
  clientCert: null,
  proxy,
  webSocket: null,
  signal: new AbortController().signal,
  resolve: (name) => {
    looked.push(name);
    return Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }));
  },
  ...more,
});
const at = (kind: 'http' | 'socks5', port: number, username: string | null = null, password: string | null = null): Proxy => ({
  kind,
  host: '127.0.0.1',
  port,
  username,
  password,
});
const tor = (port: number, circuit = freshCircuit()): Proxy => ({ kind: 'tor', host: '127.0.0.1', port, circuit });

const failure = async (given: DialOptions): Promise<NetError> => {
  try {
    (await dial(given)).destroy();
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('it connected');
};
/** Reads until `text` has come, then sends `send`. */
const talk = async (given: DialOptions, text: string, send = ''): Promise<string | null> => {
  const stream = await dial(given);
  await new Promise<void>((done, fail) => {
    let heard = '';
    stream.onClose((error) => {
      fail(error ?? new Error(`closed after ${JSON.stringify(heard)}`));
    });
    stream.onData((bytes) => {
      heard += new TextDecoder().decode(bytes);
      if (heard === text) done();
    });
    if (send !== '') stream.send(new TextEncoder().encode(send));
  });
  stream.destroy();
  return stream.tls;
};

describe.each(['http', 'socks5'] as const)('through a proxy (%s)', (kind) => {
  const start = kind === 'http' ? startHttpProxy : startSocks;

  test('the name goes to the proxy as it is and is looked up nowhere else', async () => {
    looked.length = 0;
    const proxy = await start({ target: await serve(false) });
    await talk(options(at(kind, proxy.port)), 'hello\r\nNICK x\r\n', 'NICK x\r\n');
    expect(proxy.asked).toMatchObject([{ host: 'irc.example.org', port: 6697, username: null }]);
    if (kind === 'socks5') expect(proxy.asked[0]?.kind).toBe(3);
    expect(looked).toEqual([]);
  });
  test('TLS is checked against the name of the server, not of the proxy', async () => {
    const proxy = await start({ target: await serve(true) });
    expect(await talk(options(at(kind, proxy.port), { tls: true }), 'hello\r\n')).toBe('TLSv1.3');
    const wrong = options(at(kind, proxy.port), { tls: true, host: 'irc.elsewhere.org' });
    expect((await failure(wrong)).code).toBe('certWrongName');
  });
  test('what the server says at once is not lost behind the answer of the proxy', async () => {
    const proxy = await start({ target: await serve(false), early: 'early\r\n' });
    await talk(options(at(kind, proxy.port)), 'early\r\nhello\r\n');
  });
  test('credentials are given, in UTF-8', async () => {
    const proxy = await start({ target: await serve(false) });
    await talk(options(at(kind, proxy.port, 'jürgen', 'pä:ss')), 'hello\r\n');
    expect(proxy.asked).toMatchObject([{ username: 'jürgen', password: 'pä:ss' }]);
  });
  test('a name in another alphabet travels as an A-label', async () => {
    const proxy = await start({ target: await serve(true) });
    await talk(options(at(kind, proxy.port), { tls: true, host: 'Bücher.example' }), 'hello\r\n');
    expect(proxy.asked[0]?.host).toBe('xn--bcher-kva.example');
  });
  test('an IPv6 address goes through the proxy like everything else', async () => {
    const proxy = await start({ target: await serve(false) });
    await talk(options(at(kind, proxy.port), { host: '[2001:DB8::1]' }), 'hello\r\n');
    expect(proxy.asked[0]?.host).toBe(kind === 'http' ? '[2001:db8::1]' : '2001:db8:0:0:0:0:0:1');
  });
  test('a proxy that is not there, or says nothing, or talks nonsense, ends in a sentence', async () => {
    expect((await failure(options(at(kind, await freePort())))).code).toBe('refused');
    const silent = kind === 'http' ? await startHttpProxy({ raw: '' }) : await startSocks({ silentAfter: 1 });
    const late = await failure(options(at(kind, silent.port), { limits: { proxy: 100 } }));
    expect(late).toMatchObject({ code: 'timeout', message: containing('proxy') });
    const server = await serve(false);
    expect(await failure(options(at(kind, server)))).toMatchObject({ code: 'proxyFailed' });
  });
  test('the user gives up while the proxy works', async () => {
    const proxy = kind === 'http' ? await startHttpProxy({ raw: '' }) : await startSocks({ silentAfter: 1 });
    const abort = new AbortController();
    const onPhase = (phase: string): void => {
      if (phase === 'proxy')
        setImmediate(() => {
          abort.abort();
        });
    };
    expect((await failure(options(at(kind, proxy.port), { signal: abort.signal, onPhase }))).code).toBe('aborted');
  });
  test('an onion name is not handed to it', async () => {
    const proxy = await start();
    const error = await failure(options(at(kind, proxy.port), { host: `${'a'.repeat(56)}.onion` }));
    expect(error.code).toBe('onionNeedsTor');
    expect(proxy.opened()).toBe(0);
  });
});

describe('SOCKS5', () => {
  test.each([
    [1, 'proxyFailed'],
    [2, 'proxyRefused'],
    [3, 'unreachable'],
    [4, 'unreachable'],
    [5, 'refused'],
    [6, 'timeout'],
    [7, 'proxyFailed'],
    [8, 'proxyFailed'],
    [9, 'proxyFailed'],
    [0xf4, 'proxyFailed'],
  ])('reply %d is told as %s', async (reply, code) => {
    const proxy = await startSocks({ reply });
    expect((await failure(options(at('socks5', proxy.port)))).code).toBe(code);
  });
  test('a refused log-in, and one that is wanted but not configured, say so without the password', async () => {
    const wrong = await startSocks({ login: 1 });
    const error = await failure(options(at('socks5', wrong.port, 'me', 'hunter2')));
    expect(error.code).toBe('proxyAuth');
    expect(JSON.stringify([error.message, error.cause, Object(error.cause)])).not.toContain('hunter2');
    const wanted = await startSocks({ method: 255 });
    expect((await failure(options(at('socks5', wanted.port)))).code).toBe('proxyAuth');
  });
  test('credentials longer than the protocol carries are refused before anything is sent', async () => {
    const proxy = await startSocks();
    expect((await failure(options(at('socks5', proxy.port, 'x'.repeat(256), '')))).code).toBe('proxyAuth');
    expect(proxy.asked).toEqual([]);
  });
});

describe('HTTP CONNECT', () => {
  test.each([
    [401, 'proxyAuth'],
    [403, 'proxyRefused'],
    [407, 'proxyAuth'],
    [404, 'unreachable'],
    [502, 'unreachable'],
    [504, 'timeout'],
    [500, 'proxyFailed'],
    [302, 'proxyFailed'],
  ])('status %d is told as %s', async (status, code) => {
    const proxy = await startHttpProxy({ status });
    expect((await failure(options(at('http', proxy.port)))).code).toBe(code);
  });
  test('a head without an end is cut off', async () => {
    const proxy = await startHttpProxy({ raw: `HTTP/1.1 200 x\r\nx: ${'y'.repeat(2 * MAX_RESPONSE_HEAD_BYTES)}` });
    expect((await failure(options(at('http', proxy.port)))).code).toBe('proxyFailed');
  });
  test('nothing but the request is said to the proxy', async () => {
    const proxy = await startHttpProxy({ target: await serve(false) });
    await talk(options(at('http', proxy.port)), 'hello\r\n');
    expect(
      proxy.heads[0]
        ?.toLowerCase()
        .split('\r\n')
        .filter(Boolean)
        .map((line) => line.split(':')[0]),
    ).toEqual(['connect irc.example.org', 'host', 'connection']);
  });
});

describe('Tor', () => {
  const onion = `${'b'.repeat(56)}.onion`;

  test('an onion name is reached, and its name is told to nobody but tor', async () => {
    looked.length = 0;
    let servername: unknown = 'none';
    const server = createTlsServer({
      cert: good.certPem,
      key: good.keyPem,
      SNICallback: (name, done) => {
        servername = name;
        done(null);
      },
    });
    server.on('secureConnection', (socket) => socket.on('error', () => undefined));
    onTestFinished(async () => {
      await new Promise((done) => server.close(done));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const proxy = await startSocks({ target: address === null || typeof address === 'string' ? 0 : address.port });
    const error = await failure(options(tor(proxy.port), { host: onion, tls: true }));
    expect(error.code).toBe('certWrongName');
    expect(proxy.asked[0]).toMatchObject({ host: onion, kind: 3 });
    expect(servername).toBe('none');
    expect(looked).toEqual([]);
  });
  test('each circuit has a user name of its own', async () => {
    const proxy = await startSocks({ target: await serve(false) });
    const mine = freshCircuit();
    for (const circuit of [mine, mine, freshCircuit()]) await talk(options(tor(proxy.port, circuit)), 'hello\r\n');
    const [first, second, third] = proxy.asked.map(({ username }) => username);
    expect(first).toBe(mine);
    expect(second).toBe(mine);
    expect(third).toMatch(/^[0-9a-f]{32}$/);
    expect(third).not.toBe(mine);
  });
  test('a tor that does not take user names is not used, and is told no name', async () => {
    const proxy = await startSocks({ method: 0, target: await serve(false) });
    const error = await failure(options(tor(proxy.port)));
    expect(error).toMatchObject({ code: 'proxyFailed', message: containing('PreferSOCKSNoAuth') });
    expect(proxy.asked).toEqual([]);
  });
});
