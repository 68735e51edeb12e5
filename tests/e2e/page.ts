/** A page of Sotto as a person has it, and everything it does that a page must not do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';
import { expect as expectPage } from 'playwright/test';
import { expect, onTestFinished } from 'vitest';
import { chromiumArgs, chromiumPath } from '../support/chromium.ts';
import { windowAt } from '../support/window.ts';

export interface Watched {
  page: Page;
  /** Errors and warnings of the console, uncaught exceptions, violations of the content security policy. */
  trouble: string[];
  /** Every address that was asked for, WebSockets included. */
  requests: string[];
}

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });

/** Opens `url` in a context of its own; where it stands for Sotto's window, that is the page. */
export async function openWatched(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const window = windowAt(url);
  const context =
    window?.page.context() ??
    (await browser.newContext({
      permissions: ['clipboard-read', 'clipboard-write'],
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      ...options,
    }));
  const trouble: string[] = [];
  const requests: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  context.on('weberror', (error) => trouble.push(error.error().message));
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') trouble.push(message.text());
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  const page = window?.page ?? (await context.newPage());
  page.on('websocket', (socket) => requests.push(socket.url()));
  await (window ? page.reload() : page.goto(url));
  return { page, trouble, requests };
}

/** Nothing was asked of anybody but the host itself, and the browser had nothing to complain about. */
export function expectQuiet({ trouble, requests, page }: Watched): void {
  const { host } = new URL(page.url());
  const elsewhere = requests.filter((address) => new URL(address).host !== host && !/^(?:data|blob):/.test(address));
  expect(elsewhere).toEqual([]);
  expect(requests.some((address) => address.startsWith('ws://127.0.0.1:'))).toBe(!page.url().startsWith('app:'));
  expect(trouble).toEqual([]);
}

export const sidebar = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('navigation', { name: 'Conversations' }).getByRole('button', { name });
export const log = (page: Page): Locator => page.getByRole('log');
export const input = (page: Page): Locator => page.getByRole('textbox', { name: /^Message to/ });
export const people = (page: Page): Locator => page.getByRole('complementary', { name: 'People' });

/** Sends `text` and waits until the input is free again. */
export async function say(page: Page, text: string): Promise<void> {
  await input(page).fill(text);
  await input(page).press('Enter');
  await expectPage(input(page)).toHaveValue('');
}

export async function openBuffer(page: Page, name: string): Promise<void> {
  await sidebar(page, new RegExp(`^${name}(?:$|[ ,])`)).click();
  await expectPage(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

/** Runs the first result of the palette for `query`. */
export async function palette(page: Page, query: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill(query);
  await page.getByRole('combobox').press('Enter');
}

/** A directory of this test, gone when it ends. */
export async function profileDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-e2e-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** An entry for a server on loopback without TLS. */
export const plainServer = (port: number, nickname: string, more = ''): string => `[servers.lab]
nickname = "${nickname}"
server = "127.0.0.1"
port = ${port}
use_tls = false
reconnect_delay = 1
channels = ["#harbour"]
${more}`;

/** Pictures for a person to look at, where SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}
