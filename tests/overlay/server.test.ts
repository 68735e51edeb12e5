import { createServer, type Socket } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createVeilidOverlay, parseServerAddress } from '../../src/overlay/veilid/veilid.ts';
import { codeOf, twoAddresses } from './compliance.ts';
import { blob, routeId, text, type Members } from './scriptedNode.ts';

const dir = mkdtempSync(join(tmpdir(), 'sotto-server-'));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(dir, { recursive: true, force: true });
});

/** Answers as a veilid-server that is attached already. */
function answer(request: Members, routes: number): Members {
  switch (request['op']) {
    case 'Attach':
      return { error: { kind: 'Generic', message: 'Already attached' } };
    case 'GetState':
      return { value: { attachment: { public_internet_ready: true }, network: { peers: [{}] }, config: { secret: 1 } } };
    case 'NewPrivateRoute':
      return { value: { route_id: routeId(routes), blob: text(blob(routes)) } };
    default:
      return { value: null };
  }
}

describe('a running veilid-server', () => {
  test('is used over its socket, and neither detached nor shut down by a stop', async () => {
    const seen: string[] = [];
    let routes = 0;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      let rest = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const request = JSON.parse(line) as Members;
          seen.push(String(request['op']));
          if (request['op'] === 'NewPrivateRoute') routes += 1;
          socket.write(`${JSON.stringify({ type: 'Response', id: request['id'], op: request['op'], ...answer(request, routes) })}\n`);
        }
      });
    });
    const path = join(dir, 'server.sock');
    await new Promise<void>((resolve) => {
      server.listen(path, resolve);
    });
    closing.push(
      () =>
        new Promise((resolve) => {
          for (const socket of sockets) socket.destroy();
          server.close(() => {
            resolve();
          });
        }),
    );
    const routeFile = join(dir, 'route');
    const overlay = createVeilidOverlay({ source: { kind: 'server', address: path }, routeFile });
    await overlay.start(new AbortController().signal);
    const newest = await twoAddresses(overlay);
    await expect.poll(() => readFileSync(routeFile, 'utf8')).toBe(`${newest.text}\n`);
    await overlay.stop();
    expect(overlay.state().phase).toBe('stopped');
    await expect.poll(() => [...sockets].every((socket) => socket.readableEnded || socket.destroyed)).toBe(true);
    expect(seen).not.toContain('Detach');
    expect(seen).not.toContain('Control');
  });

  test('that is not there leaves the overlay degraded with its address in the reason', async () => {
    const overlay = createVeilidOverlay({ source: { kind: 'server', address: join(dir, 'nobody.sock') } });
    closing.push(() => overlay.stop());
    await overlay.start(new AbortController().signal);
    await expect.poll(() => overlay.state().phase).toBe('degraded');
    expect(overlay.state().reason).toContain('nobody.sock');
  });

  test('a node binary that is missing is told at the start', async () => {
    const source = {
      kind: 'process' as const,
      binary: join(dir, 'no'),
      configDirectory: dir,
      storageDirectory: dir,
      namespace: '',
      devicePassword: 'x',
    };
    const overlay = createVeilidOverlay({ source });
    expect(await codeOf(overlay.start(new AbortController().signal))).toBe('missing');
    expect(overlay.state().phase).toBe('stopped');
  });

  test('is named by a path or by host and port', () => {
    expect(parseServerAddress('/run/veilid/0')).toEqual({ path: '/run/veilid/0' });
    expect(parseServerAddress('unix:/run/veilid/0')).toEqual({ path: '/run/veilid/0' });
    expect(parseServerAddress('localhost:5959')).toEqual({ host: 'localhost', port: 5959 });
    expect(parseServerAddress('[::1]:5959')).toEqual({ host: '::1', port: 5959 });
    for (const wrong of ['', 'localhost', 'localhost:0', 'localhost:99999', 'http://x:1/']) expect(parseServerAddress(wrong)).toBeNull();
  });
});
