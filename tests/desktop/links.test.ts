// needs: xvfb dbus python-dbus xdg-open chromium
/** Links that are opened anywhere on the desktop reach Sotto through its desktop file: when it runs not yet, and when it runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import * as v from 'valibot';
import { expect, it, onTestFinished } from 'vitest';
import { startIrcServer } from '../../src/host/demo/ircServer.ts';
import { chromiumArgs, chromiumPath } from '../support/chromium.ts';
import { startDesktop, type DesktopSession } from '../support/desktop/session.ts';

const host = fileURLToPath(new URL('../support/testHost.ts', import.meta.url));
const SCHEMES = ['irc', 'ircs', 'sotto'];

const desktopFile = (name: string, exec: string, types: readonly string[]): string =>
  `[Desktop Entry]\nType=Application\nName=${name}\nExec=${exec}\nMimeType=${types.join(';')};\n`;

/** Installs Sotto and a browser for one person, as packages do for all. */
async function install(desktop: DesktopSession, profile: string, browserData: string): Promise<void> {
  const applications = join(desktop.home, '.local', 'share', 'applications');
  await mkdir(applications, { recursive: true });
  await mkdir(join(desktop.home, '.config'), { recursive: true });
  const schemes = SCHEMES.map((scheme) => `x-scheme-handler/${scheme}`);
  await writeFile(
    join(applications, 'sotto.desktop'),
    desktopFile('Sotto', `${process.execPath} ${host} serve --profile ${profile} %u`, schemes),
  );
  const browser = [
    chromiumPath,
    ...chromiumArgs,
    `--user-data-dir=${browserData}`,
    '--password-store=basic',
    '--remote-debugging-port=0',
  ].join(' ');
  await writeFile(join(applications, 'browser.desktop'), desktopFile('Browser', `${browser} %U`, ['text/html']));
  const defaults = [...schemes.map((scheme) => `${scheme}=sotto.desktop`), 'text/html=browser.desktop'];
  await writeFile(join(desktop.home, '.config', 'mimeapps.list'), `[Default Applications]\n${defaults.join('\n')}\n`);
}

/** What a person's press on a link runs. Resolves to its exit code. */
const open = async (desktop: DesktopSession, link: string): Promise<number | null> => {
  const child = spawn('xdg-open', [link], { env: desktop.env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    process.kill(-child.pid, 'SIGTERM');
    await gone;
  }, 60_000);
  return new Promise((resolve) => {
    child.once('exit', resolve);
  });
};

const Targets = v.array(v.object({ type: v.string(), url: v.string() }));

/** The one page of the browser that Sotto opened, once it has left the redirect file. */
async function openedPage(data: string): Promise<Page> {
  const addresses = async (): Promise<string[]> => {
    const [port = ''] = (await readFile(join(data, 'DevToolsActivePort'), 'utf8').catch(() => '')).split('\n');
    if (port === '') return [];
    endpoint = `http://127.0.0.1:${port}`;
    const targets = v.parse(Targets, await (await fetch(`${endpoint}/json`)).json());
    return targets.filter(({ type, url }) => type === 'page' && !url.startsWith('chrome:')).map(({ url }) => url);
  };
  let endpoint = '';
  await expect.poll(addresses, { timeout: 90_000 }).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:/)]);
  const browser = await chromium.connectOverCDP(endpoint);
  onTestFinished(async () => {
    const gone = new Promise((resolve) => browser.once('disconnected', resolve));
    await (await browser.newBrowserCDPSession()).send('Browser.close');
    await gone;
  });
  const pages = browser.contexts().flatMap((context) => context.pages());
  const page = pages.find((each) => each.url().startsWith('http:'));
  if (!page) throw new Error('no page');
  return page;
}

/** The command lines of everything that runs with this screen's browser data. */
async function commandLines(needle: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(needle));
}

it('a link starts Sotto and is shown there, and a second one reaches the page that is open', async () => {
  const desktop = await startDesktop();
  const irc = await startIrcServer();
  onTestFinished(() => irc.stop());
  const profile = join(desktop.home, 'profile');
  const browserData = join(desktop.home, 'browser');
  await mkdir(join(profile, 'config'), { recursive: true });
  const entry = `[servers.lab]\nnickname = "wren"\nserver = "127.0.0.1"\nport = ${irc.port}\nuse_tls = false\n`;
  await writeFile(join(profile, 'config', 'config.toml'), entry);
  await install(desktop, profile, browserData);

  // Cold: nothing runs yet. It goes on running, so its end is not waited for.
  void open(desktop, `irc://127.0.0.1:${irc.port}/%23garden`);
  const page = await openedPage(browserData);
  const joining = page.getByRole('dialog', { name: 'Join #garden?' });
  await joining.waitFor({ timeout: 60_000 });
  const joined = (): boolean => irc.clients().some(({ lines }) => lines.some((line) => line.startsWith('JOIN')));
  await expect.poll(() => irc.clients().some((client) => client.nick() === 'wren')).toBe(true);
  expect(joined()).toBe(false);
  await joining.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('heading', { name: '#garden' }).waitFor();
  expect(joined()).toBe(true);

  // Warm: the second start hands its link over and ends.
  expect(await open(desktop, 'sotto:not-a-route-but-a-link')).toBe(0);
  const connect = page.getByRole('dialog', { name: 'Connect to a person' });
  await connect.waitFor();
  expect(await connect.getByRole('textbox').first().inputValue()).toBe('sotto:not-a-route-but-a-link');
  await page.keyboard.press('Escape');
  await connect.waitFor({ state: 'detached' });

  expect(await open(desktop, 'ircs://irc.example/%0d%0aQUIT')).toBe(0);
  await page.getByText('This link cannot be opened').waitFor();
  expect(await page.getByRole('dialog').count()).toBe(0);

  const browsers = await commandLines(browserData);
  expect(browsers.length).toBeGreaterThan(0);
  for (const line of browsers) expect(line).not.toMatch(/sotto:not|%23garden|irc:\/\//);
});
