/** A day's work on one IRC server: a host, a page, and two people who are no Sotto. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect as expectPage } from 'playwright/test';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startIrcServer, type IrcClient, type IrcServer } from '../../src/host/demo/ircServer.ts';
import { startTalker, type Talker } from '../../src/host/demo/talker.ts';
import { until } from '../support/cores.ts';
import { spawnServe, startServe, type Host } from '../support/hosts.ts';
import { useWindow } from '../support/window.ts';
import {
  expectQuiet,
  input,
  launchBrowser,
  log,
  openBuffer,
  openWatched,
  people,
  picture,
  plainServer,
  say,
  sidebar,
  type Watched,
} from './page.ts';

let directory = '';
let irc: IrcServer;
let host: Host & { url: string };
let browser: Browser;
let watched: Watched;
let page: Page;
let maren: Talker;
let osk: Talker;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sotto-e2e-'));
  irc = await startIrcServer();
  host = await spawnServe({ directory, config: plainServer(irc.port, 'wren') });
  browser = await launchBrowser();
  watched = await openWatched(browser, host.url);
  page = watched.page;
  maren = startTalker(irc.port, 'maren', '#harbour');
  osk = startTalker(irc.port, 'osk', '#harbour');
  await Promise.all([maren.joined, osk.joined]);
  await openBuffer(page, '#harbour');
  await expectPage(sidebar(page, '#harbour')).not.toContainText('not joined');
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await picture(page, `failed-${task.name.slice(0, 40)}`);
});

afterAll(async () => {
  for (const talker of [maren, osk]) talker.leave();
  await browser.close();
  await host.stop();
  await irc.stop();
  await rm(directory, { recursive: true, force: true });
});

const me = (): IrcClient => {
  const client = irc.client('wren');
  if (!client) throw new Error('wren is not connected');
  return client;
};
/** A last parameter of one word may or may not have a colon before it. */
const heard = (line: string): Promise<boolean> =>
  until(`the server has ${line}`, () => me().lines.some((got) => got === line || got.replace(/ :(\S*)$/, ' $1') === line));
const from = (nick: string, text: string): void => {
  me().sendRaw(`:${nick}!${nick}@demo.host ${text}`);
};
/** What only a browser has: a second page, a page's headers, the clipboard without a press. The rest is also run against the window, see tests/electron/window. */
const inBrowser = useWindow() ? null : test;
const secondPage = async (): Promise<Watched> => {
  const second = await startServe({ directory });
  const opened = await openWatched(browser, second.url);
  onTestFinished(() => opened.page.context().close());
  expect(await second.stop()).toBe(0);
  return opened;
};

test('the channel shows who is there, and both sides of the talk', async () => {
  for (const nick of ['maren', 'osk', 'wren']) await expectPage(people(page).getByText(nick, { exact: true })).toBeVisible();
  maren.say('morning all');
  await say(page, 'morning maren');
  await expectPage(log(page).getByText('morning all')).toHaveCount(1);
  await expectPage(log(page).getByText('morning maren')).toHaveCount(1);
  await heard('PRIVMSG #harbour :morning maren');
});

inBrowser?.('a second start opens a second page of the same core; what one says the other shows, once', async () => {
  const second = await secondPage();
  await openBuffer(second.page, '#harbour');
  await say(page, 'said in the first page');
  await say(second.page, 'said in the second page');
  for (const shown of [page, second.page]) {
    await expectPage(log(shown).getByText('said in the first page')).toHaveCount(1);
    await expectPage(log(shown).getByText('said in the second page')).toHaveCount(1);
  }
  expectQuiet(second);
});

test('unread lines and mentions are counted where one is not looking, and gone once they are read', async () => {
  await say(page, '/join #quay');
  await expectPage(page.getByRole('heading', { level: 1, name: '#quay' })).toBeVisible();
  maren.say('nobody in particular');
  await expectPage(sidebar(page, /^#harbour 1 unread$/)).toBeVisible();
  osk.say('wren: are you there?');
  await expectPage(sidebar(page, /^#harbour 1 mention$/)).toBeVisible();
  await expectPage(page).toHaveTitle(/^\(1\) /);
  await openBuffer(page, '#harbour');
  await expectPage(log(page).getByText('New messages')).toBeVisible();
  await expectPage(sidebar(page, /^#harbour$/)).toBeVisible();
  await expectPage(page).toHaveTitle(/^#harbour/);
});

inBrowser?.('a draft and the buffer on screen survive a reload, and the draft of another buffer too', async () => {
  await openBuffer(page, '#quay');
  await input(page).fill('half a thought for the quay');
  await openBuffer(page, '#harbour');
  await input(page).fill('half a thought for the harbour');
  await until('the core has the draft', async () => {
    const second = await secondPage();
    await openBuffer(second.page, '#harbour');
    return (await input(second.page).inputValue()) === 'half a thought for the harbour';
  });
  await page.reload();
  await expectPage(page.getByRole('heading', { level: 1, name: '#harbour' })).toBeVisible();
  await expectPage(input(page)).toHaveValue('half a thought for the harbour');
  await openBuffer(page, '#quay');
  await expectPage(input(page)).toHaveValue('half a thought for the quay');
  await input(page).fill('');
  await openBuffer(page, '#harbour');
  await input(page).fill('');
});

test('scrolling up brings hundreds of older lines, each once and in order', async () => {
  await say(page, '/join #archive');
  await expectPage(sidebar(page, '#archive')).not.toContainText('not joined');
  for (let number = 1; number <= 450; number += 1) from('maren', `PRIVMSG #archive :entry ${number} of the archive.`);
  await expectPage(log(page).getByText('entry 450 of the archive.')).toBeVisible();
  await page.reload();
  await expectPage(log(page).getByText('entry 450 of the archive.')).toBeVisible();
  await expectPage(log(page).getByText('entry 1 of the archive.')).toHaveCount(0);
  const seen = new Set<number>();
  await until('the first entry', async () => {
    const texts = await log(page)
      .getByText(/^entry \d+ of the archive\.$/)
      .allInnerTexts();
    const numbers = texts.map((text) => Number(/\d+/.exec(text)?.[0]));
    expect(numbers).toEqual(numbers.toSorted((one, two) => one - two));
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) seen.add(number);
    if (seen.has(1)) return true;
    await log(page).hover();
    await page.mouse.wheel(0, -400);
    return false;
  });
  for (let number = 1; number <= 450; number += 1) expect(seen.has(number), `entry ${number}`).toBe(true);
  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await expectPage(log(page).getByText('entry 450 of the archive.')).toBeVisible();
  await say(page, '/close');
  await expectPage(sidebar(page, '#archive')).toHaveCount(0);
  await heard('PART #archive');
  await openBuffer(page, '#harbour');
});

test('the commands do on the server what they say', async () => {
  await say(page, '/me waves');
  await heard('PRIVMSG #harbour :\u0001ACTION waves\u0001');
  await expectPage(log(page).getByText('waves')).toHaveCount(1);
  await say(page, '/topic tides at noon');
  await heard('TOPIC #harbour :tides at noon');
  await expectPage(page.locator('header').getByText('tides at noon')).toBeVisible();
  await say(page, '/notice osk a word');
  await heard('NOTICE osk :a word');
  await say(page, '/away gone fishing');
  await heard('AWAY :gone fishing');
  await expectPage(page.getByRole('navigation').getByText('away')).toBeVisible();
  await say(page, '/away');
  await expectPage(page.getByRole('navigation').getByText('away')).toHaveCount(0);
  await say(page, '/part #quay so long');
  await heard('PART #quay :so long');
  await expectPage(sidebar(page, /^#quay ?, not joined/)).toBeVisible();
  await say(page, '/whois maren');
  await expectPage(page.getByText('The answer stands in lab.')).toBeVisible();
  await heard('WHOIS maren :maren');
  await say(page, '/help topic');
  await expectPage(log(page).getByText('/topic [#channel] [text]: Shows or sets the topic of a channel.')).toBeVisible();
  await say(page, '/help');
  await expectPage(log(page).getByText('/quit [reason]')).toBeVisible();
  await openBuffer(page, 'lab');
  await expectPage(
    log(page)
      .getByText(/maren.*demo\.host/)
      .first(),
  ).toBeVisible();
  await openBuffer(page, '#harbour');
});

test('a query is its own buffer, follows the other’s nick and closes', async () => {
  await say(page, '/query osk psst');
  await expectPage(page.getByRole('heading', { level: 1, name: 'osk' })).toBeVisible();
  await heard('PRIVMSG osk :psst');
  await expectPage(page.getByText('Plain IRC: the server can read this conversation')).toBeVisible();
  from('osk', 'PRIVMSG wren :what is it?');
  await expectPage(log(page).getByText('what is it?')).toHaveCount(1);
  from('osk', 'NICK oskar');
  await expectPage(page.getByRole('heading', { level: 1, name: 'oskar' })).toBeVisible();
  await say(page, '/close');
  await expectPage(sidebar(page, 'oskar')).toHaveCount(0);
  await openBuffer(page, '#harbour');
});

test('a nick that is taken is refused by the server, in words; another one is shown everywhere', async () => {
  await say(page, '/nick maren');
  await openBuffer(page, 'lab');
  await expectPage(log(page).getByText('The nick maren is taken.')).toBeVisible();
  await openBuffer(page, '#harbour');
  await say(page, '/nick warbler');
  await expectPage(people(page).getByText('warbler', { exact: true })).toBeVisible();
  await expectPage(page.locator('form').getByText('warbler')).toBeVisible();
  await say(page, '/nick wren');
  await expectPage(people(page).getByText('wren', { exact: true })).toBeVisible();
});

test('a wrong command is explained beside the input, and what was typed stays', async () => {
  for (const [typed, told] of [
    ['/jion #quay', 'There is no command /jion.'],
    ['/query', 'Usage: /query nick [text]'],
    [' /msg nickserv identify secret', 'This looks like a command behind a space.'],
  ] as const) {
    await input(page).fill(typed);
    await input(page).press('Enter');
    await expectPage(page.getByText(told)).toBeVisible();
    await expectPage(page.getByText('Your text is kept.')).toBeVisible();
    await expectPage(input(page)).toHaveValue(typed);
  }
  await input(page).fill('');
  expect(me().lines.some((line) => line.includes('secret'))).toBe(false);
});

test('Tab completes nicks, channels and commands, and cycles', async () => {
  await input(page).fill('mar');
  await input(page).press('Tab');
  await expectPage(input(page)).toHaveValue('maren: ');
  await input(page).fill('is #har');
  await input(page).press('Tab');
  await expectPage(input(page)).toHaveValue('is #harbour ');
  await input(page).fill('/no');
  await input(page).press('Tab');
  await expectPage(input(page)).toHaveValue('/notice ');
  await input(page).fill('/n');
  await input(page).press('Tab');
  const first = await input(page).inputValue();
  await input(page).press('Tab');
  expect([first, await input(page).inputValue()].toSorted()).toEqual(['/nick ', '/notice ']);
  await input(page).fill('');
  await input(page).press('ArrowUp');
  expect(await input(page).inputValue()).toBe('/nick wren');
  await input(page).press('ArrowDown');
  await expectPage(input(page)).toHaveValue('');
});

inBrowser?.('many lines are asked about before they are sent, and somebody’s route before it is pasted', async () => {
  const paste = async (text: string): Promise<void> => {
    await page.evaluate((wanted) => navigator.clipboard.writeText(wanted), text);
    await input(page).focus();
    await page.keyboard.press('Control+v');
  };
  const question = page.getByRole('alertdialog', { name: 'About what you pasted' });
  const six = 'one\ntwo\nthree\nfour\nfive\nsix';
  const many = page.getByRole('alertdialog', { name: 'Many lines' });
  await paste(six);
  await input(page).press('Enter');
  await expectPage(many).toContainText('Send 6 lines to #harbour?');
  await page.keyboard.press('Escape');
  await expectPage(many).toHaveCount(0);
  await expectPage(input(page)).toHaveValue(six);
  await input(page).press('Enter');
  await many.getByRole('button', { name: 'Make it one line' }).click();
  await expectPage(input(page)).toHaveValue('one two three four five six');
  await input(page).fill('');
  await paste('QUJD'.repeat(250));
  await expectPage(question).toContainText('route or invite');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await paste('two\nlines');
  await expectPage(question).toHaveCount(0);
  await input(page).press('Enter');
  await heard('PRIVMSG #harbour :lines');
  expect(me().lines).toContain('PRIVMSG #harbour :two');
});

test('a server that dies is told in words; Sotto comes back by itself and into its channels', async () => {
  const { port } = irc;
  await irc.stop();
  await expectPage(sidebar(page, /^lab waiting/)).toBeVisible();
  await expectPage(sidebar(page, /^#harbour ?, not joined/)).toBeVisible();
  await input(page).fill('into the void');
  await input(page).press('Enter');
  await expectPage(page.getByText('Not connected to this server. Your text is kept.')).toBeVisible();
  await expectPage(input(page)).toHaveValue('into the void');
  irc = await startIrcServer({ port });
  await expectPage(sidebar(page, /^#harbour ?, not joined/)).toHaveCount(0, { timeout: 30_000 });
  await expectPage(sidebar(page, /^lab$/)).toBeVisible();
  await input(page).press('Enter');
  await heard('PRIVMSG #harbour :into the void');
  await expectPage(log(page).getByText('into the void')).toHaveCount(1);
});

test('a day of it asked nobody else for anything, and the browser had nothing to complain about', () => {
  expectQuiet(watched);
});

inBrowser?.('the page comes with its policy', async () => {
  const response = await page.reload();
  expect(response?.headers()['content-security-policy']).toBe(
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src ws://${new URL(page.url()).host}; ` +
      `worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html`,
  );
});
