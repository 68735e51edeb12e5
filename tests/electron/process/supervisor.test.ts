import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_LINE_LENGTH } from '../../../src/core/keptLog.ts';
import { coreEnvironment } from '../../../src/host/electron/coreEnvironment.ts';
import { forkCore } from '../../../src/host/electron/coreProcess.ts';
import { printedLines } from '../../../src/host/electron/printedLines.ts';
import {
  BACK_OFF_MS,
  createSupervisor,
  CRASH_WINDOW_MS,
  MAX_CRASHES,
  MAX_WAITING,
  STOP_MS,
  type CoreState,
} from '../../../src/host/electron/supervisor.ts';

const quiet = (): void => undefined;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const supervised = () => {
  const forks: { events: EventEmitter; told: unknown[]; ports: string[]; killed: boolean }[] = [];
  const states: CoreState[] = [];
  const did: string[] = [];
  let channels = 0;
  const supervisor = createSupervisor<string>({
    fork: () => {
      const made = { events: new EventEmitter(), told: [] as unknown[], ports: [] as string[], killed: false };
      forks.push(made);
      return {
        postMessage: (message, transfer = []) => {
          made.told.push(message);
          made.ports.push(...transfer);
        },
        on: (name: string, listener: (value: unknown) => void) => made.events.on(name, listener),
        kill: () => (made.killed = true),
      };
    },
    makeChannel: () => {
      channels += 1;
      return { port1: `core ${channels}`, port2: `client ${channels}` };
    },
    onState: (state) => states.push(state),
    onQuit: () => did.push('quit'),
    onShow: () => did.push('show'),
    onSeal: ({ id }, answer) => {
      did.push('seal');
      answer({ t: 'sealed', id, bytes: '00' });
    },
    onSilent: (seconds) => did.push(`silent for ${seconds} s`),
    onSilenceOver: () => did.push('over'),
    forceKill: (pid) => did.push(`SIGKILL ${pid}`),
    log: (line) => did.push(line),
  });
  const last = () => {
    const fork = forks.at(-1);
    if (!fork) throw new Error('nothing was forked');
    return fork;
  };
  const crash = (): void => {
    last().events.emit('exit', 139);
  };
  return { supervisor, forks, states, did, last, crash };
};

describe('E13: the core is kept alive', () => {
  it('E13: after a crash it is started again, each time a little later', () => {
    const { supervisor, forks, crash, states } = supervised();
    supervisor.start();
    for (const wait of BACK_OFF_MS) {
      const before = forks.length;
      crash();
      vi.advanceTimersByTime(wait - 1);
      expect(forks).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(forks).toHaveLength(before + 1);
    }
    expect(states.map(({ kind }) => kind)).toEqual(['starting', ...BACK_OFF_MS.flatMap(() => ['waiting', 'starting'])]);
  });

  it('E13: when it keeps ending it is given up with a sentence, until a person starts it again', async () => {
    const { supervisor, forks, crash } = supervised();
    supervisor.start();
    for (let count = 0; count < MAX_CRASHES; count += 1) {
      crash();
      vi.advanceTimersByTime(60_000);
    }
    expect(forks).toHaveLength(MAX_CRASHES);
    expect(supervisor.state).toMatchObject({
      kind: 'stopped',
      sentence: expect.stringContaining('ended by itself or hung 5 times') as unknown,
    });
    await expect(supervisor.connect(7)).rejects.toMatchObject({ code: 'coreStopped' });
    supervisor.start();
    expect(forks).toHaveLength(MAX_CRASHES + 1);
    crash();
    expect(supervisor.state.kind).toBe('waiting');
  });

  it('E13: crashes of long ago do not count', () => {
    const { supervisor, forks, crash } = supervised();
    supervisor.start();
    for (let count = 0; count < 2 * MAX_CRASHES; count += 1) {
      crash();
      vi.advanceTimersByTime(CRASH_WINDOW_MS);
    }
    expect(forks).toHaveLength(2 * MAX_CRASHES + 1);
  });

  it('E13: a connection asked for while it restarts waits for the next core; only so many wait', async () => {
    const { supervisor, crash, last } = supervised();
    supervisor.start();
    await expect(supervisor.connect(7)).resolves.toBe('client 1');
    expect([last().ports, last().told]).toEqual([['core 1'], [{ t: 'port', owner: 7 }]]);
    crash();
    const waiting = Array.from({ length: MAX_WAITING }, () => supervisor.connect(7));
    await expect(supervisor.connect(7)).rejects.toMatchObject({ code: 'coreStopped' });
    vi.advanceTimersByTime(BACK_OFF_MS[0] ?? 0);
    expect(await Promise.all(waiting)).toHaveLength(MAX_WAITING);
    expect(last().ports).toHaveLength(MAX_WAITING);
  });

  it('E13: a core that cannot start with this profile says why and is not tried again', async () => {
    const { supervisor, forks, last } = supervised();
    supervisor.start();
    const sentence = 'Sotto runs with this profile already.';
    last().events.emit('message', { t: 'failed', sentence });
    last().events.emit('exit', 1);
    vi.advanceTimersByTime(CRASH_WINDOW_MS);
    expect([forks.length, last().killed, supervisor.state]).toEqual([1, true, { kind: 'stopped', sentence }]);
    await expect(supervisor.connect(7)).rejects.toThrow(sentence);
  });

  it('E13: what it says is checked, and only the core that runs is heard', () => {
    const { supervisor, forks, did, last, crash } = supervised();
    supervisor.start();
    for (const message of [
      null,
      'quit',
      { t: 'quit', more: 1 },
      { t: 'seal', id: 0, how: 'wrap', bytes: '' },
      { t: 'seal', id: 1, how: 'steal', bytes: '' },
    ]) {
      last().events.emit('message', message);
    }
    expect(new Set(did)).toEqual(new Set(['the core said something that is not understood']));
    did.length = 0;
    for (const message of [{ t: 'quit' }, { t: 'show' }, { t: 'seal', id: 1, how: 'wrap', bytes: 'ff' }])
      last().events.emit('message', message);
    expect(did).toEqual(['quit', 'show', 'seal']);
    expect(last().told).toEqual([{ t: 'sealed', id: 1, bytes: '00' }]);
    crash();
    vi.advanceTimersByTime(60_000);
    did.length = 0;
    forks[0]?.events.emit('message', { t: 'quit' });
    expect(did).toEqual([]);
  });

  it('E13: it ends in order where it can, and is killed where it does not; nothing starts it again', async () => {
    const orderly = supervised();
    orderly.supervisor.start();
    const stopping = orderly.supervisor.stop();
    expect(orderly.last().told).toEqual([{ t: 'stop' }]);
    orderly.last().events.emit('exit', 0);
    await stopping;
    expect(orderly.last().killed).toBe(false);
    orderly.supervisor.start();
    vi.advanceTimersByTime(CRASH_WINDOW_MS);
    expect(orderly.forks).toHaveLength(1);

    const hanging = supervised();
    hanging.supervisor.start();
    const killing = hanging.supervisor.stop();
    await vi.advanceTimersByTimeAsync(STOP_MS);
    await killing;
    expect(hanging.last().killed).toBe(true);
  });
});

describe('E13: the core’s process', () => {
  it('E13: has no input, pipes for what it prints, a name, and only the environment that it needs', () => {
    const lines: string[] = [];
    const stdout = new EventEmitter();
    const forked: unknown[] = [];
    forkCore<string>({
      fork: (file, args, options) => {
        forked.push([file, args, options]);
        return { postMessage: quiet, on: quiet, kill: () => true, stdout, stderr: null };
      },
      file: '/app/core.js',
      args: ['--profile=/p'],
      env: { HOME: '/home/wren', NODE_OPTIONS: '--require /tmp/evil.js' },
      onLine: (line) => lines.push(line),
    });
    expect(forked).toEqual([
      [
        '/app/core.js',
        ['--profile=/p'],
        { serviceName: 'Sotto core', stdio: ['ignore', 'pipe', 'pipe'], env: { HOME: '/home/wren' }, execArgv: [] },
      ],
    ]);
    stdout.emit('data', new TextEncoder().encode('one\ntwo\nthr'));
    expect(lines).toEqual(['one', 'two']);
  });

  it('E13: the environment is an allow-list', () => {
    const kept = {
      HOME: '/h',
      PATH: '/bin',
      LANG: 'de_DE.UTF-8',
      LC_TIME: 'C',
      TZ: 'UTC',
      XDG_CONFIG_HOME: '/c',
      DBUS_SESSION_BUS_ADDRESS: 'unix:x',
    };
    const left = {
      ...{
        NODE_OPTIONS: '-r x',
        NODE_EXTRA_CA_CERTS: '/x',
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        ELECTRON_RUN_AS_NODE: '1',
        LD_PRELOAD: '/x.so',
      },
      ...{ LD_LIBRARY_PATH: '/x', HTTPS_PROXY: 'http://x', SSLKEYLOGFILE: '/x', GTK_MODULES: 'x', AWS_SECRET_ACCESS_KEY: 'x', XDGX: 'x' },
    };
    expect(coreEnvironment({ ...kept, ...left, USER: undefined })).toEqual(kept);
  });

  it('E13: what it prints is read line by line, with a limit on their length', () => {
    const lines: string[] = [];
    const take = printedLines((line) => lines.push(line));
    const bytes = new TextEncoder();
    take(bytes.encode('x'.repeat(3 * MAX_LINE_LENGTH)));
    for (let at = 0; at < 50; at += 1) take(bytes.encode('y'.repeat(MAX_LINE_LENGTH)));
    take(bytes.encode('\n'));
    expect(lines).toEqual(['x'.repeat(MAX_LINE_LENGTH)]);
    const [a, b] = [bytes.encode('é\n').subarray(0, 1), bytes.encode('é\n').subarray(1)];
    take(a);
    take(b);
    expect(lines.at(-1)).toBe('é');
  });
});
