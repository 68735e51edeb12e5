import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NetError } from '../../../src/net/errors.ts';
import { fetchBounded, MAX_REDIRECTS, type Fetched, type FetchOptions } from '../../../src/net/fetch.ts';
import { isPublicAddress } from '../../../src/net/publicAddress.ts';
import { makeCertificates } from '../../support/irc/lab.ts';
import { startHttpProxy, startSocks } from '../../support/irc/proxies.ts';
import { containing } from '../../support/containing.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const serve = async (handler: Handler, tls?: { cert: string; key: string }): Promise<{ port: number; seen: IncomingMessage[] }> => {
  const seen: IncomingMessage[] = [];
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    seen.push(request);
    handler(request, response);
  };
  const server = tls ? createTlsServer(tls, take) : createServer(take);
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return { port: address === null || typeof address === 'string' ? 0 : address.port, seen };
};
const text =
  (body: string | Uint8Array, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=UTF-8', ...headers });
    response.end(body);
  };

/** Names under example.org are on loopback, which the seam allows. */
const options = (url: string, more: Partial<FetchOptions> = {}): FetchOptions => ({
  url,
  signal: new AbortController().signal,
  maxBytes: 10_000,
  maxMs: 5_000,
  types: ['text/html', 'image/'],
  asked: true,
  proxy: null,
  seam: {
    allow: (address) => address === '127.0.0.1',
    resolve: (name) =>
      name.endsWith('example.org')
        ? Promise.resolve([{ address: '127.0.0.1', family: 4 }])
        : Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' })),
  },
  ...more,
});
const get = (port: number, path = '/', more: Partial<FetchOptions> = {}): Promise<Fetched> =>
  fetchBounded(options(`http://www.example.org:${port}${path}`, more));
const failure = async (promise: Promise<Fetched>): Promise<NetError> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('it was fetched');
};

describe('what is fetched', () => {
  test('content comes with its type, and the request tells nothing about us', async () => {
    const { port, seen } = await serve(text('<p>hi', { 'set-cookie': 'a=b' }));
    const got = await get(port, '/x?y#z');
    expect({ ...got, bytes: new TextDecoder().decode(got.bytes) }).toEqual({
      url: `http://www.example.org:${port}/x?y#z`,
      type: 'text/html',
      charset: 'utf-8',
      bytes: '<p>hi',
      wasCut: false,
    });
    await get(port);
    for (const request of seen)
      expect(Object.keys(request.headers).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
    expect(seen[0]?.url).toBe('/x?y');
  });
  test('https is checked like every certificate', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-fetch-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const made = await makeCertificates(folder, 'DNS:www.example.org');
    const { port } = await serve(text('hi'), { cert: made.certPem, key: made.keyPem });
    const base = options(`https://www.example.org:${port}/`);
    expect((await failure(fetchBounded(base))).code).toBe('certUntrusted');
    const seam = base.seam && { ...base.seam, rootCert: made.caPem };
    expect((await fetchBounded({ ...base, ...(seam ? { seam } : {}) })).bytes).toHaveLength(2);
    const other = options(`https://other.example.org:${port}/`, seam ? { seam } : {});
    expect((await failure(fetchBounded(other))).code).toBe('certWrongName');
  });
  test('another type, another status and an odd encoding are refused', async () => {
    expect((await failure(get((await serve(text('x', { 'content-type': 'application/zip' }))).port))).code).toBe('wrongType');
    expect((await failure(get((await serve(text('x', { 'content-type': 'image/' }))).port))).code).toBe('wrongType');
    expect((await failure(get((await serve(text('x', { 'content-encoding': 'gzip, gzip' }))).port))).code).toBe('wrongType');
    const missing = await serve((_request, response) => response.writeHead(404).end('x'));
    expect(await failure(get(missing.port))).toMatchObject({ code: 'httpStatus', message: containing('404') });
  });
  test.each([
    'ftp://x.org/',
    'file:///etc/passwd',
    'javascript:1',
    'irc://x.org/',
    'http://',
    'no url',
    'http://me@www.example.org/',
    'http://me:pw@www.example.org/',
    'http://www.example.org:25/',
    'http://www.example.org:6667/',
    `http://www.example.org/${'x'.repeat(5_000)}`,
  ])('an address like %.40s is refused', async (url) => {
    expect((await failure(fetchBounded(options(url)))).code).toBe('badUrl');
  });
});

describe('bounds', () => {
  test('more than was asked for is refused by its announced length, and by its real one', async () => {
    const announced = await serve(text('x'.repeat(10_001)));
    expect((await failure(get(announced.port))).code).toBe('tooLarge');
    const endless = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(5_000)));
        response.once('drain', more);
      };
      more();
    });
    expect((await failure(get(endless.port))).code).toBe('tooLarge');
    const got = await get(endless.port, '/', { cut: true });
    expect([got.bytes.length, got.wasCut]).toEqual([10_000, true]);
  });
  test('compressed content is counted as what it becomes', async () => {
    const page = 'x'.repeat(9_000);
    expect((await get((await serve(text(gzipSync(page), { 'content-encoding': 'gzip' }))).port)).bytes).toHaveLength(9_000);
    const bomb = new Uint8Array(64 * 1024 * 1024);
    for (const [encoding, body] of [
      ['gzip', gzipSync(bomb)],
      ['br', brotliCompressSync(bomb.subarray(0, 8 * 1024 * 1024))],
    ] as const)
      expect((await failure(get((await serve(text(body, { 'content-encoding': encoding }))).port, '/', { maxBytes: 100_000 }))).code).toBe(
        'tooLarge',
      );
  });
  test('a damaged compression is an error, not a hang', async () => {
    expect((await failure(get((await serve(text('no gzip', { 'content-encoding': 'gzip' }))).port))).code).toBe('failed');
  });
  test('an answer that drips has its time, and not more', async () => {
    const drip = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.write('x');
    });
    expect((await failure(get(drip.port, '/', { maxMs: 200 }))).code).toBe('timeout');
    const mute = await serve(() => undefined);
    expect((await failure(get(mute.port, '/', { maxMs: 200 }))).code).toBe('timeout');
  });
  test('an answer that breaks off is an error', async () => {
    const broken = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '100' });
      response.write('x', () => response.destroy());
    });
    expect((await failure(get(broken.port))).code).toMatch(/closed|failed/);
  });
  test('a head without an end is cut off', async () => {
    const { port } = await serve(text('x', { x: 'y'.repeat(20_000) }));
    expect((await failure(get(port))).code).toBe('failed');
  });
  test('it can be given up', async () => {
    const abort = new AbortController();
    const mute = await serve(() => {
      abort.abort();
    });
    expect((await failure(get(mute.port, '/', { signal: abort.signal }))).code).toBe('aborted');
  });
});

describe('redirects', () => {
  const to =
    (location: string): Handler =>
    (_request, response) =>
      response.writeHead(302, { location }).end();

  test('are followed, a few times', async () => {
    const { port, seen } = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left > 0) to(`/${left - 1}`)(request, response);
      else text('end')(request, response);
    });
    expect((await get(port, `/${MAX_REDIRECTS}`)).url).toBe(`http://www.example.org:${port}/0`);
    seen.length = 0;
    expect((await failure(get(port, '/100'))).code).toBe('badUrl');
    expect(seen).toHaveLength(MAX_REDIRECTS + 1);
  });
  test.each([
    ['http://10.0.0.1/', 'addressRefused'],
    ['http://[::1]/', 'addressRefused'],
    ['http://2130706433/', 'addressRefused'],
    ['http://printer/', 'addressRefused'],
    ['file:///etc/passwd', 'badUrl'],
  ])('to %s end there', async (location, code) => {
    const { port } = await serve(to(location));
    const base = options(`http://www.example.org:${port}/`);
    // The first hop is allowed by the seam, the second is a number that only reads as loopback.
    let hops = 0;
    const allow = (address: string): boolean => address === '127.0.0.1' && hops++ === 0;
    expect((await failure(fetchBounded({ ...base, seam: { ...base.seam, allow } }))).code).toBe(code);
  });
});

describe('the own network', () => {
  test.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.8',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '2002:7f00:1::1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '2a00::5efe:10.0.0.1',
    'fec0::1',
    '3fff::1',
    'x',
    '',
  ])('%s is no public address', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '100.128.0.1',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::5e',
    '64:ff9b::8.8.8.8',
    '64:ff9b::808:808',
  ])('%s is one', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
  test.each([
    'http://127.0.0.1/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://2130706433/',
    'http://127.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://１２７.0.0.1/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://a.localhost/',
    'http://router.lan/',
    'http://printer.local/',
    'http://metadata.google.internal/',
    'http://intranet/',
  ])('%s is refused before anything is asked, with and without a proxy', async (url) => {
    const asked: string[] = [];
    const resolve = (name: string): Promise<never[]> => {
      asked.push(name);
      return Promise.resolve([]);
    };
    const proxy = await startSocks();
    for (const through of [null, { kind: 'socks5', host: '127.0.0.1', port: proxy.port, username: null, password: null } as const])
      expect((await failure(fetchBounded(options(url, { proxy: through, seam: { allow: () => false, resolve } })))).code).toBe(
        'addressRefused',
      );
    expect(asked).toEqual([]);
    expect(proxy.opened()).toBe(0);
  });
  test('a public name that leads home is refused, also where only one of its addresses does', async () => {
    const { port, seen } = await serve(text('secret'));
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['::ffff:127.0.0.1']]) {
      const resolve = (): Promise<{ address: string; family: number }[]> =>
        Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
      const error = await failure(fetchBounded(options(`http://127.0.0.1.nip.io:${port}/`, { seam: { allow: () => false, resolve } })));
      expect(error.code).toBe('addressRefused');
    }
    expect(seen).toHaveLength(0);
  });
  test('the name is looked up once: the address that was judged is the one connected to', async () => {
    const { port } = await serve(text('public'));
    let lookups = 0;
    const resolve = (): Promise<{ address: string; family: number }[]> => {
      lookups += 1;
      return Promise.resolve([{ address: lookups === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]);
    };
    const got = await fetchBounded(
      options(`http://rebind.example.org:${port}/`, { seam: { allow: (address) => address === '127.0.0.1', resolve } }),
    );
    expect(new TextDecoder().decode(got.bytes)).toBe('public');
    expect(lookups).toBe(1);
  });
});

describe('through a proxy', () => {
  test.each(['http', 'socks5'] as const)('(%s) everything goes there, and no name is looked up', async (kind) => {
    const asked: string[] = [];
    const { port } = await serve((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: 'http://second.example.com/end' }).end();
      else text('end')(request, response);
    });
    const proxy = kind === 'http' ? await startHttpProxy({ target: port }) : await startSocks({ target: port });
    const resolve = (name: string): Promise<never[]> => {
      asked.push(name);
      return Promise.resolve([]);
    };
    const got = await fetchBounded(
      options('http://first.example.com/', {
        proxy: { kind, host: '127.0.0.1', port: proxy.port, username: null, password: null },
        seam: { allow: () => false, resolve },
      }),
    );
    expect(got.url).toBe('http://second.example.com/end');
    expect(proxy.asked.map(({ host, port: at }) => `${host}:${at}`)).toEqual(['first.example.com:80', 'second.example.com:80']);
    expect(asked).toEqual([]);
  });
  test('under Tor each fetch, and each hop, has a circuit of its own, never that of the server', async () => {
    const { port } = await serve(text('x'));
    const proxy = await startSocks({ target: port });
    const tor = { kind: 'tor', host: '127.0.0.1', port: proxy.port, circuit: 'server' } as const;
    for (const url of ['http://a.example.com/', `http://${'c'.repeat(56)}.onion/`])
      await fetchBounded(options(url, { proxy: tor, seam: { allow: () => false } }));
    const users = proxy.asked.map(({ username }) => username);
    expect(new Set(users).size).toBe(2);
    expect(users).not.toContain('server');
  });
  test('under Tor nothing is fetched that nobody asked for', async () => {
    const proxy = await startSocks();
    const tor = { kind: 'tor', host: '127.0.0.1', port: proxy.port, circuit: 'server' } as const;
    expect((await failure(fetchBounded(options('http://a.example.com/', { proxy: tor, asked: false })))).code).toBe('notAsked');
    expect(proxy.opened()).toBe(0);
  });
  test('an onion address is fetched under Tor only', async () => {
    expect((await failure(fetchBounded(options(`http://${'c'.repeat(56)}.onion/`)))).code).toBe('onionNeedsTor');
  });
});
