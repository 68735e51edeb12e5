/** A full disk, for real: the demo's whole profile on a small file system. Only root can make one; without it nothing is registered. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect as expectPage } from 'playwright/test';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startTalker } from '../../src/host/demo/talker.ts';
import { until } from '../support/cores.ts';
import { printedUrl, startBrowser } from '../support/hosts.ts';
import { input, log, openBuffer, openWatched, picture, say } from './page.ts';

const entry = fileURLToPath(new URL('../../src/host/serve/main.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'sotto-full-'));
const disk = join(directory, 'demo');

const mounted = ((): boolean => {
  if (process.getuid?.() !== 0) return false;
  try {
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'sotto-test', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

afterAll(() => {
  if (mounted) execFileSync('umount', ['-l', disk]);
  rmSync(directory, { recursive: true, force: true });
});

/** Fills the disk to its last byte. */
function fill(): void {
  const file = join(disk, 'filler');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(file, new Uint8Array(bavail * bsize));
}
/** The port of the demo's own server stands in the profile. */
const ircPort = async (): Promise<number> =>
  Number(/^port = (\d+)$/m.exec(await readFile(join(disk, 'config', 'config.toml'), 'utf8'))?.[1]);
const makeRoom = (): void => {
  rmSync(join(disk, 'filler'), { force: true });
};

if (!mounted) test('what needs a small file system is not run', () => undefined);
else
  test('a full disk is said in words; what was typed stays, and goes out once there is room', async () => {
    const child = spawn(process.execPath, [entry, '--demo', '--no-open', '--profile', directory], {
      env: { ...process.env, XDG_RUNTIME_DIR: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    child.stderr.on('data', (bytes: Uint8Array) => {
      told += new TextDecoder().decode(bytes);
    });
    const ended = once(child, 'close').then(() => told);
    onTestFinished(async () => {
      if (child.exitCode === null) child.kill('SIGINT');
      await ended;
    });
    const url = await printedUrl(child, ended);
    const browser = await startBrowser();
    const { page } = await openWatched(browser, url);
    await openBuffer(page, 'robin');
    await expectPage(log(page).getByText('Every line is sealed')).toBeVisible({ timeout: 30_000 });
    await say(page, 'while there is room');
    await expectPage(log(page).getByText('Got it, on the first try.')).toBeVisible({ timeout: 20_000 });
    await openBuffer(page, '#harbour');
    await expectPage(log(page).getByText('you two should try Ctrl+K')).toBeVisible({ timeout: 30_000 });
    await openBuffer(page, 'robin');

    fill();
    const big = `no room for this ${'x'.repeat(8_000)}`;
    // Pages that SQLite holds already take the first ones.
    const kept = await until('the disk is full', async () => {
      await input(page).fill(big);
      await input(page).press('Enter');
      await expectPage(page.getByRole('button', { name: 'Send' })).toBeVisible();
      await expectPage.poll(async () => (await input(page).inputValue()) === '' || (await page.getByText('Your text is kept.').count()) > 0).toBe(true);
      return (await page.getByText('The disk is full: nothing was stored. Make room and try again.').count()) > 0;
    });
    expect(kept).toBe(true);
    await expectPage(page.getByText('Your text is kept.')).toBeVisible();
    await expectPage(input(page)).toHaveValue(big);
    await picture(page, 'disk-full');

    await openBuffer(page, '#harbour');
    const gull = startTalker(await ircPort(), 'gull', '#harbour');
    onTestFinished(gull.leave);
    await gull.joined;
    const line = `heard on a full disk ${'y'.repeat(300)}`;
    for (let number = 1; number <= 60; number += 1) gull.say(`${line} ${number}.`);
    await expectPage(page.getByText('The disk is full').first()).toBeVisible();
    await expectPage(log(page).getByText(`${line} 60.`)).toHaveCount(1);

    makeRoom();
    await openBuffer(page, 'robin');
    await expectPage(input(page)).toHaveValue(big);
    await input(page).fill('room again');
    await input(page).press('Enter');
    await expectPage(log(page).getByText('room again')).toHaveCount(1);
    await expectPage(log(page).getByText(/^(?:waiting|not sent)/)).toHaveCount(0, { timeout: 30_000 });
    await say(page, 'and another');
    await expectPage(log(page).getByText('and another')).toHaveCount(1);
    await openBuffer(page, '#harbour');
    await say(page, 'the channel has room again');
    await until('what was heard on a full disk is in the store, once', async () => {
      await page.reload();
      await expectPage(log(page).getByText('the channel has room again')).toHaveCount(1);
      return (await log(page).getByText(`${line} 60.`).count()) === 1;
    });
  });
