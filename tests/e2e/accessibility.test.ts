/** What axe, a keyboard and a magnifier find on every surface, light and dark. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect as expectPage } from 'playwright/test';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startServe } from '../support/hosts.ts';
import { startDemoHost, startRequested, type PageHost } from './inProcess.ts';
import { launchBrowser, log, openBuffer, openWatched, palette, picture, profileDirectory } from './page.ts';

let directory = '';
let demo: PageHost;
let browser: Browser;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sotto-e2e-'));
  demo = await startDemoHost(directory);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await demo.stop();
  await rm(directory, { recursive: true, force: true });
});

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const { page } = await openWatched(browser, demo.newUrl(), options);
  onTestFinished(() => page.context().close());
  return page;
}

/** A sentence for everything axe finds. */
async function findings(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${where}: ${id}: ${help}: ${html}`));
}
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  // The element, not only what it shows: with it the page's own state is gone.
  await expectPage(page.locator('dialog')).toHaveCount(0);
}

/** Every surface, one after the other, as `look` wants to see them. */
async function tour(page: Page, look: (where: string) => Promise<void>, small = false): Promise<void> {
  const go = async (name: string): Promise<void> => {
    if (small) {
      await palette(page, name);
      await expectPage(page.getByRole('heading', { level: 1, name })).toBeVisible();
    } else await openBuffer(page, name);
  };
  await expectPage(page.getByRole('textbox', { name: /^Message to/ })).toBeVisible();
  await go('#harbour');
  await expectPage(log(page).getByText('morning all, the ferry is late again')).toBeVisible({ timeout: 20_000 });
  await look('channel');
  await go('robin');
  await expectPage(log(page).getByText('Every line is sealed')).toBeVisible({ timeout: 20_000 });
  await look('private');
  await page.getByRole('button', { name: /^Safety:/ }).click();
  await expectPage(page.getByRole('list', { name: 'Twelve groups of five digits' })).toBeVisible();
  await look('contact');
  await closeDialog(page);
  await page.keyboard.press('Control+k');
  await expectPage(page.getByRole('option').first()).toBeVisible();
  await look('palette');
  await closeDialog(page);
  await palette(page, 'Connect to a person');
  await expectPage(page.getByRole('dialog', { name: 'Connect to a person' })).toBeVisible();
  await look('connect');
  await closeDialog(page);
  await page.keyboard.press('Control+/');
  await expectPage(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await look('keyboard');
  await closeDialog(page);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any surface, ${colorScheme}`, async () => {
    const page = await open({ colorScheme });
    const found: string[] = [];
    await tour(page, async (where) => {
      found.push(...(await findings(page, where)));
      await picture(page, `${colorScheme}-${where}`);
    });
    const host = await startServe({ directory: await profileDirectory() });
    const welcome = (await openWatched(browser, host.url, { colorScheme })).page;
    await expectPage(welcome.getByRole('heading', { name: 'Welcome to Sotto' })).toBeVisible();
    found.push(...(await findings(welcome, 'welcome')));
    await picture(welcome, `${colorScheme}-welcome`);
    const refused = (await openWatched(browser, host.url, { colorScheme })).page;
    await expectPage(refused.getByRole('heading', { name: 'This page has no key to Sotto' })).toBeVisible();
    found.push(...(await findings(refused, 'refused')));
    for (const other of [welcome, refused]) await other.context().close();
    expect(found).toEqual([]);
  });
}

test('a stranger’s request is shown by name and fingerprint alone; axe finds nothing there, light or dark', async () => {
  const host = await startRequested(await profileDirectory(), 'kim', 'hello, it is me');
  const { page } = await openWatched(browser, host.newUrl());
  onTestFinished(() => page.context().close());
  await page.getByRole('button', { name: /^Requests/ }).click({ timeout: 20_000 });
  await expectPage(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible();
  await expectPage(page.getByRole('button', { name: 'Accept kim' })).toBeVisible();
  await expectPage(page.getByText('hello, it is me')).toHaveCount(0);
  await picture(page, 'requests');
  const found = await findings(page, 'requests');
  await page.emulateMedia({ colorScheme: 'dark' });
  found.push(...(await findings(page, 'requests, dark')));
  expect(found).toEqual([]);
});

test('at 200 % zoom, and on a narrow screen, nothing has to be scrolled sideways', async () => {
  for (const [name, options] of [
    ['zoomed', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
    ['narrow', { viewport: { width: 480, height: 800 } }],
    ['phone', { viewport: { width: 320, height: 640 } }],
  ] as const) {
    const page = await open(options);
    const wide: string[] = [];
    await tour(
      page,
      async (where) => {
        const pixels = await overflow(page);
        if (pixels > 0) wide.push(`${name}: ${where}: ${pixels}`);
        await picture(page, `${name}-${where}`);
      },
      true,
    );
    await page.getByRole('button', { name: 'Show the sidebar' }).click();
    await expectPage(page.getByRole('navigation', { name: 'Conversations' })).toBeVisible();
    await picture(page, `${name}-sidebar`);
    expect(wide).toEqual([]);
  }
});
