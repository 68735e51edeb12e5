/** A desktop of its own for a test: a screen nobody sees, a session bus, and a notification service that records. Needs Xvfb and dbus. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { onTestFinished } from 'vitest';

const Recorded = v.variant('t', [
  v.object({ t: v.literal('ready') }),
  v.object({
    t: v.literal('notify'),
    id: v.number(),
    app: v.string(),
    summary: v.string(),
    body: v.string(),
    actions: v.array(v.string()),
    hints: v.array(v.string()),
  }),
  v.object({ t: v.literal('close'), id: v.number() }),
]);
export type Recorded = v.InferOutput<typeof Recorded>;
export type Notified = Extract<Recorded, { t: 'notify' }>;

export interface DesktopSession {
  /** A home of its own, below which all of XDG's directories lie. */
  home: string;
  env: NodeJS.ProcessEnv;
  /** What the notification service was told, in order. */
  recorded: Recorded[];
  notified(): Notified[];
  /** A press on a notification. */
  press(id: number): void;
  /** Written inside of one. */
  reply(id: number, text: string): void;
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
};

async function firstLine(child: ChildProcess, from: NodeJS.ReadableStream): Promise<string> {
  const line = once(createInterface({ input: from }), 'line').then(([text]) => String(text));
  const gone = once(child, 'exit').then(() => Promise.reject(new Error(`${child.spawnfile} ended`)));
  return Promise.race([line, gone]);
}

/** Ended with the test. */
export async function startDesktop(): Promise<DesktopSession> {
  const home = await mkdtemp(join(tmpdir(), 'sotto-desktop-'));
  const children: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of children.reverse()) await end(child);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }, 30_000);
  const runtime = join(home, 'run');
  await mkdir(runtime, { mode: 0o700 });

  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  children.push(screen);
  const displays = screen.stdio[3];
  if (!displays || !('read' in displays)) throw new Error('no pipe');
  const display = await firstLine(screen, displays);

  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: home,
    DISPLAY: `:${display}`,
    XDG_RUNTIME_DIR: runtime,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_DATA_DIRS: '/usr/local/share:/usr/share',
  };
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(bus);
  env['DBUS_SESSION_BUS_ADDRESS'] = await firstLine(bus, bus.stdout);

  const script = fileURLToPath(new URL('notifications.py', import.meta.url));
  const service = spawn('/usr/bin/python3', [script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(service);
  const recorded: Recorded[] = [];
  const ready = Promise.withResolvers<undefined>();
  createInterface({ input: service.stdout }).on('line', (text) => {
    const line = v.parse(Recorded, JSON.parse(text));
    recorded.push(line);
    if (line.t === 'ready') ready.resolve(undefined);
  });
  await ready.promise;
  return {
    home,
    env,
    recorded,
    notified: () => recorded.filter((line) => line.t === 'notify'),
    press: (id) => void service.stdin.write(`${JSON.stringify({ press: id })}\n`),
    reply: (id, text) => void service.stdin.write(`${JSON.stringify({ reply: id, text })}\n`),
  };
}
