/** What a person sees when a file, a text or Sotto itself is broken. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect as expectPage } from 'playwright/test';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startIrcServer } from '../../src/host/demo/ircServer.ts';
import { until } from '../support/cores.ts';
import { startServe } from '../support/hosts.ts';
import { input, launchBrowser, log, openBuffer, openWatched, picture, plainServer, profileDirectory, say, sidebar } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

const startScripted = async () => {
  const server = await startIrcServer();
  onTestFinished(() => server.stop());
  return server;
};
const openPage = async (url: string): Promise<Page> => {
  const { page } = await openWatched(browser, url);
  onTestFinished(() => page.context().close());
  return page;
};

test('an error on line 7 of the configuration is shown with its place; the last good configuration stays in force', async () => {
  const irc = await startScripted();
  const directory = await profileDirectory();
  const good = plainServer(irc.port, 'wren');
  const host = await startServe({ directory, config: good });
  const page = await openPage(host.url);
  const file = join(directory, 'config', 'config.toml');
  const banner = page.getByRole('alert', { name: 'Problems in the configuration' });
  await openBuffer(page, '#harbour');
  await expectPage(sidebar(page, /^#harbour$/)).toBeVisible();
  const client = await until('wren is connected', () => irc.client('wren'));
  await expectPage(banner).toHaveCount(0);

  const lines = good.split('\n');
  expect(lines[6]).toMatch(/^channels = /);
  await writeFile(file, [...lines.slice(0, 6), 'channels = ["#harbour", oops]', ...lines.slice(7)].join('\n'));
  await expectPage(banner).toContainText('The configuration has an error; the last good configuration is in force.');
  await expectPage(banner).toContainText(/\b7:25\b/);
  await expectPage(banner).toContainText('config.toml');
  await picture(page, 'config-error');
  await say(page, 'still connected');
  await until('the line went out', () => client.lines.includes('PRIVMSG #harbour :still connected'));
  expect(client.closed()).toBe(false);

  await writeFile(file, good.replace('"#harbour"', '"#harbour", "#quay"'));
  await expectPage(banner).toHaveCount(0);
  await expectPage(sidebar(page, /^#quay/)).toBeVisible();

  await writeFile(file, good.replace('nickname', 'nikname'));
  await expectPage(banner).toContainText(/2:1/);
  await expectPage(banner).toContainText('nickname');
});

test('a configuration that is broken at the start opens a page that says where, and works once it is mended', async () => {
  const irc = await startScripted();
  const directory = await profileDirectory();
  const good = plainServer(irc.port, 'wren');
  const host = await startServe({ directory, config: good.replace('channels = [', 'channels = [[') });
  const page = await openPage(host.url);
  const banner = page.getByRole('alert', { name: 'Problems in the configuration' });
  await expectPage(banner).toContainText('The configuration has an error; nothing of it is in force.');
  await expectPage(banner).toContainText(/[789]:\d+/);
  // Somebody's file is no first run: the welcome page would write into it.
  await expectPage(page.getByRole('heading', { name: 'Nothing is open' })).toBeVisible();
  await writeFile(join(directory, 'config', 'config.toml'), good);
  await expectPage(sidebar(page, /^#harbour$/)).toBeVisible();
  await expectPage(banner).toHaveCount(0);
});

test('what is no route is refused with the reason, and stays in the field', async () => {
  const irc = await startScripted();
  const host = await startServe({ directory: await profileDirectory(), config: plainServer(irc.port, 'wren') });
  const page = await openPage(host.url);
  await expectPage(sidebar(page, /^#harbour$/)).toBeVisible();
  await page.getByRole('button', { name: 'Connect to a person' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect to a person' });
  const field = dialog.getByRole('textbox');
  for (const [pasted, told] of [
    ['what is this?', 'This is neither a route nor an invite.'],
    [`${'QUJD'.repeat(100)}!${'QUJD'.repeat(100)}`, 'This is neither a route nor an invite.'],
    ['QUJDREVG'.repeat(20), 'This route is too short: a part of it is missing. Copy it again as a whole.'],
    ['QUJD'.repeat(2_000), 'This is too long for a route.'],
    ['sotto:notaninvite', 'invite'],
  ] as const) {
    await field.fill(pasted);
    await field.press('Enter');
    await expectPage(dialog.getByRole('status')).toContainText(told);
    await expectPage(field).toHaveValue(pasted);
  }
  await picture(page, 'no-route');
  await page.keyboard.press('Escape');
  await expectPage(dialog).toHaveCount(0);
  await openBuffer(page, '#harbour');
  await input(page).fill('/connect some rubbish!');
  await input(page).press('Enter');
  await expectPage(page.getByText('This is neither a route nor an invite.')).toBeVisible();
  await expectPage(input(page)).toHaveValue('/connect some rubbish!');
});

test('a page whose token was used, and one without any, say to start Sotto again; a reload of a good one goes on', async () => {
  const irc = await startScripted();
  const host = await startServe({ directory: await profileDirectory(), config: plainServer(irc.port, 'wren') });
  const first = await openPage(host.url);
  await expectPage(sidebar(first, /^#harbour$/)).toBeVisible();
  expect(first.url()).not.toContain('t=');
  for (const address of [host.url, host.url.replace(/#.*$/, '')]) {
    const page = await openPage(address);
    await expectPage(page.getByRole('heading', { name: 'This page has no key to Sotto' })).toBeVisible();
    await expectPage(page.getByText('Start Sotto again')).toBeVisible();
    if (address === host.url) await picture(page, 'used-token');
  }
  await first.reload();
  await expectPage(sidebar(first, /^#harbour$/)).toBeVisible();
});

test('a core that dies is said at once, what is on screen stays, and a reload says what to do; nothing stored is lost', async () => {
  const irc = await startScripted();
  const directory = await profileDirectory();
  const host = await startServe({ directory, config: plainServer(irc.port, 'wren') });
  const page = await openPage(host.url);
  await openBuffer(page, '#harbour');
  await expectPage(sidebar(page, /^#harbour$/)).toBeVisible();
  await say(page, 'the last words');
  await expectPage(log(page).getByText('the last words')).toHaveCount(1);
  const second = await openPage((await startServe({ directory })).url);
  await openBuffer(second, '#harbour');
  // In the second page it comes from the store: it is committed.
  await expectPage(log(second).getByText('the last words')).toHaveCount(1);
  await host.kill();
  await expectPage(page.getByRole('alert')).toContainText('Sotto does not answer; trying again. If it was stopped, start it again.');
  await expectPage(log(page).getByText('the last words')).toHaveCount(1);
  await input(page).fill('typed into nothing');
  await input(page).press('Enter');
  await expectPage(page.getByText('Sotto is not connected at the moment.')).toBeVisible();
  await expectPage(input(page)).toHaveValue('typed into nothing');
  await picture(page, 'core-killed');

  const again = await openPage((await startServe({ directory })).url);
  await openBuffer(again, '#harbour');
  await expectPage(log(again).getByText('the last words')).toHaveCount(1);
});
