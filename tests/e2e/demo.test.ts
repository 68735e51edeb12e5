/** The demo as people start it: through the script, and ended in the ways there are. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect as expectPage } from 'playwright/test';
import { expect, onTestFinished, test } from 'vitest';
import { printedUrl, startBrowser } from '../support/hosts.ts';
import { expectQuiet, input, log, openBuffer, openWatched, palette, picture, profileDirectory, say, sidebar } from './page.ts';

const script = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));

interface Demo {
  process: ChildProcess;
  url: string;
  directory: string;
  /** The exit code, once all of it is gone. */
  ended: Promise<number | null>;
}

async function startDemo(): Promise<Demo> {
  const directory = await profileDirectory();
  const child = spawn(process.execPath, [script, '--demo', '--no-open'], {
    // Its profile is temporary: here.
    env: { ...process.env, TMPDIR: directory, XDG_RUNTIME_DIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (bytes: Uint8Array) => {
    told += new TextDecoder().decode(bytes);
  });
  const ended = once(child, 'close').then(() => child.exitCode);
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGINT');
    await ended;
  });
  return { process: child, url: await printedUrl(child, ended.then(() => told)), directory, ended };
}

/** Nothing of the temporary profile stays behind. */
const left = async (directory: string): Promise<string[]> => (await readdir(directory)).filter((name) => name.startsWith('sotto-demo-'));

const greeted = async (page: Page): Promise<void> => {
  await openBuffer(page, 'robin');
  await expectPage(log(page).getByText('Hi! This conversation does not go through the IRC server.')).toBeVisible({ timeout: 30_000 });
};

test('the demo holds a private conversation; Quit in the palette ends it, and the page says so', async () => {
  const demo = await startDemo();
  const browser = await startBrowser();
  const watched = await openWatched(browser, demo.url);
  const { page } = watched;
  await greeted(page);
  await say(page, 'is anybody between us?');
  await expectPage(log(page).getByText('is anybody between us?')).toHaveCount(1);
  await expectPage(log(page).getByText('delivered', { exact: true })).toHaveCount(1);
  await expectPage(log(page).getByText('Got it, on the first try.')).toBeVisible({ timeout: 20_000 });
  await expectPage(page.getByRole('button', { name: 'Safety: invite-pinned' })).toBeVisible();
  await openBuffer(page, '#harbour');
  await expectPage(log(page).getByText('morning all, the ferry is late again')).toBeVisible({ timeout: 20_000 });
  await picture(page, 'demo-channel');
  expect(await left(demo.directory)).toHaveLength(1);

  await palette(page, 'quit');
  const question = page.getByRole('dialog', { name: 'Quit Sotto?' });
  await question.getByRole('button', { name: 'Quit', exact: true }).click();
  await expectPage(page.getByRole('heading', { name: 'Sotto has stopped' })).toBeVisible();
  await expectPage(page.getByText('npm start')).toBeVisible();
  expect(await demo.ended).toBe(0);
  expect(await left(demo.directory)).toEqual([]);
  expectQuiet(watched);
});

test('Ctrl+C ends the demo in order; a page that is open says that Sotto does not answer', async () => {
  const demo = await startDemo();
  const browser = await startBrowser();
  const { page } = await openWatched(browser, demo.url);
  await greeted(page);
  demo.process.kill('SIGINT');
  expect(await demo.ended).toBe(0);
  await expectPage(page.getByRole('alert')).toContainText('Sotto does not answer; trying again.');
  expect(await left(demo.directory)).toEqual([]);
});

test('a route with one character changed connects to nobody: the page says so, and what is typed waits', async () => {
  const demo = await startDemo();
  const browser = await startBrowser();
  const { page } = await openWatched(browser, demo.url);
  await greeted(page);
  const copied = async (button: string): Promise<string> => {
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await page.getByRole('button', { name: button, exact: true }).click();
    await expectPage.poll(() => page.evaluate(() => navigator.clipboard.readText())).not.toBe('');
    return page.evaluate(() => navigator.clipboard.readText());
  };
  /** Another letter in the middle. */
  const spoiled = (text: string): string => {
    const middle = Math.floor(text.length / 2);
    return text.slice(0, middle) + (text.charAt(middle) === 'A' ? 'B' : 'A') + text.slice(middle + 1);
  };
  const connect = async (text: string): Promise<void> => {
    await page.getByRole('button', { name: 'Connect to a person' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill(text);
    await page.getByRole('dialog').getByRole('textbox').press('Enter');
  };

  const route = await copied('Copy route');
  const invite = await copied('Copy invite');
  await connect(spoiled(invite));
  await expectPage(page.getByRole('dialog').getByRole('status')).toContainText(/invite/i);
  await picture(page, 'spoiled-invite');
  await page.keyboard.press('Escape');

  await connect(spoiled(route));
  await expectPage(page.getByRole('dialog')).toHaveCount(0);
  await expectPage(page.getByRole('button', { name: 'Safety: connecting' })).toBeVisible();
  await expectPage(page.locator('header').getByText(/trying again|not reachable|unreachable|did not answer/i)).toBeVisible({ timeout: 30_000 });
  await say(page, 'to nobody');
  await expectPage(log(page).getByText('to nobody')).toHaveCount(1);
  await expectPage(log(page).getByText('delivered', { exact: true })).toHaveCount(0);
  await picture(page, 'spoiled-route');
  await expectPage(input(page)).toHaveValue('');
  await expectPage(sidebar(page, /waiting|connecting|New contact/i).first()).toBeVisible();
});
