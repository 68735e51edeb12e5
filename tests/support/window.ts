/** Sotto's own window for tests, where Electron's program is there. The scenarios are those of the browser host: a page is a page. */
import { accessSync, constants, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { profilePaths } from '../../src/core/profile.ts';
import type { Host, HostOptions } from './headless.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Looks for the file: importing `electron` would fetch it. */
export function electronBinary(
  folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(root, 'node_modules/electron/dist'),
): string | null {
  const file = join(folder, 'electron');
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? file : null;
  } catch {
    return null;
  }
}

/** Tests that start a host get a window instead of a page in a browser. */
export const useWindow = (): boolean => process.env['SOTTO_TEST_WINDOW'] === '1';

export interface WindowHost extends Host {
  /** Stands for the window where the browser host has the address of a page. */
  url: string;
  app: ElectronApplication;
  page: Page;
}

const windows = new Map<string, WindowHost>();
export const windowAt = (url: string): WindowHost | undefined => windows.get(url);

/** Starts the bundle in dist/app (scripts/build-app.mjs) with a profile of its own; needs a display. */
export async function spawnWindow({ directory, config, env = {} }: HostOptions): Promise<WindowHost> {
  const binary = electronBinary();
  if (binary === null) throw new Error('there is no Electron');
  if (config !== undefined) {
    const file = profilePaths(directory, {}).configFile;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, config);
  }
  const runtime = join(directory, 'run');
  await mkdir(runtime, { recursive: true, mode: 0o700 });
  const given = Object.fromEntries(Object.entries({ ...process.env, XDG_RUNTIME_DIR: runtime, ...env }));
  // Chromium's sandbox refuses root, which is what tests in a container often are.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = await _electron.launch({
    executablePath: binary,
    args: [join(root, 'dist/app'), `--profile=${directory}`, ...asRoot],
    env: given,
  });
  const page = await app.firstWindow();
  const log: string[] = [];
  const { stderr } = app.process();
  stderr?.on('data', (bytes: Uint8Array) => log.push(...new TextDecoder().decode(bytes).trimEnd().split('\n')));
  const host: WindowHost = {
    url: `${page.url()}#${windows.size + 1}`,
    app,
    page,
    process: app.process(),
    log,
    stop: async () => {
      await app.close();
      return app.process().exitCode;
    },
    kill: async () => {
      app.process().kill('SIGKILL');
      await app.close().catch(() => undefined);
    },
  };
  windows.set(host.url, host);
  return host;
}
