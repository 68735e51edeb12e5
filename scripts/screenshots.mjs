// Takes the pictures of the README from the demo, in a real Chromium: `npm run screenshots`. Needs Debian's chromium.
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(root, 'docs', 'screenshots');
await mkdir(folder, { recursive: true });

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
  const take = (name) => page.screenshot({ path: path.join(folder, `${name}.png`) });

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
