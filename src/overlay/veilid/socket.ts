import { createConnection, type Socket } from 'node:net';
import { OverlayError } from '../overlay.ts';
import { abortable } from '../wait.ts';
import { MAX_UNSENT_BYTES, createLineReader, type OpenChannel } from './channel.ts';

export interface ServerSource {
  kind: 'server';
  /** `/path/of/the/socket`, `unix:/path`, `host:port` or `[v6]:port`. Anybody who can open it controls that node. */
  address: string;
  /** Where our own notes about this server's routes are kept (0700). */
  configDirectory?: string;
}

/** What `[veilid] server` names; null when it cannot be read. */
export function parseServerAddress(address: string): { path: string } | { host: string; port: number } | null {
  const path = address.startsWith('unix:') ? address.slice('unix:'.length) : address;
  if (path.startsWith('/')) return { path };
  const found = /^(?:tcp:(?:\/\/)?)?(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(address);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : null;
}

/** Connects to a running veilid-server. Closing only hangs up: the server belongs to somebody else and goes on. */
export function socketChannel(source: ServerSource): OpenChannel {
  return async (handlers, signal) => {
    const target = parseServerAddress(source.address);
    if (target === null) throw new OverlayError('missing', `"${source.address}" names no veilid-server: give a socket path or host:port.`);
    const socket = await abortable<Socket>(signal, (resolve, reject) => {
      const connecting = createConnection(target);
      connecting.once('connect', () => {
        resolve(connecting);
      });
      connecting.once('error', (cause) => {
        reject(new OverlayError('tryAgain', `The veilid-server at ${source.address} cannot be reached.`, { cause }));
      });
      return () => {
        if (connecting.connecting) connecting.destroy();
      };
    });
    let closed = false;
    const gone = new Promise<void>((resolve) => {
      socket.once('close', () => {
        closed = true;
        resolve();
        handlers.onClose('The veilid-server closed the connection.');
      });
    });
    // 'close' follows and says enough
    socket.on('error', () => undefined);
    socket.setEncoding('utf8');
    socket.on(
      'data',
      createLineReader((line) => {
        handlers.onLine(line);
      }),
    );
    return {
      send(line) {
        if (closed || socket.writableLength > MAX_UNSENT_BYTES) return false;
        socket.write(`${line}\n`);
        return true;
      },
      async close() {
        socket.destroy();
        if (!closed) await gone;
      },
    };
  };
}
