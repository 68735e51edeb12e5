// needs: xvfb
/** What only a real window shows. Where Electron's program is absent, only how it is looked for is tested. */
import { execFileSync, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect as expectPage } from 'playwright/test';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startIrcServer } from '../../../src/host/demo/ircServer.ts';
import { log, openBuffer, plainServer, profileDirectory, say, sidebar } from '../../e2e/page.ts';
import { electronBinary, spawnWindow } from '../../support/window.ts';
import { root } from '../sources.ts';

const LIMIT_MS = 120_000;

test('Electron is looked for as a file that can be run', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-electron-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  expect(electronBinary(directory)).toBeNull();
  await writeFile(join(directory, 'electron'), '');
  expect(electronBinary(directory)).toBeNull();
  await chmod(join(directory, 'electron'), 0o755);
  expect(electronBinary(directory)).toBe(join(directory, 'electron'));
});

if (electronBinary() !== null) {
  let display: ReturnType<typeof spawn> | null = null;
  beforeAll(async () => {
    execFileSync(process.execPath, [join(root, 'scripts/build-app.mjs')], { cwd: root });
    process.env['SOTTO_TEST_WINDOW'] = '1';
    if (process.env['DISPLAY'] !== undefined) return;
    // Xvfb picks a free display and writes its number.
    const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    display = server;
    process.env['DISPLAY'] = await new Promise<string>((resolve, reject) => {
      server.once('exit', () => {
        reject(new Error('Xvfb ended'));
      });
      server.stdout.once('data', (bytes: Uint8Array) => {
        resolve(`:${new TextDecoder().decode(bytes).trim()}`);
      });
    });
  }, LIMIT_MS);
  afterAll(() => {
    display?.kill();
  });

  const start = async () => {
    const irc = await startIrcServer();
    onTestFinished(() => irc.stop());
    const host = await spawnWindow({ directory: await profileDirectory(), config: plainServer(irc.port, 'wren') });
    onTestFinished(async () => {
      await host.stop();
    });
    await openBuffer(host.page, '#harbour');
    return host;
  };

  describe('the window', () => {
    test(
      'E3, E4, E10: the page is app://sotto/ without Node and without anything of Electron’s',
      async () => {
        const { page } = await start();
        expect(page.url()).toBe('app://sotto/');
        expect(
          await page.evaluate(() => ['require', 'process', 'ipcRenderer', 'electron', 'module'].filter((name) => name in window)),
        ).toEqual([]);
        const policy = await page
          .evaluate(async () => (await fetch('app://sotto/')).headers.get('content-security-policy'))
          .catch(() => 'refused');
        expect(policy).toBe('refused');
      },
      LIMIT_MS,
    );

    test(
      'E5, E6, E8: the page cannot leave, open windows, reach the network or use the camera; it can write to the clipboard in a click',
      async () => {
        const { page, app } = await start();
        const irc = await startIrcServer();
        onTestFinished(() => irc.stop());
        await page.evaluate(() => {
          location.href = 'https://example.org/';
        });
        await page.evaluate(() => window.open('https://example.org/'));
        expect(page.url()).toBe('app://sotto/');
        expect(app.windows()).toHaveLength(1);
        const reached = await page.evaluate((port) => {
          const image = new Image();
          const result = new Promise((resolve) => {
            image.onload = () => {
              resolve('loaded');
            };
            image.onerror = () => {
              resolve('refused');
            };
          });
          image.src = `http://127.0.0.1:${port}/x.png`;
          return result;
        }, irc.port);
        expect(reached).toBe('refused');
        const camera = await page.evaluate(() =>
          navigator.mediaDevices.getUserMedia({ video: true }).then(
            () => 'given',
            () => 'refused',
          ),
        );
        expect(camera).toBe('refused');
      },
      LIMIT_MS,
    );

    test(
      'E13: the core is killed, the window stays, the page goes on with the next core and has its history',
      async () => {
        const { page, app } = await start();
        await say(page, 'before the crash');
        const pid = await app.evaluate(
          ({ app: own }) => own.getAppMetrics().find(({ name, serviceName }) => [name, serviceName].includes('Sotto core'))?.pid,
        );
        if (pid === undefined) throw new Error('no core');
        process.kill(pid, 'SIGKILL');
        await expectPage(sidebar(page, '#harbour')).not.toContainText('not joined', { timeout: 30_000 });
        await vi.waitFor(() => say(page, 'after the crash'), { timeout: 30_000 });
        await expectPage(log(page).getByText('before the crash')).toHaveCount(1);
        await expectPage(log(page).getByText('after the crash')).toHaveCount(1);
      },
      LIMIT_MS,
    );
  });

  // The scenarios of the browser host, against the window.
  describe('what the browser host is tested with', async () => {
    await import('../../e2e/firstRun.test.ts');
    await import('../../e2e/servers.test.ts');
    await import('../../e2e/daily.test.ts');
  });
}
