import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import type { Signal } from '../../../src/core/key/dbus/bus.ts';
import type { Value } from '../../../src/core/key/dbus/value.ts';
import { autostartEntry, createAutostart, execArgument, FLATPAK_COMMAND } from '../../../src/host/electron/desktop/autostart.ts';
import type { SessionBus } from '../../../src/host/electron/desktop/sessionBus.ts';
import { entry, fakeBus, press, scratch, testDesktop, until } from './fakes.ts';

const file = (home: string): string => join(home, '.config', 'autostart', 'io.github.example.Sotto.desktop');
const label = 'Start at login';

/** A portal that answers each request so, before or after it has given its handle. */
function portal(answer: { code: number; autostart: boolean } | null, early = false) {
  const handlers = new Set<(message: Signal) => void>();
  const asked: (readonly Value[])[] = [];
  const respond = (): void => {
    if (answer === null) return;
    const path = '/org/freedesktop/portal/desktop/request/1_1/t';
    const body: Value[] = [answer.code, [['autostart', { signature: 'b', value: answer.autostart }]]];
    const message: Signal = {
      path,
      interface: 'org.freedesktop.portal.Request',
      member: 'Response',
      sender: ':1.1',
      body,
    };
    for (const handler of handlers) {
      handler({ ...message, path: '/of/somebody/else', body: [0, []] });
      handler(message);
    }
  };
  const bus: SessionBus = {
    call: (call) => {
      if (call.member !== 'RequestBackground') return Promise.resolve(call.member === 'NameHasOwner' ? [true] : []);
      asked.push(call.body);
      if (early) respond();
      else setImmediate(respond);
      return Promise.resolve(['/org/freedesktop/portal/desktop/request/1_1/t']);
    },
    onSignal: (handler) => {
      handlers.add(handler);
      return () => {
        handlers.delete(handler);
      };
    },
  };
  return { bus, asked, handlers };
}

describe('start at login outside of flatpak', () => {
  test('is a file that starts this profile in the background, made and removed by the menu', async () => {
    const profile = join(await scratch(), 'my profile');
    const { electron, stateDirectory } = await testDesktop({ profile });
    press(electron.applicationMenu, label);
    await until(() => {
      expect(entry(electron.tray.menu, label)?.checked).toBe(true);
    });
    const text = await readFile(file(stateDirectory), 'utf8');
    expect(text).toContain(`\nExec=/opt/sotto/sotto "--profile=${profile}" --background\n`);
    expect(await readdir(join(stateDirectory, '.config', 'autostart'))).toEqual(['io.github.example.Sotto.desktop']);
    press(electron.applicationMenu, label);
    await until(() => {
      expect(entry(electron.tray.menu, label)?.checked).toBe(false);
    });
    expect(await readdir(join(stateDirectory, '.config', 'autostart'))).toEqual([]);
  });

  test('is what the file says, whoever removed it', async () => {
    const directory = await scratch();
    await mkdir(join(directory, '.config', 'autostart'), { recursive: true });
    await writeFile(file(directory), autostartEntry('x', ['sotto']));
    const { electron } = await testDesktop({ stateDirectory: directory });
    await until(() => {
      expect(entry(electron.tray.menu, label)?.checked).toBe(true);
    });
  });

  test('leaves a file of the person’s own as it is, and says so', async () => {
    const { electron, stateDirectory } = await testDesktop();
    await mkdir(join(stateDirectory, '.config', 'autostart'), { recursive: true });
    await writeFile(file(stateDirectory), '[Desktop Entry]\nExec=mine\n');
    press(electron.applicationMenu, label);
    await until(() => {
      expect(electron.bodies()).toEqual([expect.stringContaining('was not made by Sotto')]);
    });
    expect(await readFile(file(stateDirectory), 'utf8')).toBe('[Desktop Entry]\nExec=mine\n');
    expect(entry(electron.tray.menu, label)?.checked).toBe(false);
  });

  test('that cannot be written is told, and stays off', async () => {
    const { electron, stateDirectory } = await testDesktop();
    await writeFile(join(stateDirectory, '.config'), 'a file where the directory should be');
    press(electron.applicationMenu, label);
    await until(() => {
      expect(electron.bodies()).toEqual([expect.stringMatching(/cannot be written, so nothing has changed/)]);
    });
    expect(entry(electron.tray.menu, label)?.checked).toBe(false);
  });

  test('is not changed where a file is there that cannot be read: it may be the person’s own', async () => {
    const stateDirectory = await scratch();
    await mkdir(file(stateDirectory), { recursive: true });
    const { electron, logs } = await testDesktop({ stateDirectory });
    await until(() => {
      expect(logs).toEqual([expect.stringMatching(/cannot be read, so it is not known whether Sotto starts at login/)]);
    });
    press(electron.applicationMenu, label);
    await until(() => {
      expect(electron.bodies()).toEqual([expect.stringContaining('cannot be read')]);
    });
    expect((await stat(file(stateDirectory))).isDirectory()).toBe(true);
    expect(entry(electron.tray.menu, label)?.checked).toBe(false);
  });

  test.each([
    ['/usr/bin/sotto', '/usr/bin/sotto'],
    ['a b', '"a b"'],
    ['100%', '100%%'],
    ['$(rm x) `x` "x"', '"\\\\$(rm x) \\\\`x\\\\` \\\\"x\\\\""'],
    ['a\\b', '"a\\\\\\\\b"'],
    ['', '""'],
  ])('writes the argument %j as %j', (text, written) => {
    expect(execArgument(text)).toBe(written);
  });

  test('writes no argument that would begin another line', () => {
    expect(() => execArgument('x\nExec=y')).toThrow('control characters');
  });
});

describe('start at login inside flatpak', () => {
  const env = { FLATPAK_ID: 'io.github.example.Sotto' };

  test.each([false, true])('is asked of the portal, and what the person answers holds (answer before the handle: %s)', async (early) => {
    const { bus, asked, handlers } = portal({ code: 0, autostart: true }, early);
    const { desktop, electron, stateDirectory } = await testDesktop({ env, openBus: () => Promise.resolve(bus), profile: '/p' });
    press(electron.tray.menu, label);
    await until(() => {
      expect(entry(electron.tray.menu, label)?.checked).toBe(true);
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.[1]).toContainEqual(['commandline', { signature: 'as', value: ['sotto', '--profile=/p', '--background'] }]);
    expect(asked[0]?.[1]).toContainEqual(['autostart', { signature: 'b', value: true }]);
    expect(handlers.size).toBe(0);
    await desktop.quit();
    const again = await testDesktop({ env, stateDirectory, openBus: () => Promise.resolve(bus) });
    await until(() => {
      expect(entry(again.electron.tray.menu, label)?.checked).toBe(true);
    });
    expect(asked).toHaveLength(1);
  });

  test('stays off where the person says no, and they are told that nothing changed', async () => {
    const { bus } = portal({ code: 1, autostart: false });
    const { electron } = await testDesktop({ env, openBus: () => Promise.resolve(bus) });
    press(electron.tray.menu, label);
    await until(() => {
      expect(electron.bodies()).toEqual([expect.stringContaining('Nothing has changed')]);
    });
    expect(entry(electron.tray.menu, label)?.checked).toBe(false);
  });

  test('says so where there is no portal or no bus', async () => {
    for (const openBus of [() => Promise.resolve(fakeBus()), () => Promise.resolve(null)]) {
      const { electron } = await testDesktop({ env, openBus });
      press(electron.tray.menu, label);
      await until(() => {
        expect(electron.bodies()).toEqual([expect.stringContaining('no Background portal')]);
      });
    }
  });

  test('does not wait any more when Sotto ends', async () => {
    const { bus } = portal(null);
    const ended = new AbortController();
    const autostart = createAutostart({
      appId: 'x',
      command: [],
      profile: null,
      env,
      bus: () => Promise.resolve(bus),
      signal: ended.signal,
      remembered: () => false,
    });
    const setting = autostart.set(true);
    ended.abort();
    await expect(setting).rejects.toThrow('could not be asked');
  });

  test('starts the command of the manifest', () => {
    const app = v.parse(
      v.object({ command: v.string() }),
      JSON.parse(readFileSync(new URL('../../../flatpak/app.json', import.meta.url), 'utf8')),
    );
    expect(FLATPAK_COMMAND).toBe(app.command);
  });
});
