// needs: xvfb dbus python-dbus chromium
/** A page of the browser host in a real Chromium on a screen, and what reaches the desktop's notification service. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { startIrcServer } from '../../src/host/demo/ircServer.ts';
import { chromiumArgs, chromiumPath } from '../support/chromium.ts';
import { startDesktop, type DesktopSession } from '../support/desktop/session.ts';
import { startServe } from '../support/hosts.ts';

interface Scene {
  desktop: DesktopSession;
  page: Page;
  /** Somebody else says a line on the server. */
  say: (line: string) => void;
}

const config = (port: number, more: string): string => `[servers.lab]
nickname = "wren"
server = "127.0.0.1"
port = ${port}
use_tls = false
channels = ["#garden"]
${more}`;

/** `granted`: the person has allowed notifications before. */
async function scene(more: string, granted: boolean): Promise<Scene> {
  const desktop = await startDesktop();
  const irc = await startIrcServer();
  onTestFinished(() => irc.stop());
  const directory = join(desktop.home, 'profile');
  await mkdir(directory);
  const host = await startServe({ directory, config: config(irc.port, more) });
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArgs, headless: false, env: desktop.env });
  onTestFinished(() => browser.close());
  const context = await browser.newContext();
  const { origin } = new URL(host.url);
  if (granted) await context.grantPermissions(['notifications'], { origin });
  const page = await context.newPage();
  await page.goto(host.url);
  await page.getByRole('button', { name: /^#garden/ }).click();
  await page.getByRole('heading', { name: '#garden' }).waitFor();
  await expect
    .poll(() =>
      irc
        .clients()
        .find((client) => client.nick() === 'wren')
        ?.lines.some((line) => line.startsWith('JOIN')),
    )
    .toBe(true);

  const stranger = createConnection(irc.port, '127.0.0.1');
  onTestFinished(() => void stranger.destroy());
  await once(stranger, 'connect');
  stranger.on('data', () => undefined);
  stranger.write('NICK mallory\r\nUSER mallory 0 * :mallory\r\nJOIN #garden\r\n');
  await page
    .getByRole('list', { name: /people/i })
    .or(page.getByText('mallory').first())
    .first()
    .waitFor();
  return {
    desktop,
    page,
    say: (line) => void stranger.write(`${line}\r\n`),
  };
}

it('a person who writes is told of without what they say, and a press opens the conversation', async () => {
  const { desktop, page, say } = await scene('', true);
  say('PRIVMSG wren :the code of the gate is 1234');
  await expect.poll(() => desktop.notified().length).toBe(1);
  const [told] = desktop.notified();
  expect(told?.summary).toBe('mallory');
  expect(told?.body).toContain('New message');
  expect(JSON.stringify(desktop.recorded)).not.toContain('1234');
  expect(told?.actions).toContain('default');
  desktop.press(told?.id ?? 0);
  await page.getByRole('heading', { name: 'mallory' }).waitFor();
  await page.getByText('the code of the gate is 1234').waitFor();
  // The conversation is before the person's eyes: nothing more is told of it.
  say('PRIVMSG wren :and again');
  await page.getByText('and again').waitFor();
  say('PRIVMSG #garden :wren: look at the beans');
  await expect.poll(() => desktop.notified().length).toBe(2);
  expect(desktop.notified()[1]?.summary).toBe('mallory in #garden');
  // Read: the desktop takes it away.
  const second = desktop.notified()[1]?.id;
  await page.getByRole('button', { name: /^#garden/ }).click();
  await expect.poll(() => desktop.recorded.some((line) => line.t === 'close' && line.id === second)).toBe(true);
});

it('hostile text is shown as text: no markup, no control or direction characters, not too long', async () => {
  const { desktop, say } = await scene('[notifications.direct_message]\nshow_content = true\ndelay = 0', true);
  say(
    `PRIVMSG wren :<b>bold</b> <img src="http://127.0.0.1:9/x"> <a href="irc://x">y</a> &lt; \u0002mirc\u0003 \u202eexe.txt\u200b \u0007`,
  );
  await expect.poll(() => desktop.notified().length).toBe(1);
  const body = desktop.notified()[0]?.body ?? '';
  expect(body).toContain('&lt;b&gt;bold&lt;/b&gt;');
  expect(body).toContain('&amp;lt;');
  expect(body).toContain('mirc exe.txt');
  // eslint-disable-next-line no-control-regex -- what must not be there
  expect(body).not.toMatch(/<(?!a href="http:\/\/127|\/a>)|[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069\u200b]/);
  say(`PRIVMSG wren :${'long '.repeat(90)}`);
  await expect.poll(() => desktop.notified().length).toBe(2);
  expect((desktop.notified()[1]?.body ?? '').length).toBeLessThan(320);
  for (let index = 0; index < 60; index += 1) say(`PRIVMSG wren :flood ${index}`);
  say('PRIVMSG #garden :that was all');
  await expect.poll(() => desktop.recorded.length).toBeGreaterThan(3);
  expect(desktop.notified().length).toBeLessThan(20);
});

it('permission is offered once there is something to tell, and asked for by a press only', async () => {
  const { desktop, page, say } = await scene('[notifications.direct_message]\ndelay = 0', false);
  const offer = page.getByRole('region', { name: 'Notifications' });
  expect(await offer.count()).toBe(0);
  say('PRIVMSG wren :hello');
  await offer.waitFor();
  expect(desktop.notified()).toEqual([]);
  await page.context().grantPermissions(['notifications'], { origin: new URL(page.url()).origin });
  await offer.getByRole('button', { name: 'Allow notifications' }).click();
  await offer.waitFor({ state: 'detached' });
  say('PRIVMSG wren :hello again');
  await expect.poll(() => desktop.notified().length).toBe(1);
});
