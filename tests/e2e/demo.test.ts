/** The demo as people start it: through the script, and ended in the ways there are. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect as expectPage } from 'playwright/test';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startTalker } from '../../src/host/demo/talker.ts';
import { until } from '../support/cores.ts';
import { printedUrl, startBrowser } from '../support/hosts.ts';
import { expectQuiet, input, log, openBuffer, openWatched, palette, picture, profileDirectory, say, sidebar } from './page.ts';
import { mountSmallDisk } from '../support/smallDisk.ts';

const script = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));

interface Demo {
  process: ChildProcess;
  url: string;
  directory: string;
  /** The exit code, once all of it is gone. */
  ended: Promise<number | null>;
}

/** With `profile`, in its folder `demo`; else in a temporary one. */
async function startDemo(profile: string | null = null): Promise<Demo> {
  const directory = await profileDirectory();
  const child = spawn(process.execPath, [script, '--demo', '--no-open', ...(profile === null ? [] : ['--profile', profile])], {
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
  return {
    process: child,
    url: await printedUrl(
      child,
      ended.then(() => told),
    ),
    directory,
    ended,
  };
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
  await expectPage(page.getByText('Start Sotto again')).toBeVisible();
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
  await expectPage(page.locator('header').getByText(/trying again|not reachable|unreachable|did not answer/i)).toBeVisible({
    timeout: 30_000,
  });
  await say(page, 'to nobody');
  await expectPage(log(page).getByText('to nobody')).toHaveCount(1);
  await expectPage(log(page).getByText('delivered', { exact: true })).toHaveCount(0);
  await picture(page, 'spoiled-route');
  await expectPage(input(page)).toHaveValue('');
  await expectPage(sidebar(page, /waiting|connecting|New contact/i).first()).toBeVisible();
});

/** The demo's whole profile is on the disk, the other person's too. */
const diskDirectory = mkdtempSync(join(tmpdir(), 'sotto-full-'));
const profileOnDisk = join(diskDirectory, 'demo');
const disk = mountSmallDisk(profileOnDisk);
afterAll(() => {
  disk?.unmount();
  rmSync(diskDirectory, { recursive: true, force: true });
});
/** The port of the demo's own server stands in the profile. */
const ircPort = async (): Promise<number> =>
  Number(/^port = (\d+)$/m.exec(await readFile(join(profileOnDisk, 'config', 'config.toml'), 'utf8'))?.[1]);

if (disk)
  test('a full disk is said in words; what was typed stays, and goes out once there is room', async () => {
    const demo = await startDemo(diskDirectory);
    const browser = await startBrowser();
    const { page } = await openWatched(browser, demo.url);
    await openBuffer(page, 'robin');
    await expectPage(log(page).getByText('Every line is sealed')).toBeVisible({ timeout: 30_000 });
    await say(page, 'while there is room');
    await expectPage(log(page).getByText('Got it, on the first try.')).toBeVisible({ timeout: 20_000 });
    await openBuffer(page, '#harbour');
    await expectPage(log(page).getByText('you two should try Ctrl+K')).toBeVisible({ timeout: 30_000 });
    await openBuffer(page, 'robin');

    disk.fill();
    const big = `no room for this ${'x'.repeat(8_000)}`;
    // Pages that SQLite holds already take the first ones.
    const kept = await until('the disk is full', async () => {
      await input(page).fill(big);
      await input(page).press('Enter');
      await expectPage(page.getByRole('button', { name: 'Send' })).toBeVisible();
      await expectPage
        .poll(async () => (await input(page).inputValue()) === '' || (await page.getByText('Your text is kept.').count()) > 0)
        .toBe(true);
      return (await page.getByText('Your text is kept.').count()) > 0;
    });
    expect(kept).toBe(true);
    await expectPage(page.getByText('The disk is full: nothing was stored. Make room and try again. Your text is kept.')).toBeVisible();
    await expectPage(input(page)).toHaveValue(big);
    await picture(page, 'disk-full');

    await openBuffer(page, '#harbour');
    const gull = startTalker(await ircPort(), 'gull', '#harbour');
    onTestFinished(() => {
      gull.leave();
    });
    await gull.joined;
    const line = `heard on a full disk ${'y'.repeat(300)}`;
    for (let number = 1; number <= 60; number += 1) gull.say(`${line} ${number}.`);
    await expectPage(page.getByText('The disk is full').first()).toBeVisible();
    await expectPage(log(page).getByText(`${line} 60.`)).toHaveCount(1);

    disk.makeRoom();
    await openBuffer(page, 'robin');
    await expectPage(input(page)).toHaveValue(big);
    await input(page).fill('room again');
    await input(page).press('Enter');
    await expectPage(log(page).getByText('room again')).toHaveCount(1);
    await expectPage(log(page).getByText(/^(?:waiting|not sent)/)).toHaveCount(0, { timeout: 30_000 });
    await say(page, 'and another');
    await expectPage(log(page).getByText('and another')).toHaveCount(1);
    await openBuffer(page, '#harbour');
    await say(page, 'the channel has room again');
    await until('what was heard on a full disk is in the store, once', async () => {
      await page.reload();
      await expectPage(log(page).getByText('the channel has room again')).toHaveCount(1);
      return (await log(page).getByText(`${line} 60.`).count()) === 1;
    });
  });
