import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OverlayError } from '../../src/overlay/overlay.ts';
import { NODE_VERSION } from '../../src/overlay/veilid/binary.ts';
import { createVeilidOverlay, type VeilidOverlay } from '../../src/overlay/veilid/veilid.ts';

const never = new AbortController().signal;
const PASSWORD = 'a-device-password-nobody-may-read';
let dir = '';
let started: VeilidOverlay | null = null;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-process-'));
});
afterEach(async () => {
  await started?.stop();
  started = null;
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

/** A program in the place of veilid-node. `body` runs after `--version` is dealt with; `runs` is how often it ran before. */
function program(body: string, version = NODE_VERSION): string {
  const file = join(dir, 'veilid-node');
  const source = `#!${process.execPath}
const fs = require('node:fs');
if (process.argv[2] === '--version') { console.log('veilid-node ${version} (veilid-core 0.5.7)'); process.exit(0); }
const say = (value) => console.log(JSON.stringify(value));
const counter = ${JSON.stringify(join(dir, 'runs'))};
const runs = fs.existsSync(counter) ? Number(fs.readFileSync(counter, 'utf8')) : 0;
fs.writeFileSync(counter, String(runs + 1));
fs.writeFileSync(${JSON.stringify(join(dir, 'pid'))}, String(process.pid));
fs.writeFileSync(${JSON.stringify(join(dir, 'environment'))}, JSON.stringify(process.env));
const serve = () => {
  say({ type: 'Hello', version: '${NODE_VERSION}', veilid: '0.5.7' });
  let first = true;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (first) { first = false; fs.writeFileSync(${JSON.stringify(join(dir, 'config'))}, line); return; }
    const { id, op } = JSON.parse(line);
    const values = { GetState: { attachment: { public_internet_ready: true }, network: { bps_down: '1', bps_up: '2' } }, VeilidVersionString: '0.5.7' };
    if (op !== 'NewPrivateRoute') say({ type: 'Response', id, op, value: values[op] ?? null });
  }).on('close', () => process.exit(0));
};
${body}`;
  writeFileSync(file, source);
  chmodSync(file, 0o755);
  return file;
}
const storage = (): string => join(dir, 'profile', 'veilid');
function overlay(binary: string): VeilidOverlay {
  started = createVeilidOverlay({
    source: { kind: 'process', binary, configDirectory: dir, storageDirectory: storage(), namespace: '', devicePassword: PASSWORD },
  });
  return started;
}
const failure = async (work: Promise<unknown>): Promise<OverlayError | null> =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof OverlayError ? error : null),
  );
const phase = (of: VeilidOverlay, wanted: string) => expect.poll(() => of.state().phase, { timeout: 15_000 }).toBe(wanted);
const read = (name: string): unknown => JSON.parse(readFileSync(join(dir, name), 'utf8'));

describe('the process of veilid-node', () => {
  test('of another version is noticed before it starts, with what has to be done', async () => {
    const error = await failure(overlay(program('serve();', '0.0.9')).start(never));
    expect(error?.code).toBe('missing');
    expect(error?.message).toContain('0.0.9');
    expect(error?.message).toContain('node scripts/veilid-node.mjs build --again');
    expect(existsSync(join(dir, 'runs'))).toBe(false);
  });

  test('that cannot run on this computer is told at the start', async () => {
    const file = program('');
    writeFileSync(file, 'no program');
    expect(await failure(overlay(file).start(never))).toMatchObject({
      code: 'missing',
      message: expect.stringContaining('does not run') as string,
    });
  });

  test('that was replaced by another version is noticed by its greeting, and ended', async () => {
    const node = overlay(program(`say({ type: 'Hello', version: '0.0.9', veilid: '0.5.1' }); setInterval(() => 0, 1000);`));
    await node.start(never);
    await phase(node, 'degraded');
    expect(node.state().reason).toContain('veilid-node has version 0.0.9');
    const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow();
    expect((await node.details(never)).crashes.count).toBe(0);
  });

  test('that finds the directory in use waits its turn, and that is no crash', async () => {
    const node = overlay(program(`if (runs === 0) { say({ type: 'Busy' }); process.exitCode = 3; } else serve();`));
    await node.start(never);
    await phase(node, 'degraded');
    expect(node.state().reason).toBe('Another veilid-node still uses the directory of this profile. Trying again.');
    await phase(node, 'ready');
    expect(await node.details(never)).toMatchObject({
      own: true,
      version: NODE_VERSION,
      library: '0.5.7',
      traffic: { down: 1, up: 2 },
      crashes: { count: 0 },
    });
  });

  test('that ends by itself says why in its last line, without the password and without keys', async () => {
    const key = `VLD0:${'k'.repeat(43)}`;
    const complaint = `the store of ${key} at 192.0.2.7:5150 rejects ${PASSWORD}`;
    const node = overlay(
      program(
        `say({ type: 'Hello', version: '${NODE_VERSION}', veilid: '' }); console.error(${JSON.stringify(complaint)}); process.exitCode = 1;`,
      ),
    );
    await node.start(never);
    await expect.poll(async () => (await node.details(never)).crashes.count, { timeout: 15_000 }).toBeGreaterThan(0);
    const { crashes, log } = await node.details(never);
    expect(crashes.last?.reason).toBe('veilid-node ended with status 1: the store of VLD0:[key] at [address] rejects [secret].');
    expect(log).toContain('the store of VLD0:[key] at [address] rejects [secret]');
  });

  test('has a directory of its own that nobody else may open, also where it was open before', async () => {
    mkdirSync(storage(), { recursive: true, mode: 0o755 });
    chmodSync(storage(), 0o755);
    const node = overlay(program('serve();'));
    await node.start(never);
    await phase(node, 'ready');
    expect(statSync(storage()).mode & 0o777).toBe(0o700);
  });

  test('gets what keeps its identity over every new version, bounded caches, and nothing of our environment', async () => {
    vi.stubEnv('RUST_LOG', 'trace');
    vi.stubEnv('ALL_PROXY', 'socks5://127.0.0.1:9');
    const node = overlay(program('serve();'));
    await node.start(never);
    await phase(node, 'ready');
    // changing one of these would lose the node's identity, its routes and its records
    expect(read('config')).toMatchObject({
      node: { storage_dir: storage() },
      program_name: 'sotto',
      namespace: '',
      protected_store: { always_use_insecure_storage: true, device_encryption_key_password: PASSWORD },
      table_store: { wipe_on_invalid_device_encryption_key: false },
      network: { upnp: false, dht: { local_max_subkey_cache_memory_mb: 16, remote_max_subkey_cache_memory_mb: 16 } },
    });
    expect(read('environment')).not.toHaveProperty('RUST_LOG');
    expect(read('environment')).not.toHaveProperty('ALL_PROXY');
    expect(JSON.stringify(read('environment'))).not.toContain(PASSWORD);
  });
});
