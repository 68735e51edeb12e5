/** Programs of the lab: folders of their own, started as nobody where we are root, ended with the test run. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const NOBODY = 65_534;
export const START_LIMIT_MS = 20_000;
const isRoot = process.getuid?.() === 0;

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-irc-'));
  await chmod(folder, 0o755);
  return folder;
}

/** Hands a folder and all in it to whom the programs run as. */
export async function giveAway(folder: string): Promise<void> {
  if (!isRoot) return;
  for (const name of await readdir(folder, { recursive: true })) await chown(join(folder, name), NOBODY, NOBODY);
  await chown(folder, NOBODY, NOBODY);
}

/** A configuration of `config/` with its `@NAME@`s filled in. */
export async function render(name: string, values: Record<string, number | string>): Promise<string> {
  const text = await readFile(join(import.meta.dirname, 'config', name), 'utf8');
  return text.replace(/@([A-Z]+)@/g, (_all, key: string) => String(values[key]));
}

export interface Program {
  child: ChildProcess;
  output: () => string;
  exited: Promise<void>;
}

export function launch(command: string, parameters: string[], folder: string): Program {
  const child = spawn(command, parameters, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  // A test run that breaks off leaves no server behind.
  const reap = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', reap);
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-10_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<void>((done) => {
    child.once('exit', () => {
      process.off('exit', reap);
      done();
    });
    child.once('error', (error) => {
      output += error.message;
      done();
    });
  });
  return { child, output: () => output, exited };
}

export async function end(program: Program, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  program.child.kill(signal);
  const gone = program.exited.then(() => true);
  if (await Promise.race([gone, delay(3_000, false, { ref: false })])) return;
  program.child.kill('SIGKILL');
  await program.exited;
}

export async function until(what: string, program: Program, check: () => Promise<boolean> | boolean): Promise<void> {
  const { child } = program;
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await check())) {
    if (child.pid === undefined || child.exitCode !== null || Date.now() > deadline)
      throw new Error(`${what} did not start: ${program.output()}`);
    await delay(50);
  }
}

export const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => {
      done(false);
    });
  });
