/** Lines as messages of a WebSocket (RFC 6455; IRCv3 websocket: text.ircv3.net and binary.ircv3.net), over an open socket. */
import type { Socket } from 'node:net';
import { WebSocket, type RawData } from 'ws';
import { NetError } from './errors.ts';
import type { Stream } from './stream.ts';

/** One line with tags is 8,703 bytes at most; the reader of lines is stricter than this. */
export const MAX_MESSAGE_BYTES = 16 * 1024;
/** Bytes that are not UTF-8 may come in binary messages only, so these are preferred. */
const SUBPROTOCOLS = ['binary.ircv3.net', 'text.ircv3.net'];
const LF = new Uint8Array([10]);
const decoder = new TextDecoder();

export interface WebSocketOptions {
  /** Begins with a slash. */
  path: string;
  /** Between pings; a server that has not answered the last one is gone. */
  pingSeconds: number;
}

interface Opening extends WebSocketOptions {
  where: string;
  tls: boolean;
  /** The TLS version of `socket`. */
  protocol: string | null;
  /** Asks for the subprotocols of IRC. */
  negotiate: boolean;
  signal: AbortSignal;
}

/** True where the server knows nothing of subprotocols, as older ones do: it may still take lines where none is asked for. */
export const lacksSubprotocol = (error: unknown): boolean =>
  error instanceof NetError && error.cause instanceof Error && error.cause.message === 'Server sent no subprotocol';

const toBytes = (data: RawData): Uint8Array[] => {
  if (Array.isArray(data)) return data;
  return [data instanceof ArrayBuffer ? new Uint8Array(data) : data];
};

function explain(error: unknown, where: string): NetError {
  const message = error instanceof Error ? error.message : '';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const status = /^Unexpected server response: (\d+)/.exec(message)?.[1];
  if (status !== undefined)
    return new NetError('webSocket', `${where} opens no WebSocket at this path (HTTP ${status}). Is websocket_path right?`, {
      cause: error,
    });
  if (/subprotocol/i.test(message)) return new NetError('webSocket', `${where} opens a WebSocket, but not for IRC.`, { cause: error });
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
    return new NetError('webSocket', `The server sent a message of more than ${MAX_MESSAGE_BYTES} bytes; Sotto closed the connection.`, {
      cause: error,
    });
  if (code.startsWith('WS_ERR_'))
    return new NetError('webSocket', `${where} broke the rules of WebSocket (${code}); Sotto closed the connection.`, { cause: error });
  if (code === 'ECONNRESET' || /socket hang up/.test(message))
    return new NetError('closed', `${where} broke the connection.`, { cause: error });
  return new NetError('webSocket', `${where} does not speak WebSocket on this port.`, { cause: error });
}

/** Resolves once the server has agreed, where asked, to one of the two subprotocols. Without one, lines go out as text. Rejects with NetError; `socket` is destroyed then. */
export function openWebSocket(socket: Socket, options: Opening): Promise<Stream> {
  const { where, tls, path, protocol, pingSeconds, negotiate, signal } = options;
  return new Promise((done, fail) => {
    const scheme = tls ? 's' : '';
    const link = new WebSocket(`ws${scheme}://${where}${path}`, negotiate ? SUBPROTOCOLS : [], {
      createConnection: () => socket,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      followRedirects: false,
      // Some servers want one; the same one as the server's is what every rule about it allows.
      origin: `http${scheme}://${where}`,
      finishRequest: (request) => {
        // A tunnel leaves the socket paused.
        request.once('socket', (used) => used.resume());
        request.end();
      },
    });
    const abort = (): void => {
      link.on('error', () => undefined);
      link.terminate();
      socket.destroy();
      fail(new NetError('aborted', 'Connecting was cancelled.'));
    };
    const refused = (error: unknown): void => {
      signal.removeEventListener('abort', abort);
      link.on('error', () => undefined);
      socket.destroy();
      fail(explain(error, where));
    };
    signal.addEventListener('abort', abort, { once: true });
    link.once('error', refused);
    link.once('open', () => {
      signal.removeEventListener('abort', abort);
      link.off('error', refused);
      done(toStream(link, { where, tls: protocol, pingSeconds }));
    });
    if (signal.aborted) abort();
  });
}

function toStream(link: WebSocket, { where, tls, pingSeconds }: { where: string; tls: string | null; pingSeconds: number }): Stream {
  let failure: NetError | null = null;
  let answered = true;
  link.pause();
  const asText = link.protocol !== 'binary.ircv3.net';

  const ping = setInterval(() => {
    if (!answered) {
      failure ??= new NetError('timeout', `${where} has not answered for ${pingSeconds} seconds.`);
      link.terminate();
      return;
    }
    answered = false;
    link.ping();
  }, pingSeconds * 1_000);
  const heard = (): void => {
    answered = true;
  };
  link.on('pong', heard);
  link.on('error', (error) => {
    failure ??= explain(error, where);
  });
  link.once('close', () => {
    clearInterval(ping);
  });

  return {
    tls,
    onData: (take) => {
      link.on('message', (data) => {
        heard();
        for (const piece of [...toBytes(data), LF]) take(piece);
      });
      link.resume();
    },
    onClose: (take) => {
      if (link.readyState === WebSocket.CLOSED)
        queueMicrotask(() => {
          take(failure);
        });
      else
        link.once('close', () => {
          take(failure);
        });
    },
    send: (bytes) => {
      if (link.readyState !== WebSocket.OPEN) return;
      // One message a line, without its end.
      for (const line of decoder.decode(bytes).split('\r\n')) if (line !== '') link.send(line, { binary: !asText });
    },
    waiting: () => link.bufferedAmount,
    close: () => {
      link.close(1000);
    },
    destroy: () => {
      link.terminate();
    },
  };
}
