/** A person of the demo's channel who has no Sotto: the least of an IRC client. It speaks only to the demo's own server. */
import { createConnection } from 'node:net';

export interface Talker {
  /** Resolves once the channel was joined. */
  joined: Promise<void>;
  say(text: string): void;
  leave(): void;
}

/** Lines of the demo's server are short; more than this without an end is not from it. */
const MAX_REST = 16_384;

export function startTalker(port: number, nick: string, channel: string): Talker {
  const socket = createConnection(port, '127.0.0.1');
  const joined = Promise.withResolvers<undefined>();
  joined.promise.catch(() => undefined);
  const send = (line: string): void => {
    socket.write(`${line}\r\n`);
  };
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('connect', () => {
    send(`NICK ${nick}`);
    send(`USER ${nick} 0 * :${nick}`);
  });
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\r\n');
    rest = (lines.pop() ?? '').slice(-MAX_REST);
    for (const line of lines) {
      const [first = '', second = ''] = line.split(' ');
      if (first === 'PING') send(`PONG ${second}`);
      else if (second === '001') send(`JOIN ${channel}`);
      else if (second === '366') joined.resolve(undefined);
    }
  });
  socket.on('error', (error) => {
    joined.reject(error);
  });
  socket.on('close', () => {
    joined.reject(new Error(`${nick} left before joining`));
  });
  return {
    joined: joined.promise,
    say: (text) => {
      send(`PRIVMSG ${channel} :${text}`);
    },
    leave: () => {
      socket.destroy();
    },
  };
}
