/** A SOCKS5 and an HTTP CONNECT proxy on loopback that write down what they were asked, and fail where a test wants it. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Asked {
  /** What stood in the request: a name stays a name. */
  host: string;
  port: number;
  /** 1 IPv4, 3 a name, 4 IPv6 (RFC 1928 §4); 0 with HTTP. */
  kind: number;
  username: string | null;
  password: string | null;
}

export interface TestProxy {
  port: number;
  asked: Asked[];
  /** Connections that were opened to the proxy. */
  opened: () => number;
}

interface SocksBehaviour {
  /** The method chosen: 0 none, 2 user and password, 255 none of those. By default 2 where it is offered. */
  method?: number;
  /** Reply code of RFC 1928 §6; 0 connects. */
  reply?: number;
  /** Reply of RFC 1929; 0 lets in. */
  login?: number;
  /** Where every connection really goes, on loopback. */
  target?: number;
  /** Sent in the same packet as the reply, as if the server had been quick. */
  early?: string;
  /** Says nothing after this many of its answers. */
  silentAfter?: number;
}

const readAll = (socket: Socket): ((length: number) => Promise<Uint8Array>) => {
  let kept = new Uint8Array(0);
  let wanted: { length: number; done: (bytes: Uint8Array) => void } | null = null;
  const look = (): void => {
    if (!wanted || kept.length < wanted.length) return;
    const { length, done } = wanted;
    wanted = null;
    const bytes = kept.slice(0, length);
    kept = kept.slice(length);
    done(bytes);
  };
  socket.on('data', (bytes) => {
    if (typeof bytes === 'string') return;
    const joined = new Uint8Array(kept.length + bytes.length);
    joined.set(kept);
    joined.set(bytes, kept.length);
    kept = joined;
    look();
  });
  return (length) =>
    new Promise((done) => {
      wanted = { length, done };
      look();
    });
};

async function listen(onSocket: (socket: Socket) => void): Promise<{ port: number; opened: () => number }> {
  const sockets = new Set<Socket>();
  let opened = 0;
  const server: Server = createServer((socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return { port: address === null || typeof address === 'string' ? 0 : address.port, opened: () => opened };
}

const join = (socket: Socket, port: number, ready: () => void): void => {
  const out = connect(port, '127.0.0.1', () => {
    ready();
    socket.removeAllListeners('data');
    socket.pipe(out);
    out.pipe(socket);
  });
  out.on('error', () => socket.destroy());
  socket.on('close', () => out.destroy());
};

export async function startSocks(behaviour: SocksBehaviour = {}): Promise<TestProxy> {
  const asked: Asked[] = [];
  const serve = async (socket: Socket): Promise<void> => {
    const read = readAll(socket);
    let answers = 0;
    const write = (bytes: Uint8Array): void => {
      answers += 1;
      if (answers <= (behaviour.silentAfter ?? Infinity)) socket.write(bytes);
    };
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const one = async (): Promise<number> => (await read(1))[0] ?? 0;
    await read(1);
    const methods = await read(await one());
    const method = behaviour.method ?? (methods.includes(2) ? 2 : 0);
    write(Uint8Array.of(5, method));
    let username: string | null = null;
    let password: string | null = null;
    if (method === 2) {
      await read(1);
      username = text(await read(await one()));
      password = text(await read(await one()));
      write(Uint8Array.of(1, behaviour.login ?? 0));
      if (behaviour.login) return;
    }
    const kind = (await read(4))[3] ?? 0;
    const raw = await read(kind === 1 ? 4 : kind === 4 ? 16 : await one());
    const host =
      kind === 3
        ? text(raw)
        : kind === 1
          ? [...raw].join('.')
          : Array.from({ length: 8 }, (_, index) => (((raw[index * 2] ?? 0) << 8) | (raw[index * 2 + 1] ?? 0)).toString(16)).join(':');
    const [high = 0, low = 0] = await read(2);
    asked.push({ host, port: (high << 8) | low, kind, username, password });
    const reply = Uint8Array.of(5, behaviour.reply ?? 0, 0, 1, 0, 0, 0, 0, 0, 0);
    const early = new TextEncoder().encode(behaviour.early ?? '');
    const answer = new Uint8Array([...reply, ...early]);
    if (behaviour.target === undefined || behaviour.reply) write(answer);
    else
      join(socket, behaviour.target, () => {
        write(answer);
      });
  };
  const { port, opened } = await listen((socket) => void serve(socket));
  return { port, asked, opened };
}

interface HttpBehaviour {
  status?: number;
  target?: number;
  /** Sent instead of an answer. */
  raw?: string;
  early?: string;
}

export async function startHttpProxy(behaviour: HttpBehaviour = {}): Promise<TestProxy & { heads: string[] }> {
  const asked: Asked[] = [];
  const heads: string[] = [];
  const { port, opened } = await listen((socket) => {
    let head = '';
    const hear = (bytes: Uint8Array | string): void => {
      head += typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', hear);
      heads.push(head);
      const [, authority = ''] = head.split(' ');
      const login = /proxy-authorization: Basic (\S+)/i.exec(head)?.[1];
      const [username, ...rest] =
        login === undefined ? [] : new TextDecoder().decode(Uint8Array.from(atob(login), (c) => c.charCodeAt(0))).split(':');
      const colon = authority.lastIndexOf(':');
      asked.push({
        host: authority.slice(0, colon),
        port: Number(authority.slice(colon + 1)),
        kind: 0,
        username: username ?? null,
        password: username === undefined ? null : rest.join(':'),
      });
      if (behaviour.raw !== undefined) {
        socket.write(behaviour.raw);
        return;
      }
      const status = behaviour.status ?? 200;
      const answer = `HTTP/1.1 ${status} x\r\n\r\n${behaviour.early ?? ''}`;
      if (behaviour.target === undefined || status !== 200) socket.end(answer);
      else join(socket, behaviour.target, () => socket.write(answer));
    };
    socket.on('data', hear);
  });
  return { port, asked, heads, opened };
}
