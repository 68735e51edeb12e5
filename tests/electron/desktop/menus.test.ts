import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, test } from 'vitest';
import { electronKeys } from '../../../src/host/electron/desktop/actions.ts';
import { pageShortcuts } from '../../../src/host/electron/desktop/applicationMenu.ts';
import { inputKeys, lineKeys, shortcutFor, shortcuts } from '../../../src/ui/shared/shortcuts.ts';
import { entry, fakeCore, press, testDesktop, type FakeMenu } from './fakes.ts';

const entries = (menu: FakeMenu | null): MenuItemConstructorOptions[] => {
  const flat = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])]);
  return flat(menu?.template ?? []);
};

describe('the application menu', () => {
  test('has every binding of the page with the same keys, and no other', () => {
    const ofPage = Object.fromEntries(shortcuts.filter(({ id }) => id !== 'escape').map(({ id, keys }) => [id, keys]));
    expect(Object.fromEntries(Object.entries(pageShortcuts).map(([id, { keys }]) => [id, keys]))).toEqual(ofPage);
  });

  test('shows them all, and leaves the keys to the page', async () => {
    const { electron } = await testDesktop();
    const shown = entries(electron.applicationMenu).filter(({ id }) => id !== undefined);
    expect(shown.map(({ id }) => id).sort()).toEqual(Object.keys(pageShortcuts).sort());
    for (const { id, accelerator, registerAccelerator } of shown) {
      expect(registerAccelerator, id).toBe(false);
      expect(accelerator).toBe(electronKeys(shortcuts.find((one) => one.id === id)?.keys ?? '').accelerator);
    }
  });

  test('has no key of its own that the page uses', async () => {
    const { electron } = await testDesktop({ development: true });
    const own = entries(electron.applicationMenu).flatMap(({ accelerator, registerAccelerator }) =>
      accelerator === undefined || registerAccelerator === false ? [] : [accelerator],
    );
    expect(own).toContain('Ctrl+Q');
    expect(new Set(own).size).toBe(own.length);
    const ofPage = [...shortcuts, ...inputKeys, ...lineKeys].map(({ keys }) => electronKeys(keys).accelerator);
    for (const accelerator of own) expect(ofPage).not.toContain(accelerator);
    // Alt and a letter opens a menu.
    const mnemonics = (electron.applicationMenu?.template ?? []).map(({ label = '' }) => `Alt+${/&(.)/.exec(label)?.[1] ?? ''}`);
    expect(mnemonics).toContain('Alt+E');
    for (const accelerator of mnemonics) expect(ofPage).not.toContain(accelerator);
  });

  test.each(Object.entries(pageShortcuts))('presses the keys that the page reads as %s', async (id, { label, keys }) => {
    const { electron, window } = await testDesktop();
    window.focus();
    press(electron.applicationMenu, label);
    const [down, up] = window.webContents.pressed;
    expect([down?.type, up?.type]).toEqual(['keyDown', 'keyUp']);
    const key = down?.keyCode ?? '';
    const has = (modifier: string): boolean => down?.modifiers?.includes(modifier) === true;
    // As Chromium turns Electron's key codes into the page's events.
    const event = {
      key: ['Up', 'Down'].includes(key) ? `Arrow${key}` : key,
      code: /^[A-Z]$/.test(key) ? `Key${key}` : key,
      ctrlKey: has('control'),
      altKey: has('alt'),
      shiftKey: has('shift'),
      metaKey: false,
    };
    expect(shortcutFor(event), keys).toBe(id);
  });

  test('presses nothing until the window has the focus', async () => {
    const { electron, window } = await testDesktop();
    window.focus = () => undefined;
    press(electron.applicationMenu, 'Command palette…');
    expect(window.webContents.pressed).toEqual([]);
    window.emit('focus');
    expect(window.webContents.pressed).toHaveLength(2);
    window.emit('focus');
    expect(window.webContents.pressed).toHaveLength(2);
  });

  test('greys what needs the core while there is none', async () => {
    const { desktop, electron } = await testDesktop();
    desktop.coreStopped('It ended.');
    expect(entry(electron.applicationMenu, 'Copy route')?.enabled).toBe(false);
    desktop.attach(fakeCore().client);
    expect(entry(electron.applicationMenu, 'Copy route')?.enabled).toBe(true);
  });

  test('has developer tools in development only', async () => {
    const release = await testDesktop();
    expect(entry(release.electron.applicationMenu, 'Developer tools')).toBeUndefined();
    const development = await testDesktop({ development: true });
    press(development.electron.applicationMenu, 'Developer tools');
    expect(development.window.webContents.did).toEqual(['toggleDevTools']);
  });

  test('shows the log, also and above all while there is no core', async () => {
    let opened = 0;
    const { desktop, electron } = await testDesktop({ openLog: () => (opened += 1) });
    press(electron.applicationMenu, 'Show log');
    desktop.coreStopped('It ended.');
    press(electron.applicationMenu, 'Show log');
    expect(opened).toBe(2);
  });

  test('makes the window full screen and back', async () => {
    const { electron, window } = await testDesktop();
    press(electron.applicationMenu, 'Full screen');
    expect(window.fullScreen).toBe(true);
    press(electron.applicationMenu, 'Full screen');
    expect(window.fullScreen).toBe(false);
  });
});
