/** A real process that is alive and answers nothing. */
import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageBoxOptions } from 'electron';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSilentCore } from '../../../src/host/electron/silentCore.ts';
import { createSupervisor, MAX_CRASHES, type CoreState } from '../../../src/host/electron/supervisor.ts';

const LIMIT_MS = 60_000;
/** Answers twice, then turns in a circle; SIGTERM is one of the things that it has no time for. */
const CORE = `
  let beats = 0;
  process.on('SIGTERM', () => {});
  process.on('message', ({ t }) => {
    if (t !== 'beat') return;
    process.send({ t: 'beat' });
    if (++beats === 2) for (;;);
  });
  process.send({ t: 'started' });
`;

const start = async (press: (options: MessageBoxOptions) => Promise<{ response: number }>, unasked: number) => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-hang-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'core.mjs');
  await writeFile(file, CORE);
  const pids: number[] = [];
  const states: CoreState[] = [];
  const lines: string[] = [];
  const supervisor = createSupervisor<string>({
    fork: () => {
      const child = fork(file, { stdio: 'ignore' });
      child.unref();
      pids.push(child.pid ?? 0);
      return {
        pid: child.pid,
        postMessage: (message) => {
          if (child.connected) child.send({ ...message });
        },
        on: (name: string, listener: (value: unknown) => void) => child.on(name, listener),
        kill: () => child.kill(),
      };
    },
    makeChannel: () => ({ port1: '', port2: '' }),
    onState: (state) => states.push(state),
    onQuit: () => undefined,
    onShow: () => undefined,
    onSeal: () => undefined,
    onSilent: (seconds) => {
      silent.ask(seconds);
    },
    onSilenceOver: () => {
      silent.over();
    },
    forceKill: (pid) => {
      process.kill(pid, 'SIGKILL');
    },
    log: (line) => lines.push(line),
    heartbeat: { beat: 20, silent: 200, start: 30_000, wait: 200, unasked },
  });
  const silent = createSilentCore({ show: press, onWait: supervisor.wait, onRestart: supervisor.restart, log: (line) => lines.push(line) });
  onTestFinished(async () => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It is gone already.
      }
    }
    await supervisor.stop();
  });
  supervisor.start();
  return { pids, states, lines };
};
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: LIMIT_MS - 5_000, interval: 50 });
const isAlive = (pid: number | undefined): boolean => {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
};

describe('E13: a core that hangs', () => {
  it(
    'E13: is left alone while the person waits, and killed and started again when they say so',
    async () => {
      const asked: MessageBoxOptions[] = [];
      const answers = [0, 1];
      const { pids, states, lines } = await start((options) => {
        asked.push(options);
        const response = answers.shift();
        return response === undefined ? new Promise(() => undefined) : Promise.resolve({ response });
      }, LIMIT_MS);
      await until(() => {
        expect(asked).toHaveLength(1);
      });
      expect([pids.length, isAlive(pids[0])]).toEqual([1, true]);
      await until(() => {
        expect(pids).toHaveLength(2);
      });
      expect(asked.slice(0, 2).map(({ buttons, defaultId, cancelId }) => [buttons, defaultId, cancelId])).toEqual([
        [['Wait', 'Restart the core'], 0, 0],
        [['Wait', 'Restart the core'], 0, 0],
      ]);
      expect(isAlive(pids[0])).toBe(false);
      expect(lines).toContain(`the core did not answer and was ended (1 of ${MAX_CRASHES})`);
      await until(() => {
        expect(states.map(({ kind }) => kind)).toEqual(['starting', 'running', 'waiting', 'starting', 'running']);
      });
    },
    LIMIT_MS,
  );

  it(
    'E13: is restarted by itself where nobody answers the question, which goes away',
    async () => {
      const closed: boolean[] = [];
      const { pids, lines } = await start(
        ({ signal }) =>
          new Promise((resolve) => {
            // As Electron: a box that is closed from outside answers with the button that cancels.
            signal?.addEventListener('abort', () => {
              closed.push(true);
              resolve({ response: 0 });
            });
          }),
        400,
      );
      await until(() => {
        expect(pids.length).toBeGreaterThan(1);
      });
      expect(closed).toEqual([true]);
      expect(isAlive(pids[0])).toBe(false);
      expect(lines.filter((line) => line.startsWith('nobody said what to do'))).toHaveLength(1);
    },
    LIMIT_MS,
  );
});
