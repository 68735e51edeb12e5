import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { followEnding } from '../../../src/host/electron/desktop/ending.ts';
import { openSettings } from '../../../src/host/electron/desktop/settings.ts';
import { fakeElectron, preventable, press, testDesktop, until, type FakeElectron } from './fakes.ts';

const ways: [string, (electron: FakeElectron) => void][] = [
  [
    'Ctrl+Q',
    (electron) => {
      press(electron.applicationMenu, 'Quit');
    },
  ],
  [
    'the tray',
    (electron) => {
      press(electron.tray.menu, 'Quit');
    },
  ],
  ['closing the last window', ({ app }) => void app.emit('window-all-closed')],
  ['SIGTERM', ({ process }) => void process.emit('SIGTERM')],
  ['SIGINT', ({ process }) => void process.emit('SIGINT')],
  ['SIGHUP', ({ process }) => void process.emit('SIGHUP')],
  ['the end of the session', ({ power }) => void power.emit('shutdown', preventable())],
  ['the system asking', ({ app }) => void app.emit('before-quit', preventable())],
];

describe('ending', () => {
  test.each(ways)('by %s ends the core, then the process, once', async (_name, end) => {
    const core = Promise.withResolvers<undefined>();
    let stops = 0;
    const { electron, desktop, stateDirectory } = await testDesktop({
      stopCore: () => {
        stops += 1;
        return core.promise;
      },
    });
    press(electron.applicationMenu, 'Do not disturb');
    end(electron);
    await until(() => {
      expect(stops).toBe(1);
    });
    electron.process.emit('SIGTERM');
    expect(electron.app.exits).toEqual([]);
    core.resolve(undefined);
    await desktop.quit();
    expect(electron.app.exits).toEqual([0]);
    expect(stops).toBe(1);
    expect((await openSettings(stateDirectory, () => undefined)).current.doNotDisturb).toBe(true);
  });

  test('holds Electron’s own end and that of the session back until the core has ended', async () => {
    const core = Promise.withResolvers<undefined>();
    const { electron, desktop } = await testDesktop({ stopCore: () => core.promise });
    const quit = preventable();
    electron.app.emit('before-quit', quit);
    expect(quit.prevented).toBe(true);
    const shutdown = preventable();
    electron.power.emit('shutdown', shutdown);
    expect(shutdown.prevented).toBe(true);
    core.resolve(undefined);
    await desktop.quit();
    const last = preventable();
    electron.app.emit('before-quit', last);
    expect(last.prevented).toBe(false);
  });

  test('of a core that fails is told and ends the process with 1', async () => {
    const { electron, desktop, logs } = await testDesktop({ stopCore: () => Promise.reject(new Error('the store did not close')) });
    await desktop.quit();
    expect(electron.app.exits).toEqual([1]);
    expect(logs).toContain('the store did not close');
  });

  test('of a core that does not end is not waited for without a limit', async () => {
    const { app } = fakeElectron();
    const logs: string[] = [];
    const ending = followEnding({
      app,
      power: new EventEmitter(),
      process: new EventEmitter(),
      end: () => new Promise(() => undefined),
      log: (line) => void logs.push(line),
      limit: 20,
    });
    await ending.quit();
    expect(app.exits).toEqual([1]);
    expect(logs).toEqual(['Sotto did not end in time and is stopped now.']);
  });
});
