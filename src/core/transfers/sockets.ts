/** TCP for files: one connection out, or one taken on a port of the configured range. */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { ContractError } from '../../contract/errors.ts';

/** Connects, or throws ContractError `unavailable` with a sentence; an abort rejects with its reason. */
export async function connectTo(address: string, port: number, timeout: number, signal: AbortSignal): Promise<Socket> {
  const socket = createConnection({ host: address, port, signal });
  const connected = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    connected.reject(new ContractError('unavailable', 'They could not be reached in time.'));
  }, timeout);
  socket.once('connect', () => {
    connected.resolve(undefined);
  });
  socket.once('error', (cause) => {
    connected.reject(signal.aborted ? signal.reason : new ContractError('unavailable', 'They could not be reached.', { cause }));
  });
  try {
    await connected.promise;
    // From here on whoever reads hears of errors; in between none may go unheard.
    socket.on('error', () => undefined);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

export interface Listener {
  port: number;
  /** The first connection; whoever comes later is closed. Rejects after `timeout` or on abort. */
  accept(timeout: number, signal: AbortSignal): Promise<Socket>;
  close(): void;
}

const listen = (server: Server, host: string, port: number): Promise<boolean> =>
  new Promise((done) => {
    server.once('error', () => {
      done(false);
    });
    server.listen({ host, port, exclusive: true, backlog: 1 }, () => {
      done(true);
    });
  });

/** Listens on the first free port of the range (0 takes any). Throws ContractError `unavailable`. */
export async function listenIn(host: string, first: number, last: number): Promise<Listener> {
  for (let port = first; port <= last; port += 1) {
    const taken = Promise.withResolvers<Socket>();
    let isTaken = false;
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => undefined);
      if (isTaken) {
        socket.destroy();
        return;
      }
      isTaken = true;
      taken.resolve(socket);
      server.close();
    });
    if (!(await listen(server, host, port))) continue;
    const address = server.address();
    return {
      port: address !== null && typeof address === 'object' ? address.port : port,
      accept: async (timeout, signal) => {
        const timer = setTimeout(() => {
          taken.reject(new ContractError('unavailable', 'Nobody came for the file in time.'));
        }, timeout);
        const abort = (): void => {
          taken.reject(signal.reason);
        };
        signal.addEventListener('abort', abort, { once: true });
        if (signal.aborted) abort();
        try {
          return await taken.promise;
        } finally {
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          server.close();
        }
      },
      close: () => {
        server.close();
      },
    };
  }
  throw new ContractError('unavailable', 'No port of the range under `[file_transfer.server]` is free.');
}
