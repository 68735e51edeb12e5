import type { RawData, WebSocket } from 'ws';
import type { Port } from '../../contract/port.ts';

/** A silent page is looked after this often; one that has not answered the last ping is dropped. */
const PING_MS = 20_000;
/** Events collapse long before (MAX_WAITING_BYTES); answers do not, so a page that never reads is dropped here. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
/** Time a page has to answer a close before the socket is destroyed. */
const CLOSE_MS = 2_000;

/**
 * A page's WebSocket as a Port: one JSON value a text message. Reading is paused until `onMessage` is set. Bytes, and text that is not
 * JSON, end the connection (RFC 6455 section 7.4.1: 1003, 1007). The size of a message is bounded by the server's `maxPayload`.
 */
export function webSocketPort(socket: WebSocket): Port {
  let receive: (value: unknown) => void = () => undefined;
  let closed: (() => void)[] = [];
  let answered = true;

  const close = (code: number): void => {
    if (socket.readyState >= socket.CLOSING) return;
    socket.resume();
    socket.close(code);
    setTimeout(() => {
      socket.terminate();
    }, CLOSE_MS).unref();
  };
  const ping = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, PING_MS).unref();

  socket.pause();
  socket.on('pong', () => {
    answered = true;
  });
  // 'close' follows every error of a socket, and it is what ends the connection.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearInterval(ping);
    for (const handler of closed) handler();
    closed = [];
  });
  socket.on('message', (data, binary) => {
    answered = true;
    if (binary) {
      close(1003);
      return;
    }
    const value = parse(textOf(data));
    if (value === undefined) close(1007);
    else receive(value);
  });

  return {
    send: (value) => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate();
      else socket.send(JSON.stringify(value));
    },
    onMessage: (handler) => {
      receive = handler;
      socket.resume();
    },
    onClose: (handler) => {
      if (socket.readyState === socket.CLOSED) handler();
      else closed.push(handler);
    },
    close: () => {
      close(1000);
    },
    waiting: () => socket.bufferedAmount,
  };
}

/** Messages come in one piece of bytes, which `binaryType` "nodebuffer" promises; anything else reads as no JSON. */
const textOf = (data: RawData): string => (ArrayBuffer.isView(data) ? new TextDecoder().decode(data) : '');

/** `undefined` is no JSON value, so it can stand for text that is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
