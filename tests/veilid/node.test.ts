import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { processChannel } from '../../src/overlay/veilid/node.ts';
import { createVeilidOverlay, type VeilidOverlay } from '../../src/overlay/veilid/veilid.ts';
import { sharesFirstHop } from '../../src/overlay/veilid/hops.ts';
import { sendUntilAnswered, twoAddresses } from '../overlay/compliance.ts';
import type { Held } from '../overlay/holdNode.ts';
import { makeApp, startApp, whenReady } from '../support/veilid/app.ts';
import { labBinary, startLab, type Lab } from '../support/veilid/lab.ts';

const PASSWORD = 'a-device-password-nobody-may-read';
const dir = mkdtempSync(join(tmpdir(), 'sotto-lab-'));
const never = new AbortController().signal;
let lab: Lab;
let peer: VeilidOverlay;
/** Stopped after each test, also after a failed one: a node left behind would keep the namespace. */
const started: VeilidOverlay[] = [];

beforeAll(async () => {
  lab = await startLab({ dir, binary: labBinary(), infra: 5 });
  peer = await startApp(lab, 1, dir);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((overlay) => overlay.stop()));
});
afterAll(async () => {
  await peer.stop();
  await lab.stop();
  rmSync(dir, { recursive: true });
});

function files(below: string): string[] {
  return readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
const HOLD_NODE = fileURLToPath(new URL('../overlay/holdNode.ts', import.meta.url));
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const echo = (overlay: VeilidOverlay): void => {
  overlay.onDatagram((bytes) => Promise.resolve(bytes));
};

describe('a veilid-node of our own', () => {
  test('announces two addresses that enter the network at different nodes', async () => {
    const [first, second] = [await twoAddresses(peer), peer.addresses()[1]];
    expect(second !== undefined && sharesFirstHop(first.bytes, second.bytes)).toBe(false);
  });

  test('answers at the address of its last run, and announces new ones', async () => {
    const before = await startApp(lab, 0, dir, PASSWORD);
    started.push(before);
    const old = await twoAddresses(before);
    await before.stop();

    const wrong = makeApp(lab, 0, dir, 'another password');
    const refused = new Promise<void>((resolve) => {
      wrong.onState(({ phase }) => {
        if (phase === 'degraded') resolve();
      });
    });
    await wrong.start(never);
    await refused;
    await wrong.stop();

    const after = await startApp(lab, 0, dir, PASSWORD);
    started.push(after);
    echo(after);
    expect((await twoAddresses(after)).text).not.toBe(old.text);
    expect(await sendUntilAnswered(peer, old.bytes, Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('ends when its core is killed, and the next core takes its directory and its routes over; two never share it', async () => {
    const pidFile = join(dir, 'held-pid');
    const { command, networkOverrides } = lab.app(0);
    const [program, args] = command(labBinary(), []);
    const directory = join(dir, 'app0');
    const held: Held = {
      program: 'sh',
      args: ['-c', 'echo $$ > "$0"; exec "$@"', pidFile, program, ...args],
      directory,
      storage: join(directory, 'veilid'),
      devicePassword: PASSWORD,
      networkOverrides,
    };
    const core = spawn(process.execPath, [HOLD_NODE, JSON.stringify(held)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const address = await new Promise<string>((resolve) => createInterface({ input: core.stdout }).once('line', resolve));
    const pid = Number(readFileSync(pidFile, 'utf8'));

    const next = makeApp(lab, 0, dir, PASSWORD);
    started.push(next);
    echo(next);
    const refused = new Promise<string>((resolve) => {
      next.onState(({ phase, reason }) => {
        if (phase === 'degraded') resolve(reason);
      });
    });
    await next.start(never);
    expect(await refused).toContain('still uses the directory');
    expect(next.addresses()).toEqual([]);

    core.kill('SIGKILL');
    await expect.poll(() => isRunning(pid), { timeout: 25_000 }).toBe(false);
    await whenReady(next);
    expect((await next.details(never)).crashes.count).toBe(0);
    expect(await sendUntilAnswered(peer, Buffer.from(address, 'base64url'), Uint8Array.of(8))).toEqual(Uint8Array.of(8));
  });

  test('is started again when it is killed, and is reached at new addresses', async () => {
    const pidFile = join(dir, 'pid');
    const { command, networkOverrides } = lab.app(2);
    const noted = (binary: string, args: string[]): [string, string[]] => {
      const [program, rest] = command(binary, args);
      return ['sh', ['-c', 'echo $$ > "$0"; exec "$@"', pidFile, program, ...rest]];
    };
    const overlay = createVeilidOverlay({
      source: {
        kind: 'process',
        binary: labBinary(),
        command: noted,
        configDirectory: join(dir, 'killed'),
        storageDirectory: join(dir, 'killed', 'veilid'),
        namespace: '',
        devicePassword: PASSWORD,
        networkOverrides,
      },
    });
    started.push(overlay);
    echo(overlay);
    await overlay.start(never);
    await whenReady(overlay);
    const old = await twoAddresses(overlay);
    const down = new Promise<void>((resolve) => {
      overlay.onState(({ phase }) => {
        if (phase === 'degraded') resolve();
      });
    });
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    await down;
    expect((await overlay.details(never)).crashes).toMatchObject({ count: 1, last: { reason: 'veilid-node was ended by SIGKILL.' } });
    await whenReady(overlay);
    const renewed = await twoAddresses(overlay);
    expect(renewed.text).not.toBe(old.text);
    expect(await sendUntilAnswered(peer, renewed.bytes, Uint8Array.of(4))).toEqual(Uint8Array.of(4));

    const first = readFileSync(pidFile, 'utf8');
    await overlay.restart(never);
    await expect.poll(() => readFileSync(pidFile, 'utf8'), { timeout: 25_000 }).not.toBe(first);
    await whenReady(overlay);
    expect((await overlay.details(never)).crashes.count).toBe(1);
    // a node that ended in order keeps its routes
    expect(await sendUntilAnswered(peer, renewed.bytes, Uint8Array.of(5))).toEqual(Uint8Array.of(5));
  });

  test('gives away no secret: not in its lines, its log, its command line or our files', async () => {
    const lines: string[] = [];
    const log: string[] = [];
    let commandLine = '';
    const { command, networkOverrides } = lab.app(0);
    const storageDirectory = join(dir, 'secret', 'veilid');
    const { open, ring } = processChannel(
      {
        kind: 'process',
        binary: labBinary(),
        command(binary, args) {
          const whole = command(binary, args);
          commandLine = JSON.stringify(whole);
          return whole;
        },
        configDirectory: join(dir, 'secret'),
        storageDirectory,
        namespace: '',
        devicePassword: PASSWORD,
        networkOverrides,
      },
      (line) => {
        log.push(line);
      },
    );
    const overlay = createVeilidOverlay({
      source: {
        kind: 'channel',
        configDirectory: join(dir, 'secret'),
        open: async (handlers, signal) => {
          const channel = await open(
            {
              onLine(line) {
                lines.push(line);
                handlers.onLine(line);
              },
              onClose(reason) {
                handlers.onClose(reason);
              },
            },
            signal,
          );
          channel.send('{"id":4294967295,"op":"GetState"}');
          channel.send(`{"id":4294967294,"op":"NoSuchOp","password":"${PASSWORD}"}`);
          return channel;
        },
      },
    });
    started.push(overlay);
    echo(overlay);
    await overlay.start(never);
    await sendUntilAnswered(peer, (await twoAddresses(overlay)).bytes, Uint8Array.of(7));
    await expect.poll(async () => (await overlay.details(never)).traffic?.totalUp ?? 0, { timeout: 20_000 }).toBeGreaterThan(0);
    await overlay.stop();

    const state = lines.find((line) => line.includes('"id":4294967295'));
    expect(state).toContain('"config":null');
    const withPeers = lines.filter((text) => text.includes('"peers"'));
    expect(withPeers.length).toBeGreaterThan(1);
    for (const line of withPeers) expect(line).toContain('"peers":[]');
    // statistics would wake an idle core every second
    expect(lines.some((line) => line.includes('"kind":"Network"'))).toBe(false);
    const everything = [
      ...lines,
      ...log,
      ...ring.lines(),
      commandLine,
      ...files(join(dir, 'secret')).map((file) => readFileSync(file, 'latin1')),
    ];
    for (const text of everything) {
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain('network_key_password');
    }
    expect(statSync(storageDirectory).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, 'secret', 'routes.json')).mode & 0o777).toBe(0o600);
  });

  test('refuses a line that is too long and answers the next one', async () => {
    const child = spawn(labBinary(), ['--config', '-'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    child.stdin.write(
      `{"node":{"storage_dir":"${join(dir, 'long')}"},"program_name":"sotto","protected_store":{"always_use_insecure_storage":true,"allow_insecure_fallback":true}}\n`,
    );
    child.stdin.write(`{"id":1,"op":"${'x'.repeat(300_000)}"}\n{"id":2,"op":"IsShutdown"}\n`);
    await expect.poll(() => lines.some((line) => line.includes('"id":2')), { timeout: 20_000 }).toBe(true);
    expect(lines.filter((line) => line.includes('too long'))).toHaveLength(1);
    child.stdin.end();
    expect(await ended).toBe(0);
  });
});
