/** A server that answers just enough, and says what the benchmark wants. */
import { createServer, type Socket } from 'node:net';
import { names } from './lines.ts';

export interface BenchServer {
  port: number;
  /** Connections that have finished their registration. */
  registered(): number;
  /** Channels joined over all connections. */
  joined(): number;
  /** To every connection. */
  say(lines: readonly string[]): void;
  close(): void;
}

/** `users` are in each channel beside us: in every one of a connection others, or (`areShared`) the same. */
export async function startBenchServer(users: (channel: string) => number, areShared = false): Promise<BenchServer> {
  const sockets = new Set<Socket>();
  let registered = 0;
  let joined = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const say = (...lines: string[]): void => void socket.write(lines.map((line) => `${line}\r\n`).join(''));
    let rest = '';
    let first = 0;
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, command = '', text = ''] = /^(?:@\S+ )?(\S+) ?(.*)$/.exec(line) ?? [];
        switch (command) {
          case 'CAP':
            if (text.startsWith('LS')) say(':irc.test CAP * LS :batch message-tags multi-prefix server-time userhost-in-names');
            if (text.startsWith('REQ')) say(`:irc.test CAP * ACK ${text.slice('REQ '.length)}`);
            if (text === 'END') {
              registered += 1;
              say(
                ':irc.test 001 me :Welcome',
                ':irc.test 005 me PREFIX=(ov)@+ CHANTYPES=# CHANMODES=b,k,l,imnpst NETWORK=Bench :are supported',
                ':irc.test 376 me :End',
              );
            }
            break;
          case 'PING':
            say(`:irc.test PONG irc.test ${text}`);
            break;
          case 'JOIN':
            for (const channel of text.split(' ')[0]?.replace(/^:/, '').split(',') ?? []) {
              const count = users(channel);
              say(`:me!user@host JOIN ${channel}`, ...names(channel, count, first));
              if (!areShared) first += count;
              joined += 1;
            }
        }
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    registered: () => registered,
    joined: () => joined,
    say: (lines) => {
      const text = lines.map((line) => `${line}\r\n`).join('');
      for (const socket of sockets) socket.write(text);
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
