/** Streams of bytes to servers. Each phase has its own time limit; every failure is a NetError with a sentence. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { NetError } from './errors.ts';
import { toNetError } from './failures.ts';
import { placeOf, readHost } from './host.ts';
import { openSocket, orDestroy, type SocketOptions } from './openSocket.ts';
import { phasesOf } from './phases.ts';
import type { Stream } from './stream.ts';
import { lacksSubprotocol, openWebSocket, type WebSocketOptions } from './webSocket.ts';

export interface DialOptions extends SocketOptions {
  /** Lines as WebSocket messages (IRCv3 websocket) instead of a bare stream; null for the stream. */
  webSocket: WebSocketOptions | null;
}

/** Opens a stream, as `openSocket` does. Rejects with NetError; `aborted` when the signal fires. */
export async function dial(options: DialOptions): Promise<Stream> {
  const { webSocket, port, tls } = options;
  const where = placeOf(readHost(options.host), port);
  const open = async (): Promise<[Socket, string | null]> => {
    const socket = await openSocket(options);
    return [socket, socket instanceof TLSSocket ? socket.getProtocol() : null];
  };
  if (webSocket === null) {
    const [socket, protocol] = await open();
    return toStream(socket, protocol, where);
  }
  const upgraded = async (negotiate: boolean): Promise<Stream> => {
    const [socket, protocol] = await open();
    const upgrade = (signal: AbortSignal): Promise<Stream> =>
      openWebSocket(socket, { ...webSocket, where, tls, protocol, negotiate, signal });
    return orDestroy(socket, phasesOf(options)('upgrade', where, upgrade));
  };
  try {
    return await upgraded(true);
  } catch (error) {
    if (!lacksSubprotocol(error)) throw error;
    return upgraded(false);
  }
}

function toStream(socket: Socket, tls: string | null, where: string): Stream {
  let failure: NetError | null = null;
  socket.pause();
  socket.on('error', (error) => {
    failure = toNetError(error, where);
  });
  return {
    tls,
    onData: (handler) => {
      socket.on('data', (bytes: Uint8Array | string) => {
        if (typeof bytes !== 'string') handler(bytes);
      });
      socket.resume();
    },
    onClose: (handler) => {
      if (socket.closed)
        queueMicrotask(() => {
          handler(failure);
        });
      else
        socket.once('close', () => {
          handler(failure);
        });
    },
    send: (bytes) => {
      if (socket.writable) socket.write(bytes);
    },
    waiting: () => socket.writableLength,
    close: () => {
      socket.end();
    },
    destroy: () => {
      socket.destroy();
    },
  };
}
