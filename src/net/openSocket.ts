/** From a name to a socket one can talk through: looked up, connected, tunnelled and secured, each step with its time limit. */
import type { LookupAddress } from 'node:dns';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from './clientCertificate.ts';
import { NetError } from './errors.ts';
import { throughHttp } from './httpConnect.ts';
import { checkPort, placeOf, readHost, type Host } from './host.ts';
import { phasesOf, type PhaseOptions, type RunPhase } from './phases.ts';
import type { Proxy } from './proxy.ts';
import { trustedRoots } from './roots.ts';
import { secure, type TlsOptions } from './secure.ts';
import { throughSocks } from './socks.ts';
import { addressesOf, connectFirst, systemResolve, type Resolve } from './tcp.ts';

export interface SocketOptions extends PhaseOptions {
  host: string;
  port: number;
  tls: boolean;
  /** PEM text of one more root, beside the system's. */
  rootCert: string | null;
  /** Takes any certificate where nothing is pinned. The user has to say so. */
  acceptInvalidCerts: boolean;
  /** SHA-256 or SHA-512 fingerprints (see pins.ts): one of them is needed then, and is enough. */
  pins: readonly string[];
  clientCert: ClientCertificate | null;
  /** Null connects directly. */
  proxy: Proxy | null;
  /** Looks at the addresses of a name before any is connected to, and throws NetError to refuse. Not asked behind a proxy. */
  checkAddresses?: (addresses: readonly LookupAddress[]) => void;
  /** For tests: a resolver other than the system's. */
  resolve?: Resolve;
}

async function openTcp(host: Host, port: number, options: SocketOptions, phase: RunPhase): Promise<Socket> {
  const where = placeOf(host, port);
  const addresses = await phase('lookup', where, () => addressesOf(host, options.resolve ?? systemResolve));
  if (options.proxy === null) options.checkAddresses?.(addresses);
  return phase('connect', where, (signal) => connectFirst(addresses, port, signal));
}

async function openTunnel(host: Host, port: number, proxy: Proxy, options: SocketOptions, phase: RunPhase): Promise<Socket> {
  checkPort(proxy.port);
  const door = await openTcp(readHost(proxy.host), proxy.port, options, phase);
  const where = placeOf(host, port);
  const ask = (signal: AbortSignal): Promise<Socket> => {
    switch (proxy.kind) {
      case 'http':
        return throughHttp(door, { host, port, where, signal, username: proxy.username, password: proxy.password });
      case 'socks5':
        return throughSocks(door, { host, port, where, signal, username: proxy.username, password: proxy.password, isolated: false });
      case 'tor':
        return throughSocks(door, { host, port, where, signal, username: proxy.circuit, password: 'sotto', isolated: true });
    }
  };
  return orDestroy(door, phase('proxy', where, ask));
}

/** Whatever ends a step, also before it began, ends the socket it was to use. */
export async function orDestroy<T>(socket: Socket, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
}

/** True where the server ended the handshake because it has no TLS 1.3. */
const lacksTls13 = (error: unknown): boolean => {
  const cause = error instanceof NetError && error.code === 'tls' ? error.cause : null;
  return (
    cause instanceof Error &&
    'code' in cause &&
    /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|ALERT_HANDSHAKE_FAILURE/.test(String(cause.code))
  );
};

/**
 * Opens a socket; nothing is read from it yet. TLS is 1.2 or newer, with SNI and host-name check, and the certificate is
 * judged before any byte of ours is sent. A client certificate is shown over TLS 1.3 only, where it waits for that
 * verdict too; without a proxy also over TLS 1.2, after a connection without it has shown who answers there.
 * Under a proxy only the proxy's own name is looked up. Rejects with NetError; `aborted` when the signal fires.
 */
export async function openSocket(options: SocketOptions): Promise<Socket> {
  const { port, proxy, tls, clientCert } = options;
  const host = readHost(options.host);
  checkPort(port);
  if (host.onion && proxy?.kind !== 'tor')
    throw new NetError('onionNeedsTor', 'Names that end in .onion exist inside Tor only: this server needs a [proxy.tor].');
  if (clientCert && !tls) throw new NetError('badClientCert', 'A client certificate needs TLS: use_tls has to be true for this server.');
  if (clientCert && options.acceptInvalidCerts && options.pins.length === 0)
    throw new NetError(
      'badClientCert',
      'Any certificate would be accepted from this server, and your own shown to whoever answers: set certificate_fingerprints instead of dangerously_accept_invalid_certs.',
    );
  const roots = tls ? trustedRoots(options.rootCert) : [];
  const phase = phasesOf(options);
  const open = (): Promise<Socket> => (proxy ? openTunnel(host, port, proxy, options, phase) : openTcp(host, port, options, phase));
  const handshake = async (more: Pick<TlsOptions, 'clientCert' | 'minVersion'>): Promise<TLSSocket> => {
    const { pins, acceptInvalidCerts } = options;
    const socket = await open();
    const start = (signal: AbortSignal): Promise<TLSSocket> =>
      secure(socket, { host, port, roots, pins, acceptInvalidCerts, signal, ...more });
    return orDestroy(socket, phase('handshake', placeOf(host, port), start));
  };

  if (!tls) return open();
  if (!clientCert) return handshake({ clientCert: null, minVersion: 'TLSv1.2' });
  try {
    return await handshake({ clientCert, minVersion: 'TLSv1.3' });
  } catch (error) {
    if (!lacksTls13(error)) throw error;
    if (proxy)
      throw new NetError(
        'clientCertExposed',
        `${placeOf(host, port)} speaks TLS 1.2 only, where your certificate could be seen by others on the way. Behind a proxy Sotto does not show it there.`,
        { cause: error },
      );
    (await handshake({ clientCert: null, minVersion: 'TLSv1.2' })).destroy();
    return handshake({ clientCert, minVersion: 'TLSv1.2' });
  }
}
