/** Servers on loopback that take what comes, for tests about links. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface Listener {
  port: number;
  /** Text that arrived, decrypted where there is TLS. */
  received: () => string;
  /** Connections so far, whatever became of them. */
  connections: () => number;
  /** Resolves once all connections so far are over. */
  quiet: () => Promise<void>;
  /** Common names of client certificates of finished handshakes; null where none was shown. */
  handshakes: (string | null)[];
  server: Server;
}

export async function listenOn(
  tls: TlsOptions | null,
  greet: (socket: Socket | TLSSocket) => void = () => undefined,
  host = '127.0.0.1',
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const handshakes: (string | null)[] = [];
  let received = '';
  let connections = 0;
  const take = (socket: Socket): void => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => (received += bytes.toString()));
    greet(socket);
  };
  const server = tls
    ? createTlsServer(tls, (socket) => {
        handshakes.push(/^CN=(.*)$/m.exec(socket.getPeerX509Certificate()?.subject ?? '')?.[1] ?? null);
        take(socket);
      })
    : createServer(take);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, host, done);
  });
  const address = server.address();
  return {
    port: address === null || typeof address === 'string' ? 0 : address.port,
    received: () => received,
    connections: () => connections,
    quiet: () =>
      new Promise((done, fail) => {
        const look = (): void => {
          server.getConnections((error, open) => {
            if (error) fail(error);
            else if (open === 0) done();
            else setImmediate(look);
          });
        };
        look();
      }),
    handshakes,
    server,
  };
}
