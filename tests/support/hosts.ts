/** Sotto as separate processes: the browser host with pages in a real Chromium, and the headless host over JSON lines. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { Port } from '../../src/contract/port.ts';
import { connectClient, type Client } from '../../src/contract/rpc/client.ts';
import { profilePaths } from '../../src/core/profile.ts';
import { chromiumArgs, chromiumPath } from './chromium.ts';

const entry = fileURLToPath(new URL('./testHost.ts', import.meta.url));

export interface TestNode {
  binary: string;
  netns: string;
  overrides: unknown;
}

interface HostOptions {
  directory: string;
  config?: string;
  node?: TestNode;
  env?: Record<string, string>;
}

export interface Host {
  process: ChildProcess;
  log: string[];
  /** Ends it as Ctrl+C does; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** As a crash does. */
  kill(): Promise<void>;
}

async function startProcess(kind: 'serve' | 'headless', { directory, config, node, env = {} }: HostOptions): Promise<Host> {
  if (config !== undefined) {
    const file = profilePaths(directory, {}).configFile;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, config);
  }
  const runtime = join(directory, 'run');
  await mkdir(runtime, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, [entry, kind, '--profile', directory, ...(kind === 'serve' ? ['--no-open'] : [])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, XDG_RUNTIME_DIR: runtime, ...(node ? { SOTTO_TEST_NODE: JSON.stringify(node) } : {}), ...env },
  });
  const exited = once(child, 'exit');
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const host: Host = {
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
  onTestFinished(async () => {
    await host.stop();
  }, 60_000);
  return host;
}

export async function startServe(options: HostOptions): Promise<Host & { url: string }> {
  const host = await startProcess('serve', options);
  const { stdout } = host.process;
  if (!stdout) throw new Error('no output');
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('http://127.0.0.1:')) resolve(line);
    });
    host.process.once('exit', () => {
      reject(new Error(`the host ended: ${host.log.join('\n')}`));
    });
  });
  return { ...host, url };
}

export async function startHeadless(options: HostOptions): Promise<Host & { client: Client }> {
  const host = await startProcess('headless', options);
  const { stdin, stdout } = host.process;
  if (!stdin || !stdout) throw new Error('no pipes');
  const port: Port = {
    send: (value) => {
      if (stdin.writable) stdin.write(`${JSON.stringify(value)}\n`);
    },
    onMessage: (handler) => {
      createInterface({ input: stdout }).on('line', (line) => {
        handler(JSON.parse(line));
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

export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });
  onTestFinished(async () => {
    await browser.close();
  }, 30_000);
  return browser;
}

/** A page of a person: clipboard allowed, so that *Copy route* can be pressed and read. */
export async function openPage(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}
