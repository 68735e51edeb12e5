/** SOCKS5 (RFC 1928, 1929) over an open connection to the proxy. The name goes to the proxy as it is, never to a resolver. */
import type { Socket } from 'node:net';
import { SocksClient } from 'socks';
import { NetError } from './errors.ts';
import type { Host } from './host.ts';

/** RFC 1929 §2: one octet for the length of each. */
export const MAX_CREDENTIAL_BYTES = 255;
const NO_AUTHENTICATION = 0;

export interface SocksOptions {
  host: Host;
  port: number;
  username: string | null;
  password: string | null;
  /** The user name keeps circuits apart: a proxy that does not take it must not be used. */
  isolated: boolean;
  where: string;
  signal: AbortSignal;
}

interface Refusal {
  code: 'refused' | 'unreachable' | 'timeout' | 'proxyRefused' | 'proxyFailed';
  text: (where: string) => string;
}

/** RFC 1928 §6, by the names that the package gives the reply codes. */
const refusals: Record<string, Refusal> = {
  Failure: { code: 'proxyFailed', text: (where) => `The proxy failed to reach ${where}.` },
  NotAllowed: { code: 'proxyRefused', text: (where) => `The rules of the proxy forbid connecting to ${where}.` },
  NetworkUnreachable: { code: 'unreachable', text: (where) => `The proxy has no way to the network of ${where}.` },
  HostUnreachable: { code: 'unreachable', text: (where) => `The proxy does not find ${where}, or has no way to it.` },
  ConnectionRefused: { code: 'refused', text: (where) => `${where} refused the connection of the proxy.` },
  TTLExpired: { code: 'timeout', text: (where) => `${where} did not answer the proxy in time.` },
  CommandNotSupported: { code: 'proxyFailed', text: () => 'The proxy does not do what Sotto needs of it (CONNECT).' },
  AddressNotSupported: { code: 'proxyFailed', text: (where) => `The proxy does not know addresses such as ${where}.` },
};

function toRefusal(error: unknown, where: string): NetError {
  const message = error instanceof Error ? error.message : '';
  // The package's own error holds the password.
  const cause = new Error(message);
  const reply = /rejected connection - (\w+)$/.exec(message);
  if (reply) {
    const known = refusals[reply[1] ?? ''];
    if (known) return new NetError(known.code, known.text(where), { cause });
    return new NetError('proxyFailed', `The proxy refused to connect to ${where}, for a reason of its own.`, { cause });
  }
  if (/Authentication failed/.test(message)) return new NetError('proxyAuth', 'The proxy refused the user name or password.', { cause });
  if (/no accepted authentication/i.test(message))
    return new NetError('proxyAuth', 'The proxy wants a user name and password, or takes no log-in as Sotto does it.', { cause });
  if (/Socket closed/i.test(message)) return new NetError('proxyFailed', 'The proxy closed the connection.', { cause });
  return new NetError('proxyFailed', 'What answers at the address of the proxy does not speak SOCKS5.', { cause });
}

/** Asks the proxy at the other end of `socket` for a connection. Resolves with the same socket, paused, nothing lost. Rejects with NetError. */
export async function throughSocks(socket: Socket, options: SocksOptions): Promise<Socket> {
  const { host, port, username, password, isolated, where, signal } = options;
  const encoder = new TextEncoder();
  for (const text of [username, password])
    if (text !== null && encoder.encode(text).length > MAX_CREDENTIAL_BYTES)
      throw new NetError('proxyAuth', `The user name and the password of the proxy can have ${MAX_CREDENTIAL_BYTES} bytes each.`);
  const abort = (): void => {
    socket.destroy();
  };
  signal.addEventListener('abort', abort, { once: true });
  // The socket must never be without a handler: an error after the exchange is told by `close`.
  socket.on('error', () => undefined);
  let method: number | undefined;
  const early: Uint8Array[] = [];
  try {
    const negotiation = SocksClient.createConnection({
      command: 'connect',
      existing_socket: socket,
      // Required by the package, of no use with an open socket.
      proxy: { host: 'proxy', port: 1, type: 5, ...(username === null ? {} : { userId: username, password: password ?? '' }) },
      destination: { host: host.name, port },
      // Our own limit holds; this one only must not come first.
      timeout: 2 ** 31 - 1,
    });
    let heard = 0;
    // Before the package hears it, which would at once ask for the connection.
    socket.prependListener('data', (bytes: Uint8Array | string) => {
      if (typeof bytes === 'string') return;
      if (heard < 2 && heard + bytes.length >= 2) method ??= bytes[1 - heard];
      heard += bytes.length;
      if (isolated && method === NO_AUTHENTICATION) socket.destroy();
    });
    await negotiation;
    // The package hands on what came behind the answer in a turn of its own: it is caught there and put back.
    socket.removeAllListeners('data');
    socket.on('data', (bytes: Uint8Array | string) => {
      if (typeof bytes !== 'string') early.push(bytes);
    });
    await new Promise((done) => setImmediate(done));
    socket.pause();
    socket.removeAllListeners('data');
    for (const bytes of early.reverse()) socket.unshift(bytes);
    return socket;
  } catch (error) {
    socket.destroy();
    if (isolated && method === NO_AUTHENTICATION)
      throw new NetError(
        'proxyFailed',
        'Tor does not keep servers apart here: its SOCKS port has to take user names (no PreferSOCKSNoAuth).',
      );
    throw error instanceof NetError ? error : toRefusal(error, where);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
