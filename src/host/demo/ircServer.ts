/** A small IRC server for the demo and for tests, on 127.0.0.1 only. It is no server for strangers: it trusts its clients' manners. */
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createWorld, type Person } from './ircWorld.ts';

/** Longest line taken from a client, in UTF-16 units. */
const MAX_LINE = 16_384;
/** Lines of each client that are kept to be looked at. */
const MAX_KEPT_LINES = 2_000;

const DEFAULT_CAPABILITIES: readonly string[] = [
  'account-notify',
  'away-notify',
  'batch',
  'cap-notify',
  'echo-message',
  'extended-join',
  'message-tags',
  'multi-prefix',
  'sasl=PLAIN',
  'server-time',
  'userhost-in-names',
];

export interface IrcServerOptions {
  port?: number;
  /** PEM texts; without them it speaks plain TCP. */
  tls?: { cert: string; key: string };
  /** SASL accounts: name → password. */
  accounts?: Record<string, string>;
  capabilities?: readonly string[];
  /** Tokens of 005. */
  isupport?: readonly string[];
  motd?: readonly string[];
  /** Called for each new client before anything else. */
  onConnect?: (client: IrcClient) => void;
  /** Sees each line first; true: the server does nothing more with it. */
  onLine?: (client: IrcClient, line: string) => boolean;
}

export interface IrcClient {
  nick(): string;
  /** Lines received so far. */
  readonly lines: readonly string[];
  /** Sends text as it is, with a line end added. */
  sendRaw(line: string): void;
  /** Sends bytes as they are. False: wait for `drained`. */
  sendBytes(bytes: Uint8Array): boolean;
  drained(): Promise<void>;
  /** True once the connection is gone. */
  closed(): boolean;
  /** Sends what is queued, then ends. */
  end(): void;
  /** Breaks the connection without a word. */
  destroy(): void;
}

export interface IrcServer {
  readonly port: number;
  clients(): readonly IrcClient[];
  client(nick: string): IrcClient | undefined;
  stop(): Promise<void>;
}

export async function startIrcServer(options: IrcServerOptions = {}): Promise<IrcServer> {
  const world = createWorld({
    accounts: new Map(Object.entries(options.accounts ?? {})),
    capabilities: options.capabilities ?? DEFAULT_CAPABILITIES,
    isupport: options.isupport ?? [
      'CASEMAPPING=rfc1459',
      'CHANTYPES=#',
      'CHANMODES=b,k,l,imnpst',
      'PREFIX=(ov)@+',
      'NETWORK=Demo',
      'NICKLEN=30',
    ],
    motd: options.motd ?? ['Welcome to the demo. Nothing here leaves this computer.'],
  });
  const clients = new Map<IrcClient, Socket>();

  const accept = (socket: Socket): void => {
    const lines: string[] = [];
    const person: Person = world.arrive({
      send: (line) => {
        if (socket.writable) socket.write(`${line}\r\n`);
      },
      end: () => {
        socket.end();
      },
    });
    const client: IrcClient = {
      nick: () => person.nick,
      lines,
      sendRaw: (line) => {
        if (socket.writable) socket.write(`${line}\r\n`);
      },
      sendBytes: (bytes) => socket.writable && socket.write(bytes),
      drained: () =>
        new Promise((done) => {
          const over = (): void => {
            socket.off('drain', over);
            socket.off('close', over);
            done();
          };
          if (socket.destroyed || !socket.writableNeedDrain) {
            done();
            return;
          }
          socket.once('drain', over);
          socket.once('close', over);
        }),
      closed: () => socket.destroyed,
      end: () => {
        socket.end();
      },
      destroy: () => {
        socket.destroy();
      },
    };
    clients.set(client, socket);
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      if (rest.length > MAX_LINE) socket.destroy();
      for (const part of parts) {
        const line = part.replace(/\r$/, '');
        lines.push(line);
        if (lines.length > MAX_KEPT_LINES) lines.shift();
        if (options.onLine?.(client, line) !== true) world.line(person, line);
      }
    });
    // A broken connection is an ordinary end here.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clients.delete(client);
      world.leave(person, 'Connection closed');
    });
    options.onConnect?.(client);
  };

  const server: Server = options.tls ? createTlsServer(options.tls, accept) : createTcpServer(accept);
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(options.port ?? 0, '127.0.0.1', done);
  });
  return {
    port: portOf(server.address()),
    clients: () => [...clients.keys()],
    client: (nick) => [...clients.keys()].find((client) => client.nick() === nick),
    stop: () =>
      new Promise((done) => {
        for (const socket of clients.values()) socket.destroy();
        server.close(() => {
          done();
        });
      }),
  };
}

const portOf = (address: AddressInfo | string | null): number => (address !== null && typeof address !== 'string' ? address.port : 0);
