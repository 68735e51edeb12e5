import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectClient } from '../../../src/contract/rpc/client.ts';
import { profilePaths } from '../../../src/core/profile.ts';
import { runServe, type ServeOptions, type ServeRun } from '../../../src/host/serve/run.ts';
import { temporaryDirectory } from './directory.ts';
import { openPage } from './page.ts';
import { tinyCore } from './tinyCore.ts';

const setUp = async (given: Partial<ServeOptions> = {}) => {
  const directory = await temporaryDirectory();
  const uiDirectory = join(directory, 'ui');
  await mkdir(uiDirectory);
  await writeFile(join(uiDirectory, 'index.html'), '<!doctype html>');
  const core = tinyCore();
  const printed: string[] = [];
  const profile = join(directory, 'profile');
  const options: ServeOptions = {
    arguments: { profile, open: false, demo: false, link: null },
    env: { XDG_RUNTIME_DIR: directory },
    version: '0.0.0',
    uiDirectory,
    nodeBuilder: null,
    print: (line) => printed.push(line),
    log: () => undefined,
    createCore: core.create,
    ...given,
  };
  const start = async (more: Partial<ServeOptions> = {}): Promise<ServeRun> => {
    const run = await runServe({ ...options, ...more });
    if (run.kind === 'running') onTestFinished(run.stop);
    return run;
  };
  return { start, printed, core, directory, socket: profilePaths(profile, options.env).runtimeSocket };
};
const running = (run: ServeRun): Extract<ServeRun, { kind: 'running' }> => {
  if (run.kind !== 'running') throw new Error('this is the second');
  return run;
};
const tokenOf = (line: string | undefined): string => /^http:\/\/127\.0\.0\.1:\d+\/#t=([A-Za-z0-9_-]{43})$/.exec(line ?? '')?.[1] ?? '';
const filesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

describe('serving a profile', () => {
  it('prints an address on a line of its own with --no-open, and its token opens one page', async () => {
    const { start, printed } = await setUp();
    const { server } = running(await start());
    const token = tokenOf(printed.at(-1));
    const page = await openPage(server, token);
    await connectClient(page.port).ready;
    await expect(openPage(server, token)).rejects.toThrow('closed');
    page.port.close();
  });

  it('hands the browser a file that only its owner can read, and no address on a command line', async () => {
    const opened: { path: string; mode: number; text: string }[] = [];
    const { start, printed, directory, socket } = await setUp({
      openBrowser: async (path) => {
        opened.push({ path, mode: (await stat(path)).mode & 0o777, text: await readFile(path, 'utf8') });
        return true;
      },
    });
    const run = running(await start({ arguments: { profile: join(directory, 'profile'), open: true, demo: false, link: null } }));
    expect(opened).toHaveLength(1);
    const [{ path, mode, text } = { path: '', mode: 0, text: '' }] = opened;
    expect(mode).toBe(0o600);
    expect(dirname(path)).toBe(dirname(socket));
    const url = /url=([^"]+)"/.exec(text)?.[1];
    (await openPage(run.server, tokenOf(url))).port.close();
    expect(printed.join()).not.toContain('#t=');
    await run.stop();
    expect(await filesIn(dirname(socket))).toEqual([]);
  });

  it('prints the address where no browser is found', async () => {
    const { start, printed, directory } = await setUp({ openBrowser: () => Promise.resolve(false) });
    const { server } = running(await start({ arguments: { profile: join(directory, 'profile'), open: true, demo: false, link: null } }));
    (await openPage(server, tokenOf(printed.at(-1)))).port.close();
  });

  it('opens the running one at a second start, with a new token', async () => {
    const { start, printed, core } = await setUp();
    const { server } = running(await start());
    expect(await start()).toEqual({ kind: 'second', code: 0 });
    const [first, second] = printed.filter((line) => line.startsWith('http')).map(tokenOf);
    expect(first).not.toBe(second);
    for (const token of [first, second]) (await openPage(server, token ?? '')).port.close();
    expect(core.did.filter((step) => step === 'started')).toHaveLength(1);
  });

  it('starts a profile once when it is started twice at the same time', async () => {
    const { start, core } = await setUp();
    const runs = await Promise.all([start(), start(), start()]);
    expect(runs.map((run) => run.kind).sort()).toEqual(['running', 'second', 'second']);
    expect(core.did.filter((step) => step === 'started')).toHaveLength(1);
  });

  it('gives a page a single-use token for a pop-out', async () => {
    const { start, printed } = await setUp();
    const { server } = running(await start());
    const page = await openPage(server, tokenOf(printed.at(-1)));
    const { token } = await connectClient(page.port).call('app.newPageToken', {});
    const popOut = await openPage(server, token);
    expect(popOut.tabToken).not.toBe(page.tabToken);
    await expect(openPage(server, token)).rejects.toThrow('closed');
    popOut.port.close();
    page.port.close();
  });

  it('ends with Quit in a page: core, pages and socket are gone, and it can start again', async () => {
    const { start, printed, core, socket } = await setUp();
    const run = running(await start());
    const page = await openPage(run.server, tokenOf(printed.at(-1)));
    const closed = new Promise<void>((resolve) => {
      page.port.onClose(resolve);
    });
    void connectClient(page.port)
      .call('app.quit', {})
      .catch(() => undefined);
    await run.ended;
    await closed;
    expect(core.did).toEqual(['started', 'attached', 'stopped']);
    expect(await filesIn(dirname(socket))).toEqual([]);
    expect((await start()).kind).toBe('running');
  });

  it('keeps a page that came early until the core can answer', async () => {
    const ready = Promise.withResolvers<undefined>();
    const core = tinyCore(() => ready.promise.then(() => undefined));
    const { start, printed } = await setUp({ createCore: core.create });
    const starting = start();
    await vi.waitFor(() => {
      expect(tokenOf(printed.at(-1))).not.toBe('');
    });
    const { origin, port } = new URL(printed.at(-1) ?? '');
    const page = await openPage({ origin, port: Number(port) }, tokenOf(printed.at(-1)));
    const client = connectClient(page.port);
    expect(core.did).toEqual([]);
    ready.resolve(undefined);
    await client.ready;
    running(await starting);
    page.port.close();
  });

  it('says why a profile cannot be used, and leaves it free', async () => {
    const broken = tinyCore(() => Promise.reject(new Error('The store is damaged.')));
    const { start, socket } = await setUp();
    await expect(start({ createCore: broken.create })).rejects.toThrow('The store is damaged.');
    expect(await filesIn(dirname(socket))).toEqual([]);
    expect((await start()).kind).toBe('running');
  });
});
