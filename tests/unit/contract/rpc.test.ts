import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Port } from '../../../src/contract/port.ts';
import { messagePort } from '../../../src/contract/messagePort.ts';
import { linePort } from '../../../src/host/headless/linePort.ts';
import { portPair } from '../../../src/host/portPair.ts';
import { startServer, type PageServer } from '../../../src/host/serve/server.ts';
import { openPage } from '../host/page.ts';
import { describeRpc } from './rpcBehaviour.ts';

describeRpc('RPC over a MessagePort', () => {
  const { port1, port2 } = new MessageChannel();
  const ends = { core: messagePort(port1), page: messagePort(port2) };
  onTestFinished(() => {
    ends.core.close();
  });
  return Promise.resolve(ends);
});

describeRpc('RPC over JSON lines', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-lines-'));
  const listener = createServer();
  const toCore = new Promise<Socket>((resolve) => listener.once('connection', resolve));
  listener.listen(join(directory, 'socket'));
  await once(listener, 'listening');
  const pageSocket = createConnection(join(directory, 'socket'));
  const coreSocket = await toCore;
  onTestFinished(async () => {
    coreSocket.destroy();
    pageSocket.destroy();
    listener.close();
    await rm(directory, { recursive: true, force: true });
  });
  const page = linePort(pageSocket, pageSocket);
  page.onClose(() => pageSocket.end());
  return { core: linePort(coreSocket, coreSocket), page };
});

describeRpc('RPC inside one process', () => {
  const [core, page] = portPair();
  return Promise.resolve({ core, page });
});

let uiDirectory = '';
let server: PageServer;
const attached: ((port: Port) => void)[] = [];
beforeAll(async () => {
  uiDirectory = await mkdtemp(join(tmpdir(), 'sotto-ui-'));
  await writeFile(join(uiDirectory, 'index.html'), '<!doctype html>');
  server = await startServer({ uiDirectory, attach: (port) => attached.shift()?.(port) });
});
afterAll(async () => {
  await server.stop();
  await rm(uiDirectory, { recursive: true });
});

describeRpc('RPC over a WebSocket of the server', async () => {
  const core = new Promise<Port>((resolve) => attached.push(resolve));
  const page = await openPage(server, server.newToken());
  onTestFinished(() => {
    page.port.close();
  });
  return { core: await core, page: page.port };
});
