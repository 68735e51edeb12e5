import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { dial, type DialOptions } from '../../../src/net/dial.ts';
import type { Proxy } from '../../../src/net/proxy.ts';
import type { Stream } from '../../../src/net/stream.ts';
import { MAX_MESSAGE_BYTES } from '../../../src/net/webSocket.ts';
import { testClient } from '../../support/irc/client.ts';
import { dialOptions, failureOf } from '../../support/irc/dialing.ts';
import { makeCertificates, type Certificates } from '../../support/irc/lab.ts';
import { listenOn } from '../../support/irc/listeners.ts';
import { startHttpProxy, startSocks } from '../../support/irc/proxies.ts';
import { containing } from '../../support/containing.ts';

let folder = '';
let good: Certificates;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-ws-'));
  good = await makeCertificates(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Heard {
  port: number;
  /** Each message: as text or binary, and what it said. */
  messages: [string, string][];
  requests: { path: string; protocols: string; origin: string }[];
  pings: () => number;
  sockets: WebSocket[];
}
interface Behaviour {
  tls?: boolean;
  protocol?: string | false;
  greet?: (socket: WebSocket) => void;
  autoPong?: boolean;
}
const serve = async ({
  tls = false,
  protocol = 'text.ircv3.net',
  greet = () => undefined,
  autoPong = true,
}: Behaviour = {}): Promise<Heard> => {
  const server = tls ? createTlsServer({ cert: good.certPem, key: good.keyPem }) : createHttpServer();
  const web = new WebSocketServer({ server, autoPong, handleProtocols: () => protocol });
  let pings = 0;
  const heard: Heard = { port: 0, messages: [], requests: [], pings: () => pings, sockets: [] };
  web.on('connection', (socket, request) => {
    heard.sockets.push(socket);
    heard.requests.push({
      path: request.url ?? '',
      protocols: request.headers['sec-websocket-protocol'] ?? '',
      origin: request.headers.origin ?? '',
    });
    socket.on('error', () => undefined);
    socket.on('ping', () => {
      pings += 1;
    });
    socket.on('message', (data, isBinary) => {
      heard.messages.push([isBinary ? 'binary' : 'text', Array.isArray(data) ? '' : new TextDecoder().decode(data)]);
    });
    greet(socket);
  });
  onTestFinished(async () => {
    for (const socket of web.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  heard.port = address === null || typeof address === 'string' ? 0 : address.port;
  return heard;
};
const options = (port: number, more: Partial<DialOptions> = {}): DialOptions =>
  dialOptions(port, { tls: false, rootCert: good.caPem, webSocket: { path: '/irc?x=1', pingSeconds: 60 }, ...more });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const collect = (stream: Stream): { text: () => string; closed: Promise<unknown> } => {
  let text = '';
  const closed = new Promise((done) => {
    stream.onClose(done);
  });
  stream.onData((piece) => (text += new TextDecoder('latin1').decode(piece)));
  return { text: () => text, closed };
};

describe('IRCv3 websocket', () => {
  test.each([
    ['text.ircv3.net', 'text'],
    ['binary.ircv3.net', 'binary'],
  ])('with %s a line is one message, without its end, in both directions', async (protocol, kind) => {
    const server = await serve({ protocol });
    const stream = await dial(options(server.port));
    const heard = collect(stream);
    stream.send(bytes('NICK ä\r\n'));
    stream.send(bytes('USER a 0 * :b\r\nPING x\r\n'));
    await expect
      .poll(() => server.messages)
      .toEqual([
        [kind, 'NICK ä'],
        [kind, 'USER a 0 * :b'],
        [kind, 'PING x'],
      ]);
    server.sockets[0]?.send(':a 001 b :hi');
    server.sockets[0]?.send('PONG x\r\n');
    await expect.poll(heard.text).toBe(':a 001 b :hi\nPONG x\r\n\n');
    expect(server.requests).toEqual([
      { path: '/irc?x=1', protocols: 'binary.ircv3.net,text.ircv3.net', origin: `http://localhost:${server.port}` },
    ]);
    stream.close();
    expect(await heard.closed).toBeNull();
  });
  test('a server that knows no subprotocols is spoken to in text', async () => {
    const server = await serve({ protocol: false });
    const stream = await dial(options(server.port));
    stream.send(bytes('NICK a\r\n'));
    await expect.poll(() => server.messages).toEqual([['text', 'NICK a']]);
    expect(server.requests.map(({ protocols }) => protocols)).toEqual(['binary.ircv3.net,text.ircv3.net', '']);
    stream.destroy();
  });
  test('bytes that are no UTF-8 survive in binary messages', async () => {
    const server = await serve({
      protocol: 'binary.ircv3.net',
      greet: (socket) => {
        socket.send(Uint8Array.of(0x66, 0xfc, 0x72));
      },
    });
    const heard = collect(await dial(options(server.port)));
    await expect.poll(heard.text).toBe('für\n');
  });
  test('messages that come with the answer of the server are not lost', async () => {
    const server = await serve({
      greet: (socket) => {
        for (let index = 0; index < 200; index++) socket.send(String(index));
      },
    });
    const heard = collect(await dial(options(server.port)));
    await expect.poll(() => heard.text().split('\n').length).toBe(201);
    expect(heard.text().startsWith('0\n1\n2\n')).toBe(true);
  });
  test('wss is TLS with all its checks', async () => {
    const server = await serve({ tls: true });
    const stream = await dial(options(server.port, { tls: true }));
    expect(stream.tls).toBe('TLSv1.3');
    stream.destroy();
    expect(server.requests[0]?.origin).toBe(`https://localhost:${server.port}`);
    expect((await failureOf(options(server.port, { tls: true, rootCert: null }))).code).toBe('certUntrusted');
    expect((await failureOf(options(server.port, { tls: true, pins: ['0'.repeat(64)] }))).code).toBe('pinMismatch');
  });
  test.each(['http', 'socks5'] as const)('it goes through a proxy (%s)', async (kind) => {
    for (const tls of [false, true]) {
      const server = await serve({
        tls,
        greet: (socket) => {
          socket.send('hello');
        },
      });
      const proxy = kind === 'http' ? await startHttpProxy({ target: server.port }) : await startSocks({ target: server.port });
      const through: Proxy = { kind, host: '127.0.0.1', port: proxy.port, username: null, password: null };
      const heard = collect(await dial(options(443, { tls, proxy: through })));
      await expect.poll(heard.text).toBe('hello\n');
      expect(proxy.asked).toMatchObject([{ host: 'localhost', port: 443 }]);
    }
  });
  test('a message longer than any line ends the connection with a reason', async () => {
    const server = await serve({
      greet: (socket) => {
        socket.send('x'.repeat(MAX_MESSAGE_BYTES + 1));
      },
    });
    const heard = collect(await dial(options(server.port)));
    expect(await heard.closed).toMatchObject({ code: 'webSocket', message: containing(String(MAX_MESSAGE_BYTES)) });
    expect(heard.text()).toBe('');
  });
  test('a line that is too long for IRC is too long here too', async () => {
    const server = await serve({
      greet: (socket) => {
        socket.send('x'.repeat(9_000));
      },
    });
    const client = testClient({ port: server.port, webSocket: { path: '/', pingSeconds: 60 } });
    client.network.start();
    expect((await client.waitPhase('waiting')).state.text).toMatch(/more than 8703 bytes/);
    await client.network.stop(null);
  });
  test('a message in pieces without end is cut off too', async () => {
    const server = await serve({
      greet: (socket) => {
        const more = (): void => {
          if (socket.readyState === socket.OPEN) socket.send('x'.repeat(1_000), { fin: false }, more);
        };
        more();
      },
    });
    const heard = collect(await dial(options(server.port)));
    expect(await heard.closed).toMatchObject({ code: 'webSocket' });
  });
  test('it is pinged, and one that does not answer is gone', async () => {
    const server = await serve({ autoPong: false });
    const heard = collect(await dial(options(server.port, { webSocket: { path: '/', pingSeconds: 0.05 } })));
    expect(await heard.closed).toMatchObject({ code: 'timeout' });
    expect(server.pings()).toBe(1);
    const alive = await serve();
    const stream = await dial(options(alive.port, { webSocket: { path: '/', pingSeconds: 0.05 } }));
    const still = collect(stream);
    await expect.poll(alive.pings).toBeGreaterThan(3);
    expect(still.text()).toBe('');
    stream.destroy();
  });
  test('a server that opens none, or none for IRC, is told in words', async () => {
    expect((await failureOf(options((await serve({ protocol: 'chat' })).port))).message).toMatch(/not for IRC/);
    const web = createHttpServer((_request, response) => response.writeHead(404).end());
    onTestFinished(async () => {
      web.closeAllConnections();
      await new Promise((done) => web.close(done));
    });
    await new Promise<void>((done) => web.listen(0, '127.0.0.1', done));
    const address = web.address();
    const none = await failureOf(options(address === null || typeof address === 'string' ? 0 : address.port));
    expect(none).toMatchObject({ code: 'webSocket', message: containing(/404.*websocket_path/) });
    const irc = await listenOn(null, (socket) => socket.write(':irc.test NOTICE * :hello\r\n'));
    expect((await failureOf(options(irc.port))).code).toBe('webSocket');
    const mute = await listenOn(null);
    expect(await failureOf(options(mute.port, { limits: { upgrade: 100 } }))).toMatchObject({
      code: 'timeout',
      message: containing('WebSocket'),
    });
    const moved = createHttpServer((_request, response) => response.writeHead(302, { location: `http://localhost:${mute.port}/` }).end());
    onTestFinished(async () => {
      moved.closeAllConnections();
      await new Promise((done) => moved.close(done));
    });
    await new Promise<void>((done) => moved.listen(0, '127.0.0.1', done));
    const place = moved.address();
    const before = mute.connections();
    expect((await failureOf(options(place === null || typeof place === 'string' ? 0 : place.port))).code).toBe('webSocket');
    expect(mute.connections()).toBe(before);
  });
});
