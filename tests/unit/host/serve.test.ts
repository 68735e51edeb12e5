import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { CLOSE_BAD_TOKEN, CLOSE_BUSY, SUBPROTOCOL } from '../../../src/contract/pageToken.ts';
import type { Port } from '../../../src/contract/port.ts';
import { MAX_MESSAGE_BYTES, startServer } from '../../../src/host/serve/server.ts';
import { MAX_WRONG_PER_MINUTE, SINGLE_USE_MS } from '../../../src/host/serve/tokens.ts';
import { temporaryDirectory } from './directory.ts';
import { dial, openPage } from './page.ts';

const WRONG = 'A'.repeat(43);

const start = async () => {
  const directory = await temporaryDirectory();
  const uiDirectory = join(directory, 'ui');
  await mkdir(join(uiDirectory, 'assets'), { recursive: true });
  await writeFile(join(directory, 'secret.txt'), 'not for pages');
  await writeFile(join(uiDirectory, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(uiDirectory, 'assets', 'a b.js'), 'export {};');
  await symlink(join(directory, 'secret.txt'), join(uiDirectory, 'link.txt'));
  const clock = { now: 0 };
  const ports: Port[] = [];
  const server = await startServer({ uiDirectory, attach: (port) => ports.push(port), now: () => clock.now });
  onTestFinished(server.stop);
  return { server, clock, ports };
};

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}
/** The path is sent as it is written: a URL parser would resolve ".." before the server sees it. */
const get = (port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
/** How a handshake ends: the HTTP status that refused it. */
const refusal = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('open', () => {
      resolve(101);
      socket.close();
    });
  });

describe('the files of the page', () => {
  it('come with the headers that keep the page in its place', async () => {
    const { server } = await start();
    const { status, headers, body } = await get(server.port, '/');
    expect(status).toBe(200);
    expect(body).toContain('<title>page</title>');
    expect(headers).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
        `connect-src ws://127.0.0.1:${server.port}; worker-src 'self'; base-uri 'none'; form-action 'none'; ` +
        "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
    });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('are decoded once and found by name', async () => {
    const { server } = await start();
    expect(await get(server.port, '/assets/a%20b.js')).toMatchObject({ status: 200, body: 'export {};' });
    expect((await get(server.port, '/assets/a%2520b.js')).status).toBe(404);
    expect(await get(server.port, '/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    ['/../secret.txt', 400],
    ['/assets/../../secret.txt', 400],
    ['/%2e%2e/secret.txt', 400],
    ['/..%2fsecret.txt', 400],
    ['/..%5csecret.txt', 400],
    ['/secret.txt%00.js', 400],
    ['/%', 400],
    ['http://127.0.0.1/secret.txt', 400],
    ['//secret.txt', 404],
    ['/%252e%252e/secret.txt', 404],
    ['/link.txt', 404],
    ['/index.html', 404],
    ['/somewhere', 404],
    ['/assets', 404],
    ['/assets/', 404],
  ])('never lead out of the folder: %s', async (path, status) => {
    const { server } = await start();
    const answer = await get(server.port, path);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('not for pages');
    expect(answer.headers).toHaveProperty('content-security-policy');
  });

  it('are only read', async () => {
    const { server } = await start();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await get(server.port, '/', {}, method)).status).toBe(405);
  });

  it('are refused to a name that was pointed at this machine', async () => {
    const { server } = await start();
    for (const host of ['evil.example', 'localhost', '127.0.0.1', `localhost:${server.port}`, `evil.example:${server.port}`]) {
      expect((await get(server.port, '/', { Host: host })).status).toBe(403);
    }
  });
});

describe('the WebSocket', () => {
  it('gives a tab its own token first, echoes only the protocol, and lets the tab come back with it', async () => {
    const { server, ports } = await start();
    const token = server.newToken();
    const { port, tabToken } = await openPage(server, token);
    expect(tabToken).not.toBe(token);
    port.close();
    const again = await openPage(server, tabToken);
    expect(again.tabToken).toBe(tabToken);
    again.port.close();
    expect(ports).toHaveLength(2);
    const socket = dial(server, server.newToken());
    await vi.waitFor(() => {
      expect(socket.readyState).toBe(WebSocket.OPEN);
    });
    expect(socket.protocol).toBe(SUBPROTOCOL);
    socket.close();
  });

  it('closes a wrong, a used and an expired token, and attaches nothing', async () => {
    const { server, clock, ports } = await start();
    await expect(openPage(server, WRONG)).rejects.toThrow(`closed ${CLOSE_BAD_TOKEN}`);
    const token = server.newToken();
    const { port } = await openPage(server, token);
    await expect(openPage(server, token)).rejects.toThrow(`closed ${CLOSE_BAD_TOKEN}`);
    const late = server.newToken();
    clock.now += SINGLE_USE_MS;
    await expect(openPage(server, late)).rejects.toThrow(`closed ${CLOSE_BAD_TOKEN}`);
    expect(ports).toHaveLength(1);
    port.close();
  });

  it('stops looking at new tokens after a few wrong ones, until a minute has passed, while a known tab comes back', async () => {
    const { server, clock } = await start();
    const { port, tabToken } = await openPage(server, server.newToken());
    port.close();
    for (let tries = 0; tries < MAX_WRONG_PER_MINUTE; tries++)
      await expect(openPage(server, WRONG)).rejects.toThrow(`closed ${CLOSE_BAD_TOKEN}`);
    await expect(openPage(server, server.newToken())).rejects.toThrow(`closed ${CLOSE_BUSY}`);
    (await openPage(server, tabToken)).port.close();
    clock.now += 60_000;
    (await openPage(server, server.newToken())).port.close();
  });

  it('is refused to every other origin, and where none is named', async () => {
    const { server, ports } = await start();
    const origins = [
      'http://evil.example',
      `http://localhost:${server.port}`,
      'null',
      'http://127.0.0.1',
      `https://127.0.0.1:${server.port}`,
    ];
    for (const origin of origins) expect(await refusal(dial(server, server.newToken(), origin))).toBe(403);
    const bare = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, [SUBPROTOCOL, server.newToken()]);
    expect(await refusal(bare)).toBe(403);
    expect(ports).toHaveLength(0);
  });

  it('is refused to another host name, on another path, and without both protocols', async () => {
    const { server, ports } = await start();
    const { origin, port } = server;
    const open = (path: string, protocols: string[], headers: Record<string, string> = {}): Promise<number> =>
      refusal(new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { origin, headers }));
    expect(await open('/ws', [SUBPROTOCOL, server.newToken()], { Host: 'evil.example' })).toBe(403);
    expect(await open('/', [SUBPROTOCOL, server.newToken()])).toBe(404);
    expect(await open('/ws', [SUBPROTOCOL])).toBe(400);
    expect(await open('/ws', [server.newToken(), SUBPROTOCOL])).toBe(400);
    expect(await open('/ws', [])).toBe(400);
    expect(ports).toHaveLength(0);
  });

  it('ends with a message that is too long, is not text, or is no JSON', async () => {
    const { server, ports } = await start();
    const closedBy = async (send: (socket: WebSocket) => void): Promise<number> => {
      const socket = dial(server, server.newToken());
      socket.on('message', () => {
        ports.at(-1)?.onMessage(() => undefined);
        send(socket);
      });
      return new Promise((resolve) => socket.on('close', resolve));
    };
    expect(
      await closedBy((socket) => {
        socket.send('x'.repeat(MAX_MESSAGE_BYTES + 1));
      }),
    ).toBe(1009);
    expect(
      await closedBy((socket) => {
        socket.send(new Uint8Array(3));
      }),
    ).toBe(1003);
    expect(
      await closedBy((socket) => {
        socket.send('{');
      }),
    ).toBe(1007);
  });

  it('is closed when the server stops, and the port is free again', async () => {
    const { server } = await start();
    const { port } = await openPage(server, server.newToken());
    const closed = new Promise<void>((resolve) => {
      port.onClose(resolve);
    });
    await server.stop();
    await closed;
    await expect(get(server.port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
