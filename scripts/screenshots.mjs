// Takes the pictures of the README and of stores from the demo, in a real Chromium: `npm run screenshots`. Needs Debian's chromium.
// `npm run screenshots -- store` takes those of stores alone (flatpak/screenshots; captions are in the metainfo).
import { spawn } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { buildUi, oneAtATime } from './set-up.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const store = path.join(root, 'flatpak', 'screenshots');
const folder = process.argv[2] === 'store' ? store : path.join(root, 'docs', 'screenshots');
for (const name of [store, folder]) await mkdir(name, { recursive: true });

await oneAtATime(console.error, () => buildUi(console.error));
const demo = spawn(process.execPath, [path.join(root, 'src/host/serve/main.ts'), '--demo', '--no-open'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((resolve, reject) => {
  readline.createInterface({ input: demo.stdout }).on('line', (line) => {
    if (line.startsWith('http://')) resolve(line);
  });
  demo.once('exit', () => reject(new Error('the demo ended')));
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
});
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 750 }, deviceScaleFactor: 1, colorScheme: 'light' });
  await page.goto(url);
  const sidebar = page.getByRole('navigation', { name: 'Conversations' });
  const take = async (name) => {
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
    if (folder !== store) await copyFile(path.join(folder, `${name}.png`), path.join(store, `${name}.png`));
  };

  await sidebar.getByRole('button', { name: /^robin/ }).click();
  await page.getByRole('log').getByText('robin').first().waitFor();
  const input = page.getByRole('textbox', { name: /^Message to/ });
  const say = async (text) => {
    const before = await page.getByRole('log').getByText('delivered', { exact: true }).count();
    await input.fill(text);
    await input.press('Enter');
    await page.waitForFunction((count) => document.querySelectorAll('[role=log] .receipt.delivered').length > count, before);
  };
  await say('Hello! Your invite worked at once');
  await say('and nobody in between learns where either of us is');
  await page.waitForTimeout(4_000);
  await take('private');

  await page.getByRole('button', { name: /^Safety:/ }).click();
  await page.getByRole('list', { name: 'Twelve groups of five digits' }).waitFor();
  await take('safety-number');
  await page.keyboard.press('Escape');

  await sidebar.getByRole('button', { name: /^#/ }).first().click();
  await page.waitForTimeout(20_000);
  await take('channel');
  await page.emulateMedia({ colorScheme: 'dark' });
  await take('channel-dark');
} finally {
  await browser.close();
  demo.kill('SIGINT');
}
