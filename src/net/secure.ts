/** TLS over an open connection: 1.2 or newer, and nothing of ours sent before the certificate has been judged. */
import { constants, type X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { ClientCertificate } from './clientCertificate.ts';
import { NetError } from './errors.ts';
import { certificateError, toNetError } from './failures.ts';
import { placeOf, type Host } from './host.ts';
import { matchesPin, sha256Of } from './pins.ts';

export interface TlsOptions {
  /** The name that the certificate has to be for. */
  host: Host;
  port: number;
  /** PEM of the trusted roots. */
  roots: readonly string[];
  /** SHA-256 or SHA-512 fingerprints (see pins.ts). One of them is needed then, and is enough, whatever else the certificate says. */
  pins: readonly string[];
  /** Takes any certificate where nothing is pinned. */
  acceptInvalidCerts: boolean;
  clientCert: ClientCertificate | null;
  minVersion: 'TLSv1.2' | 'TLSv1.3';
  signal: AbortSignal;
}

/** Why the server is not who it should be; null when it is. `secure` has just finished its handshake. */
function verdict(secure: TLSSocket, options: TlsOptions): NetError | null {
  const where = placeOf(options.host, options.port);
  const certificate: X509Certificate | undefined = secure.getPeerX509Certificate();
  if (!certificate) return new NetError('tls', `${where} showed no certificate.`);
  if (options.pins.length > 0) {
    if (matchesPin(certificate, options.pins)) return null;
    return new NetError(
      'pinMismatch',
      `${where} showed another certificate than the one pinned for it, or somebody is in between. Nothing was sent to it. The one it showed has the SHA-256 fingerprint ${sha256Of(certificate)}.`,
    );
  }
  if (options.acceptInvalidCerts || secure.authorized) return null;
  const reason: unknown = secure.authorizationError;
  return certificateError(reason, where, sha256Of(certificate));
}

/**
 * Resolves with the secured socket once the server has proved itself by the roots and its name, or by a pin. The verdict
 * falls in the same turn as the end of the handshake: with TLS 1.3 our own certificate is still in memory then, and
 * never leaves when the verdict is no. Rejects with NetError; `socket` is destroyed then.
 */
export function secure(socket: Socket, options: TlsOptions): Promise<TLSSocket> {
  const { host, port, roots, clientCert, minVersion, signal } = options;
  const where = placeOf(host, port);
  return new Promise((done, fail) => {
    const link = connect({
      socket,
      // RFC 6066 §3 allows no addresses; an onion name is nobody's business behind the onion service.
      ...(host.family === 0 && !host.onion ? { servername: host.name } : {}),
      minVersion,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      ca: [...roots],
      ...(clientCert === null ? {} : { cert: clientCert.cert, key: clientCert.key }),
      // Judged by `verdict`, which knows pins and keeps the certificate for the sentence.
      rejectUnauthorized: false,
      checkServerIdentity: (_name, certificate) => checkServerIdentity(host.name, certificate),
    });
    const end = (error: NetError): void => {
      signal.removeEventListener('abort', abort);
      link.on('error', () => undefined);
      link.destroy();
      socket.destroy();
      fail(error);
    };
    const abort = (): void => {
      end(new NetError('aborted', 'Connecting was cancelled.'));
    };
    const failed = (error: unknown): void => {
      end(toNetError(error, where));
    };
    const closed = (): void => {
      end(new NetError('closed', `${where} broke the connection.`));
    };
    signal.addEventListener('abort', abort, { once: true });
    link.once('error', failed);
    link.once('close', closed);
    link.once('secureConnect', () => {
      link.off('error', failed);
      link.off('close', closed);
      const problem = verdict(link, options);
      if (problem) {
        end(problem);
        return;
      }
      signal.removeEventListener('abort', abort);
      done(link);
    });
    if (signal.aborted) abort();
  });
}
