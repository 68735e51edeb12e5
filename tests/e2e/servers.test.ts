/** What a person sees when a server is wrong, broken or hostile. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { expect as expectPage } from 'playwright/test';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startIrcServer, type IrcClient, type IrcServerOptions } from '../../src/host/demo/ircServer.ts';
import { until } from '../support/cores.ts';
import { startServe, type Host } from '../support/hosts.ts';
import { startInspircd, type Lab } from '../support/irc/lab.ts';
import {
  expectQuiet,
  launchBrowser,
  log,
  openBuffer,
  openWatched,
  people,
  picture,
  plainServer,
  profileDirectory,
  say,
  sidebar,
  type Watched,
} from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

const PASSWORD = 'correct-horse-wren';

async function open(config: string, directory?: string): Promise<Watched & { host: Host }> {
  const host = await startServe({ directory: directory ?? (await profileDirectory()), config });
  const watched = await openWatched(browser, host.url);
  onTestFinished(() => watched.page.context().close());
  return { ...watched, host };
}
const startScripted = async (options: IrcServerOptions) => {
  const server = await startIrcServer(options);
  onTestFinished(() => server.stop());
  return server;
};
const sasl = `
[servers.lab.sasl.plain]
username = "wren"
password = "${PASSWORD}"
`;
/** The first client that comes, whatever it calls itself. */
const firstClient = (clients: IrcClient[]): Promise<IrcClient> => until('somebody connects', () => clients[0]);

test('a real server: an untrusted certificate, then a wrong password, then the right one', async () => {
  const irc: Lab = await startInspircd({ services: true });
  onTestFinished(() => irc.stop());
  await irc.register('wren', PASSWORD);
  const directory = await profileDirectory();
  const authority = join(directory, 'ca.pem');
  await writeFile(authority, irc.caPem);
  const config = (password: string, root: boolean): string => `[servers.lab]
nickname = "wren"
server = "localhost"
port = ${irc.tlsPort}
channels = ["#harbour"]
${root ? `root_cert_path = "${authority}"` : ''}
[servers.lab.sasl.plain]
username = "wren"
password = "${password}"
`;
  const { page, host } = await open(config(PASSWORD, false), directory);
  const file = join(directory, 'config', 'config.toml');
  await openBuffer(page, 'lab');
  await expectPage(page.getByText(/showed a certificate that .*\. Nothing was sent to it\./).first()).toBeVisible();
  await expectPage(sidebar(page, /^lab waiting/)).toBeVisible();
  await picture(page, 'untrusted-certificate');

  await writeFile(file, config('wrong-horse', true));
  await expectPage(page.getByText(/Logging in as wren failed: account or password is wrong/).first()).toBeVisible({ timeout: 20_000 });
  await expectPage(sidebar(page, /^lab failed/)).toBeVisible();
  await picture(page, 'wrong-password');
  await expectPage(sidebar(page, '#harbour')).toHaveCount(0);
  for (const secret of ['wrong-horse', PASSWORD]) {
    expect(await page.content()).not.toContain(secret);
    expect(host.log.join('\n')).not.toContain(secret);
  }

  await writeFile(file, config(PASSWORD, true));
  await expectPage(sidebar(page, /^lab$/)).toBeVisible({ timeout: 20_000 });
  await openBuffer(page, '#harbour');
  await expectPage(people(page).getByText('wren', { exact: true })).toBeVisible();
});

test('a server that leaves SASL out of its capabilities gets neither password nor person', async () => {
  const clients: IrcClient[] = [];
  const irc = await startScripted({
    accounts: { wren: PASSWORD },
    capabilities: ['echo-message', 'message-tags', 'server-time'],
    onConnect: (client) => clients.push(client),
  });
  const { page } = await open(plainServer(irc.port, 'wren', sasl));
  await openBuffer(page, 'lab');
  await expectPage(page.getByText(/Logging in as wren failed: the server does not offer SASL/).first()).toBeVisible();
  await expectPage(sidebar(page, /^lab failed/)).toBeVisible();
  const said = (await firstClient(clients)).lines.join('\n');
  expect(said).not.toMatch(/AUTHENTICATE|JOIN/);
  expect(said).not.toContain(btoa(`wren\0wren\0${PASSWORD}`));
  expect(said).not.toContain(PASSWORD);
});

test('a server that lets us in without capabilities, and so without SASL, is left', async () => {
  const irc = await startScripted({
    onLine: (client, line) => {
      if (line.startsWith('CAP')) return true;
      if (line.startsWith('USER')) client.sendRaw(':irc.demo 001 wren :Welcome without asking');
      return line.startsWith('USER');
    },
  });
  const { page } = await open(plainServer(irc.port, 'wren', sasl));
  await openBuffer(page, 'lab');
  await expectPage(
    page.locator('header').getByText(/^Logging in as wren failed: .* Sotto disconnected, as the configuration asks\./),
  ).toBeVisible();
  await expectPage(sidebar(page, /^lab failed/)).toBeVisible();
});

/** Highest memory of a process so far, in bytes. */
const peakMemory = async (host: Host): Promise<number> => {
  const status = await readFile(`/proc/${host.process.pid ?? 0}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
};

test('64 MiB without a line end: the connection is dropped with a sentence, and memory stays', async () => {
  const MIB = 1024 * 1024;
  const sent = { bytes: 0 };
  const irc = await startScripted({});
  const { page, host } = await open(plainServer(irc.port, 'wren').replace('reconnect_delay = 1', 'reconnect_delay = 5'));
  await openBuffer(page, '#harbour');
  await expectPage(sidebar(page, /^#harbour$/)).toBeVisible();
  await say(page, 'before the flood');
  const before = await peakMemory(host);
  const client = await until('wren is connected', () => irc.client('wren'));
  const chunk = new Uint8Array(MIB).fill(0x41);
  while (!client.closed() && sent.bytes < 64 * MIB) {
    sent.bytes += chunk.length;
    if (!client.sendBytes(chunk)) await client.drained();
  }
  await until('the connection was dropped', () => client.closed());
  await openBuffer(page, 'lab');
  await expectPage(
    page.locator('header').getByText(/The server sent a line of more than \d+ bytes; Sotto closed the connection\. Trying again at \d/),
  ).toBeVisible();
  await picture(page, 'endless-line');
  expect((await peakMemory(host)) - before).toBeLessThan(32 * MIB);
  await until('Sotto is back', () => irc.client('wren'));
  await openBuffer(page, '#harbour');
  await expectPage(sidebar(page, /^#harbour$/)).toBeVisible();
  await say(page, 'after the flood');
  await expectPage(log(page).getByText('after the flood')).toHaveCount(1);
});

test('lines that are no IRC change nothing and end nothing', async () => {
  const irc = await startScripted({});
  const { page } = await open(plainServer(irc.port, 'wren'));
  await openBuffer(page, '#harbour');
  await expectPage(sidebar(page, /^#harbour$/)).toBeVisible();
  const client = await until('wren is connected', () => irc.client('wren'));
  for (const line of [
    'PRIVMSG',
    ':PRIVMSG',
    ': PRIVMSG',
    'PRIVMSG #harbour',
    ':maren!m@h PRIVMSG',
    ':maren!m@h PRIVMSG #harbour',
    '@ PRIVMSG #harbour :x',
    '@time=never :maren!m@h PRIVMSG #harbour :at no time',
    ':maren!m@h PRIVMSG  :',
    ':irc.demo 353',
    ':irc.demo 366',
    ':irc.demo 005',
    ':irc.demo 005 wren CHANMODES= PREFIX=(((((( CASEMAPPING=klingon :are supported',
    'MODE',
    ':x MODE #harbour +ooooo',
    'BATCH',
    'BATCH -nothing',
    'JOIN',
    ':maren!m@h NICK',
    'KICK #harbour',
    '\u0000\u0001\u0002',
    '',
  ])
    client.sendRaw(line);
  client.sendRaw(':maren!m@h PRIVMSG #harbour :still here?');
  await expectPage(log(page).getByText('still here?')).toHaveCount(1);
  await say(page, 'still here');
  await until('the same connection goes on', () => client.lines.includes('PRIVMSG #harbour :still here'));
  expect(client.closed()).toBe(false);
});

const hostileTexts = [
  '<img src=x onerror="window.pwned=1">',
  '<script>window.pwned=1</script>',
  '"><svg/onload=window.pwned=1>',
  'javascript:window.pwned=1 data:text/html,<script>window.pwned=1</script>',
  '{@html "<b>pwned</b>"} ${window.pwned=1}',
];

test('hostile text is shown as text: markup, directions, control characters, in lines, nicks and topics', async () => {
  const irc = await startScripted({});
  const watched = await open(plainServer(irc.port, 'wren'));
  const { page } = watched;
  await openBuffer(page, '#harbour');
  await expectPage(sidebar(page, /^#harbour$/)).toBeVisible();
  const client = await until('wren is connected', () => irc.client('wren'));
  for (const text of hostileTexts) {
    client.sendRaw(`:maren!m@h PRIVMSG #harbour :${text}`);
    await expectPage(log(page).getByText(text, { exact: true })).toHaveCount(1);
  }
  client.sendRaw(`:<b>osk</b>!m@h PRIVMSG #harbour :from markup`);
  await expectPage(log(page).getByText('<b>osk</b>')).toBeVisible();
  client.sendRaw(`:<b>osk</b>!m@h TOPIC #harbour :${hostileTexts[0] ?? ''}`);
  await expectPage(page.locator('header').getByText(hostileTexts[0] ?? '')).toBeVisible();
  // An override would turn the rest of the line around.
  client.sendRaw(':maren!m@h PRIVMSG #harbour :abc\u202edef\u2066ghi\u0007jkl\u001b[31mred');
  await expectPage(log(page).getByText('abcdefghijkl[31mred', { exact: true })).toHaveCount(1);
  client.sendRaw(':ma\u202eren!m@h PRIVMSG #harbour :from a turned nick');
  await expectPage(log(page).getByText('from a turned nick')).toHaveCount(1);
  const shown = await page.content();
  for (const character of ['\u202e', '\u2066', '\u0007', '\u001b']) expect(shown).not.toContain(character);
  client.sendRaw(`:maren!m@h PRIVMSG #harbour :${'\u00034,4\u0002\u001f'.repeat(60)}unreadable`);
  await expectPage(log(page).getByText('unreadable').first()).toBeVisible();
  client.sendRaw(`:maren!m@h PRIVMSG #harbour :${'W'.repeat(380)}`);
  await expectPage(log(page).getByText('W'.repeat(380))).toHaveCount(1);
  await picture(page, 'hostile-text');
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  const hrefs = await log(page)
    .locator('a')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  expect(hrefs.filter((href) => !/^https?:\/\//.test(href))).toEqual([]);
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  expectQuiet(watched);
});
