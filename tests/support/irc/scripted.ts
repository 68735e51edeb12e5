/**
 * An IRC server that plays a script over a real socket, as the examples of the specifications are written:
 *
 *     C: @label=<label> CHATHISTORY LATEST #room * <limit>
 *     S: @label=<label> :irc.test BATCH +h chathistory #room
 *
 * `C:` waits for a line of the client, `S:` says one. `<name>` stands for a word (`<name...>` for the rest of the line): where it comes first it
 * takes what is there, from then on it has to be the same. The colon before a last parameter that needs none is left out. Lines of the client
 * that the script does not wait for are kept in `heard`. PING is answered.
 */
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

const PATIENCE_MS = 15_000;

export interface Greeting {
  /** What CAP LS names. */
  caps?: string;
  /** Tokens of 005. */
  isupport?: string;
  /** Refuses these capabilities. */
  refuse?: readonly string[];
  /** Lines after 005, before the end of the MOTD. */
  before?: readonly string[];
}

export interface Scripted {
  readonly port: number;
  /** Every line of the client since it connected, in order. */
  readonly heard: string[];
  /** What `<name>`s were. */
  readonly words: Map<string, string>;
  /** Waits for a connection, then answers CAP and registers the client as the nick it wants. */
  greet(greeting?: Greeting): Promise<void>;
  /** Plays a script; resolves when its last line is done. */
  play(script: string): Promise<void>;
  say(...lines: string[]): void;
  /** Waits for a line of the client that has not been waited for. */
  hear(wanted: RegExp): Promise<string>;
  /** Cuts the connection; `greet` waits for the next one. */
  cut(): void;
}

export async function startScripted(): Promise<Scripted> {
  const sockets = new Set<Socket>();
  const heard: string[] = [];
  const words = new Map<string, string>();
  let socket: Socket | null = null;
  let next = 0;
  let wake: () => void = () => undefined;

  const server = createServer((made) => {
    sockets.add(made);
    socket = made;
    heard.length = 0;
    next = 0;
    let text = '';
    made.setEncoding('utf8');
    made.on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\r\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const ping = /^PING (.*)$/.exec(line);
        if (ping) made.write(`:irc.test PONG irc.test ${ping[1] ?? ''}\r\n`);
        else heard.push(line);
      }
      wake();
    });
    made.on('error', () => undefined);
    made.on('close', () => sockets.delete(made));
    wake();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  onTestFinished(() => {
    for (const open of sockets) open.destroy();
    server.close();
  });

  const until = async <T>(what: string, check: () => T | null): Promise<T> => {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = check();
      if (found !== null) return found;
      if (Date.now() > end) throw new Error(`the client never said ${what}; it said:\n${heard.slice(-20).join('\n')}`);
      const woken = Promise.withResolvers<undefined>();
      wake = () => {
        woken.resolve(undefined);
      };
      await Promise.race([woken.promise, delay(250)]);
    }
  };
  /** Without the colon that the last parameter does not need. */
  const bare = (line: string): string => line.replace(/ :([^: ][^ ]*)$/, ' $1');
  const hear = (wanted: RegExp, form: (line: string) => string = (line) => line): Promise<string> =>
    until(String(wanted), () => {
      while (next < heard.length) {
        const line = form(heard[next] ?? '');
        next += 1;
        if (wanted.test(line)) return line;
      }
      return null;
    });
  const say = (...lines: string[]): void => {
    socket?.write(lines.map((line) => `${line}\r\n`).join(''));
  };

  const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const WORD = /<(\w+)(\.\.\.)?>/g;
  const expectLine = async (pattern: string): Promise<void> => {
    const names: string[] = [];
    let source = '';
    let at = 0;
    for (const match of pattern.matchAll(WORD)) {
      const [all, name = '', rest] = match;
      const known = words.get(name);
      source += escape(pattern.slice(at, match.index));
      if (known !== undefined) source += escape(known);
      else {
        names.push(name);
        source += rest === undefined ? '([^ ;]+)' : '(.*)';
      }
      at = match.index + all.length;
    }
    const wanted = new RegExp(`^${source}${escape(pattern.slice(at))}$`);
    const values = wanted.exec(await hear(wanted, bare))?.slice(1) ?? [];
    names.forEach((name, index) => words.set(name, values[index] ?? ''));
  };
  const fill = (line: string): string => line.replace(WORD, (all, name: string) => words.get(name) ?? all);

  return {
    port: address.port,
    heard,
    words,
    say,
    hear,
    cut: () => {
      socket?.destroy();
      socket = null;
    },
    greet: async ({ caps = '', isupport = '', refuse = [], before = [] } = {}) => {
      await until('anything', () => socket);
      await hear(/^CAP LS 302$/);
      const nick = /^NICK :?(.*)$/.exec(await hear(/^NICK /))?.[1] ?? '*';
      await hear(/^USER /);
      say(`:irc.test CAP * LS :${caps}`);
      for (;;) {
        const line = await hear(/^CAP (REQ|END)/);
        if (line === 'CAP END') break;
        const asked = line.replace(/^CAP REQ :?/, '');
        const isRefused = asked.split(' ').some((name) => refuse.includes(name));
        say(`:irc.test CAP ${nick} ${isRefused ? 'NAK' : 'ACK'} :${asked}`);
      }
      say(
        `:irc.test 001 ${nick} :Welcome to the Test Network ${nick}!${nick}@host.test`,
        `:irc.test 004 ${nick} irc.test scripted-1 iw bklmnopstv`,
        `:irc.test 005 ${nick} CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ CHANMODES=b,k,l,imnpst NETWORK=Test ${isupport} :are supported by this server`,
        ...before,
        `:irc.test 422 ${nick} :No MOTD`,
      );
    },
    play: async (script) => {
      for (const row of script.split('\n')) {
        const step = /^\s*([CS]): (.*)$/.exec(row);
        if (!step) {
          if (row.trim() !== '' && !row.trim().startsWith('--')) throw new Error(`neither C: nor S: ${row}`);
          continue;
        }
        const [, side, text = ''] = step;
        if (side === 'C') await expectLine(text);
        else say(fill(text));
      }
    },
  };
}
