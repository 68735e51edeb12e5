/** Sotto as separate processes, ended with the test: the browser host with pages in a real Chromium, and the headless host. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium, type Browser, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { Client } from '../../src/contract/rpc/client.ts';
import { chromiumArgs, chromiumPath } from './chromium.ts';
import { spawnHeadless, spawnHost, type Host, type HostOptions } from './headless.ts';
import { spawnWindow, useWindow } from './window.ts';

export type { Host, TestNode } from './headless.ts';

const STOP_LIMIT_MS = 60_000;

/** The address that a starting host prints. */
export function printedUrl({ stdout }: Pick<ChildProcess, 'stdout'>, ended: Promise<string>): Promise<string> {
  if (!stdout) throw new Error('no output');
  return new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('http://127.0.0.1:')) resolve(line);
    });
    ended.then((why) => {
      reject(new Error(`the host ended: ${why}`));
    }, reject);
  });
}

/** For hosts that serve a whole file of tests; whoever starts it stops it. */
export async function spawnServe(options: HostOptions): Promise<Host & { url: string }> {
  if (useWindow()) return spawnWindow(options);
  const host = await spawnHost('serve', options);
  const ended = once(host.process, 'close').then(() => host.log.join('\n'));
  return { ...host, url: await printedUrl(host.process, ended) };
}

export async function startServe(options: HostOptions): Promise<Host & { url: string }> {
  const host = await spawnServe(options);
  onTestFinished(async () => {
    await host.stop();
  }, STOP_LIMIT_MS);
  return host;
}

export async function startHeadless(options: HostOptions): Promise<Host & { client: Client }> {
  const host = await spawnHeadless(options);
  onTestFinished(async () => {
    await host.stop();
  }, STOP_LIMIT_MS);
  return host;
}

export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });
  onTestFinished(async () => {
    await browser.close();
  }, STOP_LIMIT_MS);
  return browser;
}

/** A page of a person: clipboard allowed, so that *Copy route* can be pressed and read. `frames` gets all that the core tells it. */
export async function openPage(browser: Browser, url: string, frames: string[] = []): Promise<Page> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      frames.push(typeof payload === 'string' ? payload : payload.toString('latin1'));
    });
  });
  await page.goto(url);
  return page;
}
