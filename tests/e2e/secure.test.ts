/** `/secure` as two people have it: two hosts, two pages, one IRC server between them that writes down what it hears. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect as expectPage } from 'playwright/test';
import { expect, onTestFinished, test } from 'vitest';
import { startHostileServer } from '../support/irc/hostile.ts';
import { loopbackHosts, type PageHost } from './inProcess.ts';
import {
  expectQuiet,
  input,
  launchBrowser,
  log,
  openWatched,
  picture,
  plainServer,
  profileDirectory,
  say,
  sidebar,
  type Watched,
} from './page.ts';

const WAIT = { timeout: 30_000 };

async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

test('an offer on IRC is seen, accepted by keyboard, and the talk goes on where the server hears nothing', async () => {
  const irc = await startHostileServer();
  const start = loopbackHosts();
  const host = async (nick: string): Promise<PageHost> => start(await profileDirectory(), plainServer(irc.port, nick));
  const [ofAnn, ofBea] = [await host('ann'), await host('bea')];
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const pages: [Watched, Watched] = [await openWatched(browser, ofAnn.newUrl()), await openWatched(browser, ofBea.newUrl())];
  const [ann, bea] = [pages[0].page, pages[1].page];
  for (const page of [ann, bea]) await expectPage(sidebar(page, /^#harbour/)).toBeVisible(WAIT);
  await expect.poll(() => irc.nicks(), WAIT).toEqual(expect.arrayContaining(['ann', 'bea']));

  await sidebar(ann, /^#harbour/).click();
  await say(ann, '/query bea');
  await expectPage(ann.getByRole('heading', { level: 1, name: 'bea' })).toBeVisible();
  await say(ann, 'in the open');
  await say(ann, '/secure');
  await expectPage(ann.getByText('It waits for their answer until', { exact: false })).toBeVisible(WAIT);
  await picture(ann, 'secure-offering');

  await sidebar(bea, /^ann/).click(WAIT);
  await expectPage(bea.getByText('ann offers a private conversation')).toBeVisible(WAIT);
  expect(await findings(bea)).toEqual([]);
  await bea.emulateMedia({ colorScheme: 'dark' });
  expect(await findings(bea)).toEqual([]);
  await picture(bea, 'secure-offered-dark');
  await bea.emulateMedia({ colorScheme: 'light' });
  await bea.getByRole('button', { name: 'Accept' }).focus();
  await bea.keyboard.press('Enter');

  for (const page of [ann, bea]) await expectPage(page.getByRole('button', { name: 'Safety: not verified' })).toBeVisible(WAIT);
  await say(ann, 'the red door');
  await expectPage(log(bea).getByText('the red door')).toBeVisible(WAIT);
  await say(bea, 'third path');
  await expectPage(log(ann).getByText('third path')).toBeVisible(WAIT);
  // What was said before stays above it, and the conversation has left the server's list.
  await expectPage(log(ann).getByText('in the open')).toBeVisible();
  await expectPage(input(ann)).toHaveAttribute('aria-label', /^Message to/);
  await picture(ann, 'secure-private');
  for (const page of [ann, bea]) expect(await findings(page)).toEqual([]);

  const heard = irc.heard.map(({ text }) => text);
  expect(heard).toContain('in the open');
  expect(heard.filter((text) => /red door|third path/.test(text))).toEqual([]);
  for (const watched of pages) expectQuiet(watched);
});
