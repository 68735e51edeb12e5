/** IRC of today as a person has it: a page, the whole core, and a server that plays the other side. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect as expectPage } from 'playwright/test';
import { expect, onTestFinished, test } from 'vitest';
import { startScripted, type Scripted } from '../support/irc/scripted.ts';
import { loopbackHosts } from './inProcess.ts';
import {
  expectQuiet,
  input,
  launchBrowser,
  log,
  openBuffer,
  openWatched,
  palette,
  picture,
  plainServer,
  profileDirectory,
  type Watched,
} from './page.ts';

const WAIT = { timeout: 20_000 };
const caps = 'message-tags server-time batch labeled-response echo-message draft/message-redaction draft/account-registration';

/** A page on #harbour, with bea there, as an operator. */
async function arrive(): Promise<{ irc: Scripted; page: Page; watched: Watched }> {
  const irc = await startScripted();
  const host = await loopbackHosts()(await profileDirectory(), plainServer(irc.port, 'ann', '[servers.lab.typing]\nshare = true\n'));
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  await irc.greet({ caps });
  await irc.hear(/JOIN :?#harbour/);
  irc.say(':ann!ann@host.test JOIN #harbour', ':irc.test 353 ann = #harbour :@ann bea', ':irc.test 366 ann #harbour :End of NAMES');
  const watched = await openWatched(browser, host.newUrl());
  const { page } = watched;
  await page
    .getByRole('navigation', { name: 'Conversations' })
    .getByRole('button', { name: /^#harbour/ })
    .click(WAIT);
  await expectPage(page.getByRole('heading', { level: 1, name: '#harbour' })).toBeVisible();
  return { irc, page, watched };
}

async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
const label = (line: string): string => /^@\S*\blabel=([^; ]+)/.exec(line)?.[1] ?? '';
/** What the server sends back of a labelled line. */
const echo = (line: string, tags: string, rest: string): string => {
  const found = label(line);
  return `@${[...(found === '' ? [] : [`label=${found}`]), ...(tags === '' ? [] : [tags])].join(';')} :ann!ann@host.test ${rest}`;
};

test('answers, reactions, typing and taking back go out and come in, by keyboard', async () => {
  const { irc, page, watched } = await arrive();
  irc.say('@msgid=m1 :bea!b@host.test PRIVMSG #harbour :is the ferry late?');
  await expectPage(log(page).getByText('is the ferry late?')).toBeVisible(WAIT);

  // An answer, begun from the line itself.
  const toLine = async (text: string): Promise<void> => {
    await log(page).focus();
    const line = log(page).getByRole('article').filter({ hasText: text }).first();
    await expect
      .poll(async () => {
        if (await line.evaluate((element) => element === document.activeElement)) return true;
        await page.keyboard.press('ArrowUp');
        return line.evaluate((element) => element === document.activeElement);
      }, WAIT)
      .toBe(true);
  };
  await toLine('is the ferry late?');
  await page.keyboard.press('r');
  await expectPage(page.getByRole('button', { name: 'Do not reply (Escape)' })).toBeVisible();
  await page.keyboard.type('as always');
  await irc.hear(/^@\S*\+typing=active\S* TAGMSG :?#harbour/);
  await page.keyboard.press('Enter');
  const answer = await irc.hear(/^@\S*reply=m1\S* PRIVMSG #harbour :?as always/);
  irc.say(echo(answer, 'msgid=m2;+draft/reply=m1', 'PRIVMSG #harbour :as always'));
  await expectPage(log(page).getByRole('button', { name: /^In reply to bea: is the ferry late\?/ })).toBeVisible(WAIT);
  await expectPage(input(page)).toHaveValue('');

  irc.say('@+typing=active :bea!b@host.test TAGMSG #harbour');
  await expectPage(page.getByText(/bea.* is typing…/)).toBeVisible(WAIT);
  irc.say('@+draft/react=ha;+draft/reply=m2 :bea!b@host.test TAGMSG #harbour');
  await expectPage(log(page).getByRole('button', { name: /^ha, 1: / })).toBeVisible(WAIT);

  await toLine('is the ferry late?');
  await page.keyboard.press('e');
  await page.keyboard.type('yes');
  await page.keyboard.press('Enter');
  const reaction = await irc.hear(/^@\S*\+draft\/react=yes\S* TAGMSG :?#harbour/);
  expect(reaction).toMatch(/reply=m1\b/);
  irc.say(echo(reaction, '+draft/react=yes;+draft/reply=m1', 'TAGMSG #harbour'));
  await expectPage(log(page).getByRole('button', { name: /^yes, 1: / })).toHaveAttribute('aria-pressed', 'true', WAIT);
  // Everything is in view.
  await expectPage(page.getByRole('button', { name: 'Jump to latest' })).toHaveCount(0);
  await picture(page, 'modern');
  expect(await findings(page)).toEqual([]);

  await toLine('as always');
  await page.keyboard.press('Delete');
  await expectPage(page.getByRole('dialog', { name: 'Take this line back?' })).toBeVisible();
  await page.keyboard.type('wrong boat');
  await page.keyboard.press('Enter');
  const redaction = await irc.hear(/REDACT #harbour m2 /);
  irc.say(echo(redaction, '', 'REDACT #harbour m2 :wrong boat'));
  await expectPage(log(page).getByText(/taken back by\s*ann: wrong boat/)).toBeVisible(WAIT);
  await expectPage(log(page).getByText('as always')).toHaveCount(0);
  // It is so after a reload as well.
  await page.reload();
  await expectPage(log(page).getByText(/taken back by\s*ann: wrong boat/)).toBeVisible(WAIT);
  await expectPage(log(page).getByRole('button', { name: /^yes, 1: / })).toBeVisible();
  expectQuiet(watched);
});

test('channels are listed and joined, bans listed and lifted, an account made', async () => {
  const { irc, page, watched } = await arrive();
  await palette(page, 'Channels on lab');
  const list = await irc.hear(/\bLIST\b/);
  const tag = label(list) === '' ? '' : `@label=${label(list)} `;
  irc.say(
    ...(tag === ''
      ? [':irc.test 321 ann Channel :Users', ':irc.test 322 ann #quay 7 :boats', ':irc.test 322 ann #tea 40 :', ':irc.test 323 ann :End']
      : [
          `${tag}:irc.test BATCH +L labeled-response`,
          '@batch=L :irc.test 321 ann Channel :Users',
          '@batch=L :irc.test 322 ann #quay 7 :boats',
          '@batch=L :irc.test 322 ann #tea 40 :',
          '@batch=L :irc.test 323 ann :End',
          ':irc.test BATCH -L',
        ]),
  );
  await expectPage(page.getByRole('option').first()).toContainText('#tea', WAIT);
  await page.keyboard.type('boats');
  await page.keyboard.press('Enter');
  await irc.hear(/JOIN :?#quay/);
  irc.say(':ann!ann@host.test JOIN #quay', ':irc.test 353 ann = #quay :ann', ':irc.test 366 ann #quay :End of NAMES');
  await expectPage(page.getByRole('heading', { level: 1, name: '#quay' })).toBeVisible(WAIT);
  await openBuffer(page, '#harbour');

  await palette(page, 'Bans of #harbour');
  const asked = await irc.hear(/MODE #harbour :?\+?b\b/);
  const reply = (masks: string[], line: string): void => {
    const found = label(line);
    const rows = [...masks.map((mask) => `:irc.test 367 ann #harbour ${mask} bea 1780000000`), ':irc.test 368 ann #harbour :End'];
    if (found === '') irc.say(...rows);
    else irc.say(`@label=${found} :irc.test BATCH +M labeled-response`, ...rows.map((row) => `@batch=M ${row}`), ':irc.test BATCH -M');
  };
  reply(['*!*@203.0.113.7'], asked);
  await expectPage(page.getByText('*!*@203.0.113.7')).toBeVisible(WAIT);
  await page.getByRole('button', { name: 'Remove *!*@203.0.113.7' }).click();
  await irc.hear(/MODE #harbour -b :?\*!\*@203\.0\.113\.7/);
  irc.say(':ann!ann@host.test MODE #harbour -b *!*@203.0.113.7');
  reply([], await irc.hear(/MODE #harbour :?\+?b$/));
  await expectPage(page.getByText('Nobody is banned.')).toBeVisible(WAIT);
  // The keyboard is where it was of use, not nowhere.
  await expectPage(page.getByRole('tab', { name: 'Bans', exact: true })).toBeFocused();
  await page.keyboard.press('Escape');
  await expectPage(page.locator('dialog')).toHaveCount(0);

  await palette(page, 'Make an account on lab');
  await expectPage(page.getByRole('textbox', { name: 'Account' })).toBeFocused();
  await page.getByLabel('Password', { exact: true }).fill('a long one');
  await page.getByLabel('The same again').fill('a long one');
  await page.keyboard.press('Enter');
  const registration = await irc.hear(/REGISTER \S+ \S+ :?a long one/);
  const found = label(registration);
  irc.say(`${found === '' ? '' : `@label=${found} `}:irc.test REGISTER SUCCESS ann :Account created`);
  await expectPage(page.getByText('The account is made.', { exact: false })).toBeVisible(WAIT);
  expectQuiet(watched);
});
