/** The processes of a host, without a test around them: also used by the benchmark. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Port } from '../../src/contract/port.ts';
import { connectClient, type Client } from '../../src/contract/rpc/client.ts';
import { profilePaths } from '../../src/core/profile.ts';

const entry = fileURLToPath(new URL('./testHost.ts', import.meta.url));

export interface TestNode {
  binary: string;
  netns: string;
  overrides: unknown;
}

export interface HostOptions {
  directory: string;
  config?: string;
  node?: TestNode;
  env?: Record<string, string>;
  /** The program and its first arguments, instead of `testHost.ts headless`. */
  program?: string[];
}

export interface Host {
  process: ChildProcess;
  log: string[];
  /** Ends it as Ctrl+C does; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** As a crash does. */
  kill(): Promise<void>;
}

export async function spawnHost(
  kind: 'serve' | 'headless',
  { directory, config, node, env = {}, program = [entry, kind] }: HostOptions,
): Promise<Host> {
  if (config !== undefined) {
    const file = profilePaths(directory, {}).configFile;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, config);
  }
  const runtime = join(directory, 'run');
  await mkdir(runtime, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, [...program, '--profile', directory, ...(kind === 'serve' ? ['--no-open'] : [])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, XDG_RUNTIME_DIR: runtime, ...(node ? { SOTTO_TEST_NODE: JSON.stringify(node) } : {}), ...env },
  });
  const exited = once(child, 'exit');
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    process: child,
    log,
    stop: async () => {
      if (running()) child.kill('SIGINT');
      await exited;
      return child.exitCode;
    },
    kill: async () => {
      if (running()) child.kill('SIGKILL');
      await exited;
    },
  };
}

export async function spawnHeadless(options: HostOptions): Promise<Host & { client: Client }> {
  const host = await spawnHost('headless', options);
  const { stdin, stdout } = host.process;
  if (!stdin || !stdout) throw new Error('no pipes');
  const port: Port = {
    send: (value) => {
      if (stdin.writable) stdin.write(`${JSON.stringify(value)}\n`);
    },
    onMessage: (handler) => {
      createInterface({ input: stdout }).on('line', (line) => {
        // a crash may cut the last line
        if (line.endsWith('}')) handler(parsed(line));
      });
    },
    onClose: (handler) => {
      host.process.once('exit', handler);
    },
    close: () => {
      stdin.end();
    },
    waiting: () => 0,
  };
  stdin.on('error', () => undefined);
  const client = connectClient(port);
  await client.ready;
  return { ...host, client };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
