/**
 * One running instance a profile. The first start listens on the profile's socket (0600, in a directory of ours alone); a second one
 * asks it for a page, or to show a link, and ends. The question and the answer are one line of JSON each.
 */
import { chmod, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { LinkArgument } from './arguments.ts';

/** UTF-16 units: a link, every character of it escaped. */
const MAX_QUESTION_LENGTH = 64 * 1_024;
const MAX_ANSWER_LENGTH = 4_096;
/** The first start may still be opening its store when the second asks. */
const ANSWER_MS = 30_000;
const QUESTION_MS = 5_000;
/** Two starts at once: one waits for the other's turn at the socket. */
const TURN_MS = 10_000;
const TURN_RETRY_MS = 20;

const Question = v.strictObject({ t: v.literal('open'), link: v.optional(v.nullable(LinkArgument), null) });
const Answer = v.variant('t', [
  /** A page to open: the address, and a file of ours that leads to it without showing it on a command line. */
  v.strictObject({ t: v.literal('page'), url: v.string(), file: v.string() }),
  /** A page that is open shows the link. */
  v.strictObject({ t: v.literal('shown') }),
  /** It runs, but has no page to open (headless), or could not make one. */
  v.strictObject({ t: v.literal('none'), reason: v.string() }),
]);
export type InstanceAnswer = v.InferOutput<typeof Answer>;

export type Claim = { kind: 'first'; release: () => Promise<void> } | { kind: 'second'; answer: InstanceAnswer };

type InstanceErrorCode = 'noAnswer' | 'noTurn' | 'noSocket';

class InstanceError extends Error {
  readonly code: InstanceErrorCode;
  constructor(code: InstanceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InstanceError';
    this.code = code;
  }
}

/**
 * Becomes the instance of the profile, or asks the one that runs. `answer` is called for every later start while this one runs,
 * with the link that it was given; `link`: what this start was given.
 * A socket that nobody listens on is what a killed instance left, and is replaced; an abstract socket, which the kernel removes
 * with its owner, lets only one start at a time do that. Rejects with InstanceError.
 */
export async function claimInstance(
  socketPath: string,
  answer: (link: string | null) => Promise<InstanceAnswer>,
  link: string | null = null,
): Promise<Claim> {
  const deadline = performance.now() + TURN_MS;
  for (;;) {
    const running = await ask(socketPath, link);
    if (running !== null) return { kind: 'second', answer: running };
    const turn = await listen(`\0sotto-${process.getuid?.() ?? 0}-${basename(socketPath)}`);
    if (turn === null) {
      if (performance.now() > deadline)
        throw new InstanceError('noTurn', 'Another start of this profile is not getting anywhere. End it and try again.');
      await delay(TURN_RETRY_MS);
      continue;
    }
    try {
      const meanwhile = await ask(socketPath, link);
      if (meanwhile !== null) return { kind: 'second', answer: meanwhile };
      await rm(socketPath, { force: true });
      const server = await listen(socketPath);
      if (server === null) throw new InstanceError('noSocket', `${socketPath} is in use.`);
      await chmod(socketPath, 0o600);
      const open = new Set<Socket>();
      server.on('connection', (socket) => {
        open.add(socket);
        socket.on('close', () => open.delete(socket));
        reply(socket, answer);
      });
      return {
        kind: 'first',
        release: async () => {
          for (const socket of open) socket.destroy();
          await closed(server);
        },
      };
    } finally {
      await closed(turn);
    }
  }
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });

/** Null when somebody else listens there. */
function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(null);
      else reject(new InstanceError('noSocket', 'The socket of this profile cannot be made.', { cause: error }));
    });
    server.listen(path, () => {
      resolve(server);
    });
  });
}

/** Null when nobody listens. */
async function ask(path: string, link: string | null): Promise<InstanceAnswer | null> {
  const socket = await connect(path);
  if (socket === null) return null;
  try {
    socket.write(`${JSON.stringify({ t: 'open', link })}\n`);
    return v.parse(Answer, JSON.parse(await readLine(socket, ANSWER_MS, MAX_ANSWER_LENGTH)));
  } catch (cause) {
    throw new InstanceError('noAnswer', 'Sotto already runs with this profile, but it does not answer. End it and start again.', { cause });
  } finally {
    socket.destroy();
  }
}

function connect(path: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', (error) => {
      if ('code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')) resolve(null);
      else reject(new InstanceError('noSocket', 'The socket of this profile cannot be used.', { cause: error }));
    });
  });
}

function reply(socket: Socket, answer: (link: string | null) => Promise<InstanceAnswer>): void {
  const respond = async (): Promise<void> => {
    const { link } = v.parse(Question, JSON.parse(await readLine(socket, QUESTION_MS, MAX_QUESTION_LENGTH)));
    const given = await answer(link).catch((): InstanceAnswer => ({ t: 'none', reason: 'Sotto is just ending. Try again in a moment.' }));
    socket.end(`${JSON.stringify(given)}\n`);
  };
  // Whoever asks something else, or leaves, gets nothing.
  respond().catch(() => socket.destroy());
}

function readLine(socket: Socket, milliseconds: number, max: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (): void => {
      clearTimeout(timer);
      reject(new Error('no line'));
    };
    const timer = setTimeout(fail, milliseconds);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) {
        clearTimeout(timer);
        resolve(text.slice(0, end));
      } else if (text.length > max) fail();
    });
    socket.on('error', fail);
    socket.on('close', fail);
  });
}
