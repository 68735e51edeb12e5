import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { messagePort } from '../../../src/contract/messagePort.ts';
import { connectClient, type Client } from '../../../src/contract/rpc/client.ts';
import { keepClient } from '../../../src/host/electron/coreClient.ts';
import { CONNECTED, LOST, type IpcMain } from '../../../src/host/electron/ipc.ts';
import { asMessagePort, type MainPort } from '../../../src/host/electron/mainPort.ts';
import { connectPages, type PageContents } from '../../../src/host/electron/pages.ts';
import { createSupervisor, MAIN, type CoreState } from '../../../src/host/electron/supervisor.ts';
import { claimInstance } from '../../../src/host/instance.ts';
import { profilePaths } from '../../../src/core/profile.ts';
import { tinyCore } from '../../unit/host/tinyCore.ts';
import { forkInProcess, type Forked } from './forked.ts';
import { mainChannel } from './ports.ts';

/** The main process with a page in its window: everything but Electron. */
const start = async (startCore?: () => Promise<void>) => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-electron-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const tiny = tinyCore(startCore);
  const forks: Forked[] = [];
  const states: CoreState[] = [];
  const did: string[] = [];
  const clients: Client[] = [];
  const env = { XDG_RUNTIME_DIR: directory };
  const supervisor = createSupervisor<MainPort>({
    fork: () => {
      const made = forkInProcess({
        profile: directory,
        env,
        version: '0.0.0-test',
        nodeBuilder: null,
        passwords: null,
        log: () => undefined,
        createCore: tiny.create,
      });
      forks.push(made);
      return made;
    },
    makeChannel: mainChannel,
    onState: (state) => {
      states.push(state);
      if (state.kind === 'waiting' || state.kind === 'stopped') pages.lost();
      kept.onState(state);
    },
    onQuit: () => {
      did.push('quit');
      void supervisor.stop();
    },
    onShow: () => did.push('show'),
    onSeal: () => undefined,
    onSilent: () => undefined,
    onSilenceOver: () => undefined,
    forceKill: () => undefined,
    log: () => undefined,
  });
  const kept = keepClient({
    connect: () => supervisor.connect(MAIN),
    onClient: (client) => clients.push(client),
    onStopped: (sentence) => did.push(sentence),
    log: () => undefined,
  });
  onTestFinished(() => supervisor.stop());

  const asked = Promise.withResolvers<(again: boolean) => void>();
  const answers: { message: unknown; port: MainPort | null }[] = [];
  const lost: (() => void)[] = [];
  const contents: PageContents<MainPort> = {
    id: 1,
    isDestroyed: () => false,
    postMessage: (channel, message, transfer = []) => {
      if (channel === CONNECTED) answers.push({ message, port: transfer[0] ?? null });
      else if (channel === LOST) for (const page of lost.splice(0)) page();
    },
  };
  const ipc: IpcMain<PageContents<MainPort>> = {
    on: (_channel, listener) => {
      asked.resolve((again) => {
        listener({ sender: contents, senderFrame: { origin: 'app://sotto', url: 'app://sotto/', parent: null } }, again);
      });
    },
  };
  const pages = connectPages(ipc, supervisor, () => undefined);
  const ask = await asked.promise;
  /** What a page does: asks, and speaks the contract through the port it is given. */
  const openPage = async (again = false): Promise<Client> => {
    const before = answers.length;
    ask(again);
    await vi.waitFor(() => {
      expect(answers.length).toBe(before + 1);
    });
    const { message, port } = answers[before] ?? {};
    if (!port) throw new Error(typeof message === 'string' ? message : 'no answer');
    // As ports of pages are: they do not say that the other end is gone.
    const deaf = messagePort({
      ...asMessagePort(port),
      addEventListener: (type, listener) => {
        if (type === 'message') port.on('message', listener);
      },
    });
    lost.push(() => {
      deaf.close();
    });
    const client = connectClient(deaf);
    await client.ready;
    return client;
  };
  supervisor.start();
  return { directory, env, supervisor, forks, states, did, clients, ask, answers, openPage, tiny };
};

describe('E13: a window and its core', () => {
  it('E13: a page and the main process each get a connection of their own', async () => {
    const { openPage, clients, tiny } = await start();
    const page = await openPage();
    expect((await page.call('config.read', {})).text).toHaveLength(600_000);
    await vi.waitFor(() => {
      expect(clients).toHaveLength(1);
    });
    await clients[0]?.call('config.read', {});
    expect(tiny.did).toEqual(['started', 'attached', 'attached']);
  });

  it('E13: when the core crashes the page hears it, asks again and goes on with the next one', async () => {
    const { openPage, forks, clients, states } = await start();
    const page = await openPage();
    const lost = new Promise<void>((resolve) => {
      page.onClose(resolve);
    });
    const unanswered = page.call('config.read', {});
    unanswered.catch(() => undefined);
    forks[0]?.crash();
    await lost;
    await expect(unanswered).rejects.toMatchObject({ code: 'closed' });
    const next = await openPage();
    await expect(next.call('config.read', {})).resolves.toBeDefined();
    await vi.waitFor(() => {
      expect(clients).toHaveLength(2);
    });
    expect(forks).toHaveLength(2);
    expect(states.map(({ kind }) => kind)).toEqual(['starting', 'running', 'waiting', 'starting', 'running']);
  });

  it('E13: a page that was loaded again takes the place of the one before', async () => {
    const { openPage, answers } = await start();
    await openPage();
    const closed = new Promise<void>((resolve) => {
      answers[0]?.port?.on('close', resolve);
    });
    // More than the core has places for owners.
    for (let count = 0; count < 40; count += 1) await openPage();
    await closed;
    const last = await openPage();
    await expect(last.call('config.read', {})).resolves.toBeDefined();
  });

  it('E13: a core that cannot start is told to the page in words, and started again only where a person asks', async () => {
    let broken = true;
    const { openPage, forks, did } = await start(() => (broken ? Promise.reject(new Error('The disk is full.')) : Promise.resolve()));
    await vi.waitFor(() => {
      expect(did).toContain('The disk is full.');
    });
    await expect(openPage()).rejects.toThrow('The disk is full.');
    expect(forks).toHaveLength(1);
    broken = false;
    const page = await openPage(true);
    await expect(page.call('config.read', {})).resolves.toBeDefined();
    expect(forks).toHaveLength(2);
  });

  it('E13: a page that keeps asking has one question under way, and never restarts a core by itself', async () => {
    const { ask, answers, forks, supervisor } = await start(() => Promise.reject(new Error('The disk is full.')));
    await vi.waitFor(() => {
      expect(supervisor.state.kind).toBe('stopped');
    });
    for (let round = 1; round <= 3; round += 1) {
      for (let count = 0; count < 20; count += 1) ask(false);
      await vi.waitFor(() => {
        expect(answers.map(({ message, port }) => [message, port])).toEqual(
          Array.from({ length: round }, () => ['The disk is full.', null]),
        );
      });
    }
    expect(forks).toHaveLength(1);
  });

  it('a page’s Quit ends the core in order; a second start brings the window to the front', async () => {
    const { openPage, directory, env, did, forks, tiny, supervisor } = await start();
    const page = await openPage();
    const second = await claimInstance(profilePaths(directory, env).runtimeSocket, () => Promise.reject(new Error('first')));
    expect(second).toMatchObject({ kind: 'second', answer: { t: 'none' } });
    await vi.waitFor(() => {
      expect(did).toContain('show');
    });
    await page.call('app.quit', {});
    await vi.waitFor(() => {
      expect(supervisor.state).toEqual({ kind: 'stopped', sentence: 'Sotto is ending.' });
    });
    expect(tiny.did.at(-1)).toBe('stopped');
    expect([forks.length, forks[0]?.alive]).toEqual([1, false]);
    const third = await claimInstance(profilePaths(directory, env).runtimeSocket, () => Promise.reject(new Error('none')));
    expect(third.kind).toBe('first');
    if (third.kind === 'first') await third.release();
  });
});
