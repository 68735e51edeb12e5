import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { connectClient, type AnyEvent, type Client } from '../../src/contract/rpc/client.ts';
import { contractId, PROTOCOL_VERSION } from '../../src/contract/rpc/frames.ts';
import { createCore, type Core, type CoreOptions } from '../../src/core/core.ts';
import type { Keyring } from '../../src/core/key/keyring.ts';
import { deriveInWorker } from '../../src/core/slowCrypto/argon2Worker.ts';
import { createProfileDirectories, profilePaths, type ProfilePaths } from '../../src/core/profile.ts';
import { portPair } from '../../src/host/portPair.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { testDirectory } from '../support/cores.ts';
import { memoryKeyring, startKey } from './keySupport.ts';

const passphrase = 'seven quiet herons';
const { signal } = new AbortController();

interface Page {
  core: Core;
  client: Client;
  events: AnyEvent[];
  log: string[];
}

const coreOf = (
  paths: ProfilePaths,
  keyring: Keyring | null,
  more: Partial<CoreOptions> = {},
): { core: Core; log: string[]; quits: () => number } => {
  const log: string[] = [];
  let quits = 0;
  const core = createCore({
    profile: paths,
    version: '0',
    demo: false,
    nodeBuilder: null,
    host: { newPageToken: () => Promise.resolve('none'), quit: () => void (quits += 1), keyring },
    log: (line) => {
      log.push(line);
    },
    overlay: () => createLoopbackOverlay(createLoopbackNetwork()),
    ...more,
  });
  onTestFinished(() => core.stop());
  return { core, log, quits: () => quits };
};
const startPage = async (paths: ProfilePaths, keyring: Keyring | null): Promise<Page & { quits: () => number }> => {
  const { core, log, quits } = coreOf(paths, keyring);
  await core.start();
  const [near, far] = portPair();
  core.attach(far);
  const client = connectClient(near);
  const events: AnyEvent[] = [];
  client.onEvent((event) => {
    events.push(event);
  });
  await client.ready;
  return { core, client, events, log, quits };
};
const newPaths = async (config = ''): Promise<ProfilePaths> => {
  const paths = profilePaths(await testDirectory(), {});
  await createProfileDirectories(paths);
  await mkdir(dirname(paths.configFile), { recursive: true });
  if (config !== '') await writeFile(paths.configFile, config);
  return paths;
};
const lockedPaths = async (keyring: Keyring | null = null): Promise<ProfilePaths> => {
  const paths = await newPaths();
  const made = await startKey(paths, keyring, deriveInWorker);
  await made.key.setPassphrase({ old: null, new: passphrase, alone: false }, signal);
  await made.stop();
  return paths;
};

test('while it is locked the core answers what is about the key, and quitting, and nothing else', async () => {
  const { client, quits } = await startPage(await lockedPaths(), null);
  expect(await client.call('key.view', {})).toMatchObject({ state: 'locked', passphrase: true, plain: false });
  await expect(client.call('app.snapshot', {})).rejects.toMatchObject({ code: 'unavailable', message: 'Sotto is locked.' });
  await expect(client.call('config.read', {})).rejects.toMatchObject({ code: 'unavailable' });
  await expect(client.call('app.newPageToken', {})).rejects.toMatchObject({ code: 'unavailable' });
  await expect(client.call('key.recovery', {})).rejects.toMatchObject({ code: 'unavailable' });
  await expect(client.call('key.setPlain', { old: null })).rejects.toMatchObject({ code: 'unavailable' });
  await client.call('app.quit', {});
  expect(quits()).toBe(1);
});

test('once it is unlocked every page is told, and everything answers; changes of the key are told as well', async () => {
  const { client, events } = await startPage(await lockedPaths(), null);
  await expect(client.call('key.unlock', { passphrase: 'wrong' })).rejects.toMatchObject({ code: 'badInput' });
  await client.call('key.unlock', { passphrase });
  expect(await client.call('key.view', {})).toMatchObject({ state: 'open' });
  expect(await client.call('app.snapshot', {})).toMatchObject({ version: '0', buffers: [] });
  await expect.poll(() => events.filter(({ name }) => name === 'key').length).toBeGreaterThan(1);
  const { text } = await client.call('key.recovery', {});
  expect(text).toMatch(/^(\S{4}-){13}\S{4}$/);
  await expect
    .poll(() => events.flatMap((event) => (event.name === 'key' ? [event.payload] : [])).at(-1))
    .toMatchObject({ state: 'open', recovery: true });
  await client.call('key.setPlain', { old: passphrase });
  expect(await client.call('key.view', {})).toMatchObject({ plain: true, passphrase: false, recovery: false });
});

test('a keyring that answers at once leaves nobody waiting: the first call after the start finds it open', async () => {
  const keyring = memoryKeyring();
  const paths = await newPaths();
  const made = await startKey(paths, keyring);
  await made.key.setKeyring({ enabled: true, recovery: true, alone: false }, signal);
  await made.stop();
  const { client } = await startPage(paths, keyring);
  expect(await client.call('key.view', {})).toMatchObject({ state: 'open', keyring: 'a keyring', offered: 'a keyring' });
  expect(await client.call('app.snapshot', {})).toMatchObject({ version: '0' });
});

test('a keyring that asks somebody keeps no page waiting, and stopping ends the asking', async () => {
  const keyring = memoryKeyring();
  const paths = await newPaths();
  const made = await startKey(paths, keyring);
  await made.key.setKeyring({ enabled: true, recovery: true, alone: false }, signal);
  await made.stop();
  keyring.asks = true;
  const { client, core } = await startPage(paths, keyring);
  expect(await client.call('key.view', {})).toMatchObject({ state: 'opening' });
  await core.stop();
});

test('a host that brings the passphrase starts open, and one that brings a wrong one does not start', async () => {
  const paths = await lockedPaths();
  const wrong = coreOf(paths, null, { unlock: { passphrase: 'not this one' } });
  await expect(wrong.core.start()).rejects.toThrow('The passphrase is wrong.');
  await wrong.core.stop();
  const { core } = coreOf(paths, null, { unlock: { passphrase } });
  await core.start();
  await core.stop();
});

test('the host without a window reads the passphrase from the file that --passphrase-fd names', async () => {
  const paths = await lockedPaths();
  const main = fileURLToPath(new URL('../../src/host/headless/main.ts', import.meta.url));
  const running = spawn(process.execPath, [main, '--profile', dirname(paths.dataDirectory), '--passphrase-fd', '3'], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  const ended = once(running, 'exit');
  const pipe = running.stdio[3];
  if (!pipe || !('end' in pipe)) throw new Error('no pipe');
  pipe.end(`${passphrase}\n`);
  const { stdin, stdout } = running;
  if (stdin === null || stdout === null) throw new Error('no pipes');
  const say = (frame: unknown): void => void stdin.write(`${JSON.stringify(frame)}\n`);
  say({ t: 'hello', version: PROTOCOL_VERSION, contract: contractId });
  say({ t: 'call', id: 1, method: 'key.view', params: {} });
  for await (const line of createInterface({ input: stdout })) {
    const frame: unknown = JSON.parse(line);
    if (JSON.stringify(frame).includes('"id":1')) {
      expect(frame).toMatchObject({ t: 'result', result: { state: 'open', passphrase: true } });
      break;
    }
  }
  say({ t: 'call', id: 2, method: 'app.quit', params: {} });
  expect(await ended).toEqual([0, null]);
});

const server = `[servers.a]
nickname = "bob"
server = "127.0.0.1"
port = 1
use_tls = false
allow_unencrypted_passwords = true
autoconnect = false
`;
const stateOf = async (client: Client): Promise<{ phase: string; text: string } | undefined> =>
  (await client.call('app.snapshot', {})).servers[0]?.state;

test('a password that the keyring does not have is told with the name of its entry, and found at the next try', async () => {
  const entries = new Map<string, string>();
  const keyring: Keyring = {
    ...memoryKeyring(),
    passwords: {
      get: (entry) => Promise.resolve(entries.get(entry) ?? null),
      set: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    },
  };
  const { client } = await startPage(await newPaths(`${server}password_keyring = true\n`), keyring);
  await expect
    .poll(() => stateOf(client))
    .toMatchObject({ phase: 'failed', text: expect.stringContaining('servers.a.password') as unknown });
  entries.set('servers.a.password', 'horse battery');
  const [view] = (await client.call('app.snapshot', {})).servers;
  if (!view) throw new Error('no server');
  await client.call('server.connect', { server: view.name });
  await expect.poll(async () => (await stateOf(client))?.phase).toBe('idle');
});

test('while a locked keyring asks for its password, the rest of Sotto runs; with no keyring at all it says so', async () => {
  const asked: AbortSignal[] = [];
  const waiting: Keyring = {
    ...memoryKeyring(),
    passwords: {
      get: (_entry, signal_) =>
        new Promise((_resolve, reject) => {
          asked.push(signal_);
          signal_.addEventListener('abort', () => {
            reject(new DOMException('Cancelled.', 'AbortError'));
          });
        }),
      set: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    },
  };
  const config = `${server}sasl.plain = { username = "u", password_keyring = "My entry" }\n`;
  const { client, core } = await startPage(await newPaths(config), waiting);
  expect(await stateOf(client)).toMatchObject({ phase: 'connecting', text: 'Waiting for the desktop’s keyring…' });
  await expect.poll(() => asked.length).toBe(1);
  await core.stop();
  expect(asked[0]?.aborted).toBe(true);

  const without = await startPage(await newPaths(config), null);
  await expect.poll(() => stateOf(without.client)).toMatchObject({ phase: 'failed', text: expect.stringContaining('My entry') as unknown });
});
