import { describe, expect, test } from 'vitest';
import { openSettings } from '../../../src/host/electron/desktop/settings.ts';
import { entry, fakeBus, fakeCore, fakeElectron, fakeWindow, press, testDesktop, until } from './fakes.ts';

const withTray = async (given: Parameters<typeof testDesktop>[0] = {}) => {
  const started = await testDesktop(given);
  await until(() => {
    expect(entry(started.electron.tray.menu, 'Keep running in the tray when the window is closed')?.visible).toBe(true);
  });
  return started;
};

describe('the tray', () => {
  test('shows three states by its icon and says them in words', async () => {
    const { desktop, electron } = await testDesktop();
    const core = fakeCore();
    core.attention = { unread: 3, highlights: 0 };
    desktop.attach(core.client);
    expect(electron.tray.image).toBe('/icons/tray.png');
    await until(() => {
      expect(electron.tray.image).toBe('/icons/tray-unread.png');
    });
    expect(electron.tray.tooltip).toBe('Sotto: 3 unread');
    core.emit('attention', { unread: 5, highlights: 1 });
    await until(() => {
      expect(electron.tray.image).toBe('/icons/tray-highlight.png');
    });
    expect(electron.tray.tooltip).toBe('Sotto: 1 highlight, 5 unread');
    core.emit('attention', { unread: 0, highlights: 0 });
    await until(() => {
      expect(electron.tray.image).toBe('/icons/tray.png');
    });
    expect(electron.tray.tooltip).toBe('Sotto');
  });

  test('shows and hides the window', async () => {
    const { electron, window } = await testDesktop();
    press(electron.tray.menu, 'Hide Sotto');
    expect(window.visible).toBe(false);
    expect(entry(electron.tray.menu, 'Hide Sotto')).toBeUndefined();
    press(electron.tray.menu, 'Show Sotto');
    expect(window).toMatchObject({ visible: true, focused: true });
    window.hide();
    electron.tray.emit('click');
    expect(window.visible).toBe(true);
  });

  test('copies the route of the core', async () => {
    const { desktop, electron } = await testDesktop();
    const core = fakeCore({ 'route.get': () => Promise.resolve({ text: 'VLD0-a-route' }) });
    expect(entry(electron.tray.menu, 'Copy route')?.enabled).toBe(true);
    desktop.attach(core.client);
    press(electron.tray.menu, 'Copy route');
    await until(() => {
      expect(electron.clipboard.text).toBe('VLD0-a-route');
    });
    await until(() => {
      expect(electron.bodies()).toEqual(['Your route is on the clipboard.']);
    });
  });

  test('says why there is no route and leaves the clipboard alone', async () => {
    const { desktop, electron } = await testDesktop();
    electron.clipboard.text = 'mine';
    desktop.attach(fakeCore().client);
    press(electron.tray.menu, 'Copy route');
    await until(() => {
      expect(electron.bodies()).toEqual(['Not part of this test.']);
    });
    expect(electron.clipboard.text).toBe('mine');
  });

  test('opens the page’s palette to connect, once the window has the focus', async () => {
    const { electron, window } = await testDesktop();
    press(electron.tray.menu, 'Connect…');
    expect(window.webContents.pressed).toEqual([
      { type: 'keyDown', keyCode: 'K', modifiers: ['control'] },
      { type: 'keyUp', keyCode: 'K', modifiers: ['control'] },
    ]);
  });

  test('says that the core has stopped, offers to start it again, and forgets both when it is there', async () => {
    let restarts = 0;
    const { desktop, electron } = await testDesktop({ restartCore: () => (restarts += 1) });
    const core = fakeCore();
    core.attention = { unread: 1, highlights: 1 };
    desktop.attach(core.client);
    await until(() => {
      expect(electron.app.badge).toBe(1);
    });
    desktop.coreStopped('The core ended by itself.');
    expect(electron.tray.tooltip).toBe('Sotto: The core ended by itself.');
    expect(electron.app.badge).toBe(0);
    expect(entry(electron.tray.menu, 'Copy route')?.enabled).toBe(false);
    press(electron.tray.menu, 'Start it again');
    expect(restarts).toBe(1);
    desktop.attach(fakeCore().client);
    expect(entry(electron.tray.menu, 'Start it again')).toBeUndefined();
    expect(entry(electron.tray.menu, 'Copy route')?.enabled).toBe(true);
  });

  test('that cannot be made leaves everything else as it is', async () => {
    const electronFakes = fakeElectron();
    const { desktop, electron, logs } = await testDesktop({
      electronFakes,
      electron: {
        ...electronFakes,
        makeTray: () => {
          throw new Error('no display');
        },
        makeNotification: null,
      },
    });
    const core = fakeCore();
    core.attention = { unread: 0, highlights: 2 };
    desktop.attach(core.client);
    await until(() => {
      expect(electron.app.badge).toBe(2);
    });
    expect(logs).toContain('There is no tray: no display');
  });
});

describe('closing the window', () => {
  test('ends Sotto at first', async () => {
    const { window } = await withTray();
    expect(window.pressClose()).toBe(true);
  });

  test('hides it into the tray once that was chosen, also at the next start', async () => {
    const { desktop, electron, window, stateDirectory } = await withTray();
    press(electron.tray.menu, 'Keep running in the tray when the window is closed');
    expect(window.pressClose()).toBe(false);
    expect(window.visible).toBe(false);
    await desktop.quit();
    const again = await withTray({ stateDirectory });
    expect(again.window.pressClose()).toBe(false);
  });

  test('never hides it into a tray that nobody shows', async () => {
    const { desktop, electron, window } = await testDesktop({ openBus: () => Promise.resolve(fakeBus({ tray: false })) });
    desktop.attach(fakeCore().client);
    press(electron.applicationMenu, 'Do not disturb');
    expect(entry(electron.tray.menu, 'Keep running in the tray when the window is closed')?.visible).toBe(false);
    Reflect.apply(
      entry(electron.tray.menu, 'Keep running in the tray when the window is closed')?.click ?? (() => undefined),
      undefined,
      [],
    );
    expect(window.pressClose()).toBe(true);
  });

  test('ends it while Sotto ends, whatever was chosen', async () => {
    const { desktop, electron, window } = await withTray();
    press(electron.tray.menu, 'Keep running in the tray when the window is closed');
    const quitting = desktop.quit();
    expect(window.pressClose()).toBe(true);
    await quitting;
    expect(electron.tray.destroyed).toBe(true);
  });
});

describe('a start in the background', () => {
  test('has no window where there is a tray', async () => {
    const { made } = await testDesktop({ argv: ['sotto', '--background'] });
    expect(made).toMatchObject([{ hidden: true }]);
  });

  test('is maximized, as it was left, only when it is shown', async () => {
    const { desktop, window, stateDirectory } = await testDesktop();
    window.maximize();
    await desktop.quit();
    const hidden = fakeWindow();
    hidden.visible = false;
    const again = await testDesktop({ stateDirectory, window: hidden, argv: ['sotto', '--background'] });
    expect(hidden).toMatchObject({ visible: false, maximized: false });
    again.desktop.show();
    expect(hidden).toMatchObject({ visible: true, maximized: true });
  });

  test('has one where nobody would see the tray', async () => {
    const { made } = await testDesktop({ argv: ['sotto', '--background'], openBus: () => Promise.resolve(null) });
    expect(made).toMatchObject([{ hidden: false }]);
  });
});

describe('do not disturb', () => {
  test('is kept, and shown in the tray', async () => {
    const { desktop, electron, stateDirectory } = await testDesktop();
    press(electron.tray.menu, 'Do not disturb');
    expect(electron.tray.tooltip).toBe('Sotto: do not disturb');
    expect(entry(electron.applicationMenu, 'Do not disturb')?.checked).toBe(true);
    await desktop.quit();
    expect((await openSettings(stateDirectory, () => undefined)).current.doNotDisturb).toBe(true);
  });
});
