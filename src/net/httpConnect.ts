/** HTTP CONNECT (RFC 9110 §9.3.6) over an open connection to the proxy. */
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { NetError } from './errors.ts';
import { placeOf, type Host } from './host.ts';

/** Of the proxy's answer, before it counts as nonsense. */
export const MAX_RESPONSE_HEAD_BYTES = 16 * 1024;

export interface HttpConnectOptions {
  host: Host;
  port: number;
  username: string | null;
  password: string | null;
  where: string;
  signal: AbortSignal;
}

/** RFC 7617, as UTF-8. */
const basic = (username: string, password: string): string =>
  `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${password}`)))}`;

function refusal(status: number, where: string): NetError {
  switch (status) {
    case 401:
    case 407:
      return new NetError('proxyAuth', 'The proxy wants a user name and password, or refused the ones it got.');
    case 403:
    case 405:
      return new NetError('proxyRefused', `The rules of the proxy forbid connecting to ${where}.`);
    case 404:
    case 502:
    case 503:
      return new NetError('unreachable', `The proxy does not find ${where}, or has no way to it.`);
    case 408:
    case 504:
      return new NetError('timeout', `${where} did not answer the proxy in time.`);
    default:
      return new NetError('proxyFailed', `The proxy did not connect to ${where} (HTTP ${status}).`);
  }
}

/** Asks the proxy at the other end of `socket` for a connection. Resolves with the same socket, paused, nothing lost. Rejects with NetError. */
export function throughHttp(socket: Socket, options: HttpConnectOptions): Promise<Socket> {
  const { host, port, username, password, where, signal } = options;
  const authority = placeOf(host, port);
  return new Promise((done, fail) => {
    const abort = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    const asking = request({
      createConnection: () => socket,
      method: 'CONNECT',
      path: authority,
      maxHeaderSize: MAX_RESPONSE_HEAD_BYTES,
      headers: {
        host: authority,
        ...(username === null ? {} : { 'proxy-authorization': basic(username, password ?? '') }),
      },
    });
    asking.once('connect', (response, opened, head) => {
      signal.removeEventListener('abort', abort);
      socket.on('error', () => undefined);
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) {
        socket.destroy();
        fail(refusal(status, where));
        return;
      }
      opened.pause();
      if (head.length > 0) opened.unshift(head);
      done(socket);
    });
    asking.once('error', (error) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      fail(
        'code' in error && error.code === 'ECONNRESET'
          ? new NetError('proxyFailed', 'The proxy closed the connection.', { cause: error })
          : new NetError('proxyFailed', 'What answers at the address of the proxy does not speak HTTP as a proxy does.', { cause: error }),
      );
    });
    asking.end();
  });
}
