/** An IRC server in the hands of the test: it relays what it is told to relay, and says what it likes. One network, no channels' rules. */
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Relayed {
  from: string;
  to: string;
  command: string;
  text: string;
}

export interface HostileServer {
  port: number;
  /** Every PRIVMSG and NOTICE and TAGMSG that reached the server, in order. */
  heard: Relayed[];
  /** MONITOR lines, with the nick before them. */
  commands: string[];
  /** What is passed on instead of a line; [] withholds it. */
  relay: (line: Relayed) => Relayed[];
  /** A line to one user, as it stands. */
  say(nick: string, line: string): void;
  /** Who is there. */
  nicks(): string[];
  /** The user's connection is cut. */
  cut(nick: string): void;
}

interface User {
  nick: string;
  socket: Socket;
  caps: boolean;
}

export const hostOf = (nick: string): string => `${nick}!~${nick}@${nick}.host`;

export async function startHostileServer(capabilities = ''): Promise<HostileServer> {
  const users = new Set<User>();
  const sockets = new Set<Socket>();
  const find = (nick: string): User | undefined => [...users].find((user) => user.nick.toLowerCase() === nick.toLowerCase());
  const hostile: HostileServer = {
    port: 0,
    heard: [],
    commands: [],
    relay: (line) => [line],
    say: (nick, line) => {
      find(nick)?.socket.write(`${line}\r\n`);
    },
    nicks: () => [...users].map(({ nick }) => nick),
    cut: (nick) => {
      find(nick)?.socket.destroy();
    },
  };
  const take = (user: User, line: string): void => {
    const send = (text: string): void => void user.socket.write(`${text}\r\n`);
    const [command = '', ...rest] = line.replace(/^@\S+ /, '').split(' ');
    switch (command.toUpperCase()) {
      case 'CAP':
        if (rest[0] === 'LS') send(`:hostile CAP * LS :${capabilities}`);
        if (rest[0] === 'REQ') send(`:hostile CAP * ACK ${rest.slice(1).join(' ')}`);
        return;
      case 'NICK':
        user.nick = (rest[0] ?? '').replace(/^:/, '');
        return;
      case 'USER':
        users.add(user);
        send(`:hostile 001 ${user.nick} :Welcome`);
        send(`:hostile 005 ${user.nick} CASEMAPPING=ascii CHANTYPES=# NETWORK=Hostile :are supported`);
        send(`:hostile 422 ${user.nick} :No MOTD`);
        return;
      case 'PING':
        send(`:hostile PONG hostile ${rest.join(' ')}`);
        return;
      case 'JOIN': {
        const channel = (rest[0] ?? '').replace(/^:/, '');
        for (const other of users) hostile.say(other.nick, `:${hostOf(user.nick)} JOIN ${channel}`);
        send(`:hostile 353 ${user.nick} = ${channel} :${hostile.nicks().join(' ')}`);
        send(`:hostile 366 ${user.nick} ${channel} :End`);
        return;
      }
      case 'MARKREAD':
      case 'MONITOR':
        hostile.commands.push(`${user.nick} ${line}`);
        return;
      case 'PRIVMSG':
      case 'NOTICE':
      case 'TAGMSG': {
        const said: Relayed = { from: user.nick, to: rest[0] ?? '', command, text: rest.slice(1).join(' ').replace(/^:/, '') };
        hostile.heard.push(said);
        for (const { from, to, command: as, text } of hostile.relay(said)) hostile.say(to, `:${hostOf(from)} ${as} ${to} :${text}`);
      }
    }
  };
  const server = createServer((socket) => {
    const user: User = { nick: '', socket, caps: false };
    let text = '';
    sockets.add(socket);
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const lines = text.split('\r\n');
      text = lines.pop() ?? '';
      for (const line of lines) take(user, line);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      users.delete(user);
      sockets.delete(socket);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  hostile.port = address.port;
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return hostile;
}
