// needs: dbus gnome-keyring secret-tool
/** The Secret Service with a real gnome-keyring on a bus of its own: what a keyring does, and what Sotto makes of it. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectBus } from '../../src/core/key/dbus/bus.ts';
import { secretService } from '../../src/core/key/secretService.ts';
import type { Keyring } from '../../src/core/key/keyring.ts';
import { newProfile, startKey } from '../core/keySupport.ts';

type Environment = Record<string, string>;

interface Desktop {
  env: Environment;
  keyring: Keyring;
  /** Starts gnome-keyring over the keyrings of this directory, unlocked with its password; it replaces one that runs. */
  unlock: (directory?: string) => Promise<void>;
  /** Ends the keyring's daemon. */
  end: () => Promise<void>;
  lock: () => Promise<void>;
  run: (program: string, args: string[], input?: string) => string;
}

const signal = AbortSignal.timeout(100_000);
const secret = Uint8Array.from({ length: 32 }, (_, index) => index);

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let count = 0; count < 400; count += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not happen');
}

/** A session bus without any service: neither a keyring nor its dialog is started unless a test does it. */
function desktop(): Desktop {
  const home = mkdtempSync(join(tmpdir(), 'sotto-keyring-'));
  const runtime = join(home, 'run');
  mkdirSync(runtime, { mode: 0o700 });
  const socket = join(runtime, 'bus');
  const config = join(home, 'bus.conf');
  const policy =
    '<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>';
  execFileSync('sh', ['-c', `cat > '${config}'`], {
    input: `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd"><busconfig><type>session</type><listen>unix:path=${socket}</listen>${policy}</busconfig>`,
  });
  const env: Environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_RUNTIME_DIR: runtime,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}`,
  };
  const bus = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--nopidfile'], { env, stdio: 'ignore' });
  let daemon: ReturnType<typeof spawn> | null = null;
  const isOwned = async (): Promise<boolean> => {
    try {
      const connection = await connectBus(env, signal);
      const call = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
      const [owned] = await connection.call({ ...call, member: 'NameHasOwner', signature: 's', body: ['org.freedesktop.secrets'] }, signal);
      connection.close();
      return owned === true;
    } catch {
      return false;
    }
  };
  const end = async (): Promise<void> => {
    daemon?.kill('SIGKILL');
    daemon = null;
    await until(async () => !(await isOwned()));
  };
  onTestFinished(() => {
    daemon?.kill('SIGKILL');
    bus.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  return {
    env,
    keyring: secretService({ env }),
    end,
    unlock: async (directory = 'data') => {
      if (daemon !== null) await end();
      mkdirSync(join(home, directory), { recursive: true });
      daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
        env: { ...env, XDG_DATA_HOME: join(home, directory) },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      daemon.stdin?.end('login password');
      await until(isOwned);
    },
    lock: async () => {
      const connection = await connectBus(env, signal);
      const call = {
        destination: 'org.freedesktop.secrets',
        path: '/org/freedesktop/secrets',
        interface: 'org.freedesktop.Secret.Service',
      };
      const [collection] = await connection.call({ ...call, member: 'ReadAlias', signature: 's', body: ['default'] }, signal);
      await connection.call({ ...call, member: 'Lock', signature: 'ao', body: [[collection ?? '/']] }, signal);
      connection.close();
    },
    run: (program, args, input = '') => execFileSync(program, args, { env, input, encoding: 'utf8' }),
  };
}

test('a real keyring keeps a key and gives it back, also after it was started anew, and forgets it', async () => {
  const { keyring, unlock } = desktop();
  await unlock();
  const wrapped = await keyring.wrap(secret, signal);
  expect(wrapped).toHaveLength(16);
  expect(await keyring.unwrap(wrapped, signal)).toEqual(secret);
  const other = await keyring.wrap(secret.slice().reverse(), signal);
  await unlock();
  expect(await keyring.unwrap(wrapped, signal)).toEqual(secret);
  expect(await keyring.unwrap(other, signal)).toEqual(secret.slice().reverse());
  await keyring.forget?.(wrapped, signal);
  await expect(keyring.unwrap(wrapped, signal)).rejects.toMatchObject({ code: 'gone' });
  expect(await keyring.unwrap(other, signal)).toEqual(secret.slice().reverse());
});

test('a locked keyring whose dialog is not answered is told as locked, and works once it is unlocked', async () => {
  const { keyring, unlock, lock } = desktop();
  await unlock();
  const wrapped = await keyring.wrap(secret, signal);
  await lock();
  // Nobody can show the dialog on this bus: the keyring says that it was dismissed.
  await expect(keyring.unwrap(wrapped, signal)).rejects.toMatchObject({ code: 'locked' });
  await expect(keyring.wrap(secret, signal)).rejects.toMatchObject({ code: 'locked' });
  await unlock();
  expect(await keyring.unwrap(wrapped, signal)).toEqual(secret);
});

test('no service, and no bus, are told as gone; cancelling ends the asking with its own reason', async () => {
  const { keyring, env } = desktop();
  await until(async () =>
    connectBus(env, signal).then(
      (bus) => (bus.close(), true),
      () => false,
    ),
  );
  await expect(keyring.unwrap(new Uint8Array(16), signal)).rejects.toMatchObject({ code: 'gone' });
  const nowhere = secretService({ env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' } });
  await expect(nowhere.wrap(secret, signal)).rejects.toMatchObject({ code: 'gone' });
  await expect(secretService({ env: {} }).wrap(secret, signal)).rejects.toMatchObject({ code: 'gone' });
  await expect(keyring.wrap(secret, AbortSignal.abort(new Error('no longer wanted')))).rejects.toThrow('no longer wanted');
});

test('the key of a history: opened by the keyring, and after it was locked, lost, changed by somebody or gone, by the recovery key alone', async () => {
  const { keyring, unlock, lock, end, run } = desktop();
  await unlock();
  const profile = newProfile();
  const first = await startKey(profile, keyring);
  await first.store().putSecret('mark', secret);
  const recovery = await first.key.setKeyring({ enabled: true, recovery: true, alone: false }, signal);
  await first.stop();
  const keyFile = (): string => readFileSync(join(profile.stateDirectory, 'store.key'), 'utf8');
  const sealed = keyFile();
  const byItself = async (): Promise<void> => {
    const started = await startKey(profile, keyring);
    await started.key.byKeyring();
    expect(await started.store().getSecret('mark')).toEqual(secret);
    await started.stop();
  };
  const byRecovery = async (words: RegExp): Promise<void> => {
    const started = await startKey(profile, keyring);
    await started.key.byKeyring();
    expect(started.key.view()).toMatchObject({ state: 'locked', reason: expect.stringMatching(words) as unknown });
    await started.key.unlock({ recoveryKey: recovery?.text ?? '' }, signal);
    expect(await started.store().getSecret('mark')).toEqual(secret);
    await started.stop();
    expect(keyFile()).toBe(sealed);
  };
  await byItself();
  await lock();
  await byRecovery(/locked/);
  await unlock('another');
  await byRecovery(/not there any more/);
  await end();
  await byRecovery(/does not answer/);
  await unlock();
  await byItself();
  const id = /"handle":"([0-9a-f]+)"/.exec(sealed)?.[1] ?? '';
  const attributes = ['service', 'sotto', 'kind', 'store-key', 'id', id];
  run('secret-tool', ['store', '--label', 'changed', ...attributes], 'ab'.repeat(32));
  await byRecovery(/something else/);
  run('secret-tool', ['clear', ...attributes]);
  run('secret-tool', ['store', '--label', 'changed', ...attributes], 'not what it was');
  await byRecovery(/something else/);
});

test('passwords: ours go before Halloy’s of the same name, and one that is not there is null', async () => {
  const { keyring, unlock, run } = desktop();
  await unlock();
  const { passwords } = keyring;
  expect(await passwords?.get('servers.libera.password', signal)).toBeNull();
  run('secret-tool', ['store', '--label', 'h', 'service', 'chat.halloy', 'username', 'servers.libera.password'], 'Halloy’s');
  expect(await passwords?.get('servers.libera.password', signal)).toBe('Halloy’s');
  await passwords?.set('servers.libera.password', 'geheim ü', signal);
  await passwords?.set('servers.libera.password', 'geheimer ü', signal);
  expect(await passwords?.get('servers.libera.password', signal)).toBe('geheimer ü');
  expect(run('secret-tool', ['lookup', 'service', 'sotto', 'username', 'servers.libera.password'])).toBe('geheimer ü');
  await passwords?.remove('servers.libera.password', signal);
  expect(await passwords?.get('servers.libera.password', signal)).toBe('Halloy’s');
});

test('the command line stores a password that stdin holds, and nothing else of it shows', async () => {
  const { env, keyring, unlock } = desktop();
  await unlock();
  const main = new URL('../../src/host/headless/main.ts', import.meta.url).pathname;
  const printed = await new Promise<string>((resolve, reject) => {
    const running = execFile(process.execPath, [main, '--set-password', 'servers.x.nick_password'], { env }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr));
      else resolve(stdout + stderr);
    });
    running.stdin?.end('horse battery\n');
  });
  expect(printed).toContain('servers.x.nick_password');
  expect(printed).not.toContain('horse');
  expect(await keyring.passwords?.get('servers.x.nick_password', signal)).toBe('horse battery');
});
