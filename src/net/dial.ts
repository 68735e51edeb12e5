/** TCP and TLS streams. Each phase has its own time limit; every failure is a NetError with a sentence. */
import { lookup, type LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { NetError } from './errors.ts';
import { toNetError } from './failures.ts';
import { trustedRoots } from './roots.ts';
import type { Stream } from './stream.ts';

const LOOKUP_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 20_000;
const HANDSHAKE_TIMEOUT_MS = 20_000;
const MAX_HOST_LENGTH = 255;

type DialPhase = 'lookup' | 'connect' | 'handshake';

export interface DialOptions {
  host: string;
  port: number;
  tls: boolean;
  /** PEM text of one more root, beside the system's. */
  rootCert: string | null;
  /** Takes any certificate. The user has to say so. */
  acceptInvalidCerts: boolean;
  signal: AbortSignal;
  onPhase?: (phase: DialPhase) => void;
  /** Milliseconds a phase may take, where other than the default. */
  limits?: Partial<Record<DialPhase, number>>;
}

const defaults: Record<DialPhase, number> = { lookup: LOOKUP_TIMEOUT_MS, connect: CONNECT_TIMEOUT_MS, handshake: HANDSHAKE_TIMEOUT_MS };
const late: Record<DialPhase, (where: string) => string> = {
  lookup: (where) => `Looking up the name of ${where} took too long.`,
  connect: (where) => `${where} did not answer in time.`,
  handshake: (where) => `${where} did not finish the TLS handshake in time.`,
};

/**
 * Opens a stream. TLS is 1.2 or newer, with SNI and host-name check; certificates are checked before any byte of ours is sent.
 * Rejects with NetError; `aborted` when the signal fires.
 */
export async function dial(options: DialOptions): Promise<Stream> {
  const { host, port, signal } = options;
  if (host === '' || host.length > MAX_HOST_LENGTH || /[^\x21-\x7e]/.test(host))
    throw new NetError('badAddress', 'The server name is empty or holds characters that names cannot have.');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new NetError('badAddress', 'The port has to be between 1 and 65535.');
  const where = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

  const phase = async <T>(name: DialPhase, work: Promise<T>): Promise<T> => {
    options.onPhase?.(name);
    const timer = Promise.withResolvers<never>();
    const id = setTimeout(() => {
      timer.reject(new NetError('timeout', late[name](where)));
    }, options.limits?.[name] ?? defaults[name]);
    const abort = (): void => {
      timer.reject(new NetError('aborted', 'Connecting was cancelled.'));
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await Promise.race([work, timer.promise]);
    } catch (error) {
      throw toNetError(error, where);
    } finally {
      clearTimeout(id);
      signal.removeEventListener('abort', abort);
    }
  };

  const roots = options.tls ? trustedRoots(options.rootCert) : [];
  const addresses = await phase('lookup', resolve(host));
  const tcp = connectTcp({ host, port, lookup: answer(addresses), autoSelectFamily: true, noDelay: true, keepAlive: true });
  let open: Socket = tcp;
  try {
    await phase('connect', once(tcp, 'connect'));
    if (!options.tls) return toStream(tcp, null, where);
    const secure: TLSSocket = connectTls({
      socket: tcp,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      minVersion: 'TLSv1.2',
      ca: roots,
      rejectUnauthorized: !options.acceptInvalidCerts,
      checkServerIdentity: (_name, certificate) => (options.acceptInvalidCerts ? undefined : checkServerIdentity(host, certificate)),
    });
    open = secure;
    await phase('handshake', once(secure, 'secureConnect'));
    return toStream(secure, secure.getProtocol(), where);
  } catch (error) {
    open.on('error', () => undefined);
    open.destroy();
    tcp.destroy();
    throw error;
  }
}

const resolve = (host: string): Promise<LookupAddress[]> =>
  new Promise((done, fail) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error) fail(error);
      else done(addresses);
    });
  });

/** Gives the socket the addresses already found, in the form it asks for. */
const answer =
  (addresses: LookupAddress[]): LookupFunction =>
  (_host, options, callback) => {
    const first = addresses[0];
    if (options.all === true) callback(null, addresses);
    else if (first) callback(null, first.address, first.family);
    else callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '');
  };

const once = (socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> =>
  new Promise((done, fail) => {
    const closed = (): void => {
      fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    };
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once(event, () => {
      socket.off('error', fail);
      socket.off('close', closed);
      done();
    });
  });

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
