/**
 * A node that belongs to somebody else, used over a socket as a veilid-server is. Behind the socket is a real node; the socket
 * in front of it passes lines on, answers no Control, and ends a connection at a line it cannot read, as veilid-server does.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLineReader, type Channel } from '../../src/overlay/veilid/channel.ts';
import { processChannel } from '../../src/overlay/veilid/node.ts';
import { isMembers } from '../../src/overlay/veilid/protocol.ts';
import { createVeilidOverlay, type VeilidOverlay } from '../../src/overlay/veilid/veilid.ts';
import { sendUntilAnswered, twoAddresses } from '../overlay/compliance.ts';
import { startApp, whenReady } from '../support/veilid/app.ts';
import { labBinary, startLab, type Lab } from '../support/veilid/lab.ts';

const dir = mkdtempSync(join(tmpdir(), 'sotto-served-'));
const socketPath = join(dir, 'server.sock');
const never = new AbortController().signal;
/** An id of our own for questions past the socket. */
const OWN_ID = 4_000_000_000;

let lab: Lab;
let peer: VeilidOverlay;
let node: Channel;
let tcp = '';
const servers: Server[] = [];
const clients = new Set<Socket>();
const seen: string[] = [];
const listeners = new Set<(line: string) => void>();
let ended = false;

function serve(socket: Socket): void {
  clients.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => clients.delete(socket));
  socket.setEncoding('utf8').on(
    'data',
    createLineReader((line) => {
      try {
        const request: unknown = JSON.parse(line);
        seen.push(isMembers(request) ? String(request['op']) : 'no request');
        node.send(line);
      } catch {
        socket.destroy();
      }
    }),
  );
}
/** Whether the node is still in the network, asked without the socket. */
const attached = (): Promise<string> =>
  new Promise((resolve) => {
    const listener = (line: string): void => {
      if (!line.includes(`"id":${OWN_ID}`)) return;
      listeners.delete(listener);
      resolve(line);
    };
    listeners.add(listener);
    node.send(JSON.stringify({ id: OWN_ID, op: 'GetState' }));
  });

beforeAll(async () => {
  lab = await startLab({ dir, binary: labBinary(), infra: 5 });
  peer = await startApp(lab, 1, dir);
  const { command, networkOverrides } = lab.app(0);
  const { open } = processChannel(
    {
      kind: 'process',
      binary: labBinary(),
      command,
      configDirectory: join(dir, 'server'),
      storageDirectory: join(dir, 'server', 'veilid'),
      namespace: 'theirs',
      devicePassword: '',
      networkOverrides,
    },
    () => undefined,
  );
  node = await open(
    {
      onLine(line) {
        for (const listener of listeners) listener(line);
        for (const client of clients) client.write(`${line}\n`);
      },
      onClose() {
        ended = true;
      },
    },
    never,
  );
  for (const where of [{ path: socketPath }, { host: '127.0.0.1', port: 0 }]) {
    const server = createServer(serve);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(where, resolve));
    const address = server.address();
    if (address !== null && typeof address === 'object') tcp = `127.0.0.1:${address.port}`;
  }
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  for (const server of servers) server.close();
  await Promise.all([peer.stop(), node.close()]);
  await lab.stop();
  rmSync(dir, { recursive: true });
});

describe('a node of somebody else behind a socket', () => {
  test.each([
    ['a unix socket', (): string => socketPath],
    ['TCP', (): string => tcp],
  ])('works over %s in the place of our own, and goes on when Sotto stops', async (_name, address) => {
    seen.length = 0;
    const overlay = createVeilidOverlay({ source: { kind: 'server', address: address(), configDirectory: join(dir, 'notes') } });
    overlay.onDatagram((bytes) => Promise.resolve(bytes.toReversed()));
    await overlay.start(never);
    await whenReady(overlay);
    const own = await twoAddresses(overlay);
    expect(await sendUntilAnswered(peer, own.bytes, Uint8Array.of(1, 2))).toEqual(Uint8Array.of(2, 1));
    const record = await overlay.records?.create(never);
    if (record === undefined) throw new Error('no records');
    await overlay.records?.publish(record, 0, Uint8Array.of(9), never);
    expect(await peer.records?.resolve(record.key, 0, never)).toEqual(Uint8Array.of(9));
    expect(await overlay.details(never)).toMatchObject({ own: false, version: null, library: '0.5.7', crashes: { count: 0 }, log: [] });

    // it hangs up: a new connection, and the same addresses
    for (const client of clients) client.destroy();
    await expect.poll(async () => (await overlay.details(never)).crashes.count, { timeout: 20_000 }).toBe(1);
    await whenReady(overlay);
    expect(await sendUntilAnswered(peer, own.bytes, Uint8Array.of(3, 4))).toEqual(Uint8Array.of(4, 3));

    await overlay.stop();
    await expect.poll(() => clients.size).toBe(0);
    expect(await attached()).toContain('"public_internet_ready":true');
    expect(ended).toBe(false);
    expect(seen).toContain('Attach');
    expect(seen).not.toContain('Detach');
    expect(seen).not.toContain('Control');
  });
});
