import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect as expectPage } from 'playwright/test';
import { expect, onTestFinished, test } from 'vitest';
import { startIrcServer } from '../../src/host/demo/ircServer.ts';
import { until } from '../support/cores.ts';
import { startBrowser, startServe } from '../support/hosts.ts';
import { makeCertificates } from '../support/irc/lab.ts';
import { expectQuiet, log, openWatched, picture, profileDirectory, sidebar } from './page.ts';

/** What the welcome page writes has no port: this is the default one for TLS. */
const TLS_PORT = 6697;

test('a stranger picks a nick and a server and talks in a channel, with the keyboard alone', async () => {
  const directory = await profileDirectory();
  const { certPem, caPem, keyPem } = await makeCertificates(directory);
  const irc = await startIrcServer({ port: TLS_PORT, tls: { cert: certPem + caPem, key: keyPem } });
  onTestFinished(() => irc.stop());
  const browser = await startBrowser();
  const profile = join(directory, 'profile');
  // The system's authorities are this one here: what the welcome page writes trusts the system.
  const host = await startServe({ directory: profile, env: { SSL_CERT_FILE: join(directory, 'ca.pem') } });
  const watched = await openWatched(browser, host.url);
  const { page } = watched;
  const { keyboard } = page;

  await expectPage(page.getByRole('heading', { name: 'Welcome to Sotto' })).toBeVisible();
  await expectPage(page.getByLabel('Your nick')).toBeFocused();
  await expectPage(page.getByLabel('Server')).toHaveValue('irc.libera.chat');
  await picture(page, 'welcome');
  const config = join(profile, 'config', 'config.toml');
  await expect(access(config)).rejects.toThrow();

  await keyboard.type('wren');
  await keyboard.press('Tab');
  await keyboard.type('127.0.0.1');
  await keyboard.press('Tab');
  await keyboard.type('harbour');
  await keyboard.press('Enter');
  await expectPage(sidebar(page, '#harbour')).toBeVisible();
  const written = await readFile(config, 'utf8');
  expect(written).toContain('nickname = "wren"');
  expect(written).toContain('server = "127.0.0.1"');
  expect(written).toContain('#harbour');

  await keyboard.press('Control+k');
  await keyboard.type('harb');
  await keyboard.press('Enter');
  await expectPage(page.getByRole('heading', { level: 1, name: '#harbour' })).toBeVisible();
  await expectPage(sidebar(page, '#harbour')).not.toContainText('not joined');
  await expectPage(page.getByRole('textbox', { name: 'Message to #harbour' })).toBeFocused();
  await keyboard.type('hello from a keyboard');
  await keyboard.press('Enter');
  await expectPage(log(page).getByText('hello from a keyboard')).toHaveCount(1);
  const client = await until('wren is connected', () => irc.client('wren'));
  await until('the server has the line', () => client.lines.includes('PRIVMSG #harbour :hello from a keyboard'));
  client.sendRaw(':maren!m@demo.host PRIVMSG #harbour :welcome, wren');
  await expectPage(log(page).getByText('welcome, wren')).toHaveCount(1);
  expectQuiet(watched);
  expect(await host.stop()).toBe(0);
});

test('a welcome form that cannot be used says so and writes nothing', async () => {
  const directory = await profileDirectory();
  const browser = await startBrowser();
  const host = await startServe({ directory });
  const { page } = await openWatched(browser, host.url);
  await page.getByLabel('Your nick').fill('9 lives');
  await page.getByLabel('Your nick').press('Enter');
  await expectPage(page.getByRole('heading', { name: 'Welcome to Sotto' })).toBeVisible();
  expect(await page.getByLabel('Your nick').evaluate((field: HTMLInputElement) => field.validity.patternMismatch)).toBe(true);
  await expect(access(join(directory, 'config', 'config.toml'))).rejects.toThrow();
});
