/** File transfers without a server: what is said on IRC is recorded, files and sockets are real. */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import { onTestFinished } from 'vitest';
import { defaultConfig, type FileTransferConfig } from '../../../src/config/config.ts';
import type { Action, IrcEvent, Origin } from '../../../src/contract/chat.ts';
import { ServerName } from '../../../src/contract/ids.ts';
import type { ConnectionId } from '../../../src/contract/table.ts';
import type { TransferView } from '../../../src/contract/views.ts';
import { createTransfers, type TransferOptions, type Transfers } from '../../../src/core/transfers/transfers.ts';
import { testDirectory, until } from '../cores.ts';

export const net = v.parse(ServerName, 'net');
const connectionId = v.custom<ConnectionId>((value) => typeof value === 'number');

export interface TransferRig {
  transfers: Transfers;
  directory: string;
  /** Texts behind `DCC `, with the nick they went to. */
  said: [nick: string, text: string][];
  told: string[];
  settings: { -readonly [K in keyof FileTransferConfig]: FileTransferConfig[K] };
  /** Whether the server is behind a proxy, and the nicks that stand for contacts. */
  world: { isProxied: boolean; privateNicks: string[] };
  /** How often all views were told. */
  count(): number;
  offer(
    nick: string,
    name: string,
    port: number,
    size: number | null,
    more?: { address?: string | null; token?: string | null },
  ): TransferView;
  irc(event: IrcEvent): void;
  view(id: number): TransferView;
  reaches(id: number, state: TransferView['state']): Promise<TransferView>;
}

export const origin = (nick: string): Origin => ({ nick, user: 'u', host: 'h', account: null, server: false });

export async function transferRig(more: Partial<TransferOptions> = {}): Promise<TransferRig> {
  const directory = await testDirectory();
  const said: [string, string][] = [];
  const told: string[] = [];
  let count = 0;
  const settings: TransferRig['settings'] = { ...defaultConfig.fileTransfer, saveDirectory: join(directory, 'saved') };
  const world: TransferRig['world'] = { isProxied: false, privateNicks: [] };
  const transfers = createTransfers({
    stagingDirectory: join(directory, 'staged'),
    saveDirectory: () => settings.saveDirectory,
    settings: () => settings,
    servers: {
      fold: (_server, nick) => nick.toLowerCase(),
      isProxied: () => world.isProxied,
      act: (_server, action: Action) => {
        if (action.kind === 'ctcp') said.push([action.target, action.text]);
      },
    },
    isPrivate: (_server, nick) => world.privateNicks.includes(nick),
    onViews: () => {
      count += 1;
    },
    onOffer: (_server, text) => {
      told.push(text);
    },
    timings: { connect: 5_000, stall: 5_000, accept: 300, progress: 1 },
    allowLoopback: true,
    ...more,
  });
  await transfers.start();
  onTestFinished(() => transfers.stop());
  const view = (id: number): TransferView => {
    const found = transfers.views().find((candidate) => candidate.id === id);
    if (!found) throw new Error(`no transfer ${id}`);
    return found;
  };
  const irc = (event: IrcEvent): void => {
    transfers.irc(net, event);
  };
  return {
    transfers,
    directory,
    said,
    told,
    settings,
    world,
    count: () => count,
    irc,
    offer: (nick, name, port, size, { address = '127.0.0.1', token = null } = {}) => {
      irc({ kind: 'dcc', from: origin(nick), offer: { name, size, address, port, token }, time: 0 });
      const last = transfers.views().at(-1);
      if (!last) throw new Error('nothing was shown');
      return last;
    },
    view,
    reaches: (id, state) =>
      until(`transfer ${id} is ${state}`, () => {
        const found = view(id);
        if (found.state !== state && (found.state === 'failed' || found.state === 'done')) throw new Error(`${found.state}: ${found.text}`);
        return found.state === state && found;
      }),
  };
}

/** A peer that listens on loopback and does this with whoever comes. */
export async function listener(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

let pages = 0;
/** A page that hands over a file. */
export async function handOver(transfers: Transfers, bytes: Uint8Array): Promise<ConnectionId> {
  pages += 1;
  const page = v.parse(connectionId, pages);
  for (let at = 0; at === 0 || at < bytes.length; at += 100_000)
    await transfers.part(page, at, btoa(Array.from(bytes.subarray(at, at + 100_000), (byte) => String.fromCharCode(byte)).join('')));
  return page;
}
