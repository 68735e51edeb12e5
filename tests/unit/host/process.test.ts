import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectClient } from '../../../src/contract/rpc/client.ts';
import { PROTOCOL_VERSION, contractId } from '../../../src/contract/rpc/frames.ts';
import { profilePaths } from '../../../src/core/profile.ts';
import { temporaryDirectory } from './directory.ts';
import { openPage } from './page.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const TIMEOUT = 120_000;

interface Program {
  child: ChildProcess;
  /** The first line of stdout, past or future, that fits. */
  line: (fits: RegExp) => Promise<string>;
  exit: Promise<number | null>;
  write: (frame: unknown) => void;
  end: () => void;
}
const start = (directory: string, script: string, ...args: string[]): Program => {
  const env = { ...process.env, XDG_RUNTIME_DIR: directory, XDG_CACHE_HOME: join(directory, 'cache'), DISPLAY: '', WAYLAND_DISPLAY: '' };
  const child = spawn(process.execPath, [join(root, script), '--profile', join(directory, 'profile'), ...args], { env });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const lines: string[] = [];
  let watch: () => void = () => undefined;
  createInterface(child.stdout).on('line', (text) => {
    lines.push(text);
    watch();
  });
  const line = (fits: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      watch = () => {
        const found = lines.find((text) => fits.test(text));
        if (found !== undefined) resolve(found);
      };
      watch();
      void exit.then((code) => {
        reject(new Error(`it ended with ${String(code)}: ${errors.join('')}`));
      });
    });
  const write = (frame: unknown): void => {
    child.stdin.write(`${JSON.stringify(frame)}\n`);
  };
  return { child, line, exit, write, end: () => child.stdin.end() };
};
const address = /^http:\/\/127\.0\.0\.1:\d+\/#t=/;
const connect = async (url: string) => {
  const { origin, port, hash } = new URL(url);
  const { port: page } = await openPage({ origin, port: Number(port) }, hash.slice(3));
  return connectClient(page);
};
const leftOver = async (directory: string): Promise<string[]> => {
  const { runtimeSocket } = profilePaths(join(directory, 'profile'), { XDG_RUNTIME_DIR: directory });
  return readdir(dirname(runtimeSocket));
};

describe('npm start', { timeout: TIMEOUT }, () => {
  it('serves the client; a second start opens the running one; Ctrl+C ends it with 0', async () => {
    const directory = await temporaryDirectory();
    const first = start(directory, 'scripts/start.mjs', '--no-open');
    const url = await first.line(address);
    expect(await (await fetch(new URL(url).origin)).text()).toContain('<div id="app">');
    const client = await connect(url);
    expect(await client.call('app.snapshot', {})).toMatchObject({ profile: 'profile', firstRun: true });

    const second = start(directory, 'scripts/start.mjs', '--no-open');
    const another = await second.line(address);
    expect(await second.exit).toBe(0);
    expect(new URL(another).origin).toBe(new URL(url).origin);
    await (
      await connect(another)
    ).ready;

    first.child.kill('SIGINT');
    expect(await first.exit).toBe(0);
    expect(await leftOver(directory)).toEqual([]);
  });

  it('ends with Quit', async () => {
    const directory = await temporaryDirectory();
    const program = start(directory, 'scripts/start.mjs', '--no-open');
    const client = await connect(await program.line(address));
    client.call('app.quit', {}).catch(() => undefined);
    expect(await program.exit).toBe(0);
  });

  it('shows the demo: a channel that talks, and a private conversation in which robin answers', async () => {
    const directory = await temporaryDirectory();
    const program = start(directory, 'scripts/start.mjs', '--no-open', '--demo');
    const client = await connect(await program.line(address));
    const answered = Promise.withResolvers<undefined>();
    const talked = Promise.withResolvers<undefined>();
    let written = false;
    let greetings = 0;
    // Calls that are under way when the program ends are refused; a call that fails before leaves the promises open.
    const quietly = (call: Promise<unknown>): void => {
      call.catch(() => undefined);
    };
    client.onEvent((event) => {
      if (event.name === 'buffer' && event.payload.kind !== 'server') {
        quietly(
          client.call('app.snapshot', {}).then(({ buffers }) => client.call('buffers.show', { buffers: buffers.map(({ id }) => id) })),
        );
        if (event.payload.kind === 'private' && !written) {
          written = true;
          quietly(client.call('buffer.input', { buffer: event.payload.id, text: 'hello robin' }));
        }
      }
      if (event.name !== 'messages') return;
      for (const { from, text, kind } of event.payload.messages) {
        if (kind === 'privmsg' && from === 'maren') talked.resolve(undefined);
        if (text.includes('on the first try')) answered.resolve(undefined);
        if (text.includes('does not go through the IRC server')) greetings += 1;
      }
    });
    await Promise.all([answered.promise, talked.promise]);
    expect(greetings).toBeLessThanOrEqual(1);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
  });
});

describe('the headless program', { timeout: TIMEOUT }, () => {
  it('answers a snapshot as a JSON line and ends with its input', async () => {
    const directory = await temporaryDirectory();
    const program = start(directory, 'src/host/headless/main.ts');
    program.write({ t: 'hello', version: PROTOCOL_VERSION, contract: contractId });
    program.write({ t: 'call', id: 1, method: 'app.snapshot', params: {} });
    expect(await program.line(/"id":1/)).toMatch(/^\{"t":"result","id":1,"result":\{.*"firstRun":true/);
    program.end();
    expect(await program.exit).toBe(0);
    expect(await leftOver(directory)).toEqual([]);
  });

  it('ends on SIGTERM', async () => {
    const directory = await temporaryDirectory();
    const program = start(directory, 'src/host/headless/main.ts');
    program.write({ t: 'hello', version: PROTOCOL_VERSION, contract: contractId });
    await program.line(/hello/);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
  });

  it('says what it does not understand', async () => {
    const program = start(await temporaryDirectory(), 'src/host/headless/main.ts', '--unknown');
    expect(await program.exit).toBe(2);
  });
});
