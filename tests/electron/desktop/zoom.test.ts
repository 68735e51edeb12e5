import { describe, expect, test } from 'vitest';
import { MAX_ZOOM, MIN_ZOOM, nextZoom } from '../../../src/host/electron/desktop/zoom.ts';
import { press, testDesktop } from './fakes.ts';

describe('the zoom', () => {
  test('goes in steps between its limits, and back to the usual size', () => {
    expect(nextZoom(1, 'in')).toBe(1.1);
    expect(nextZoom(1, 'out')).toBe(0.9);
    expect(nextZoom(1.3, 'in')).toBe(1.5);
    expect(nextZoom(1.3, 'out')).toBe(1.25);
    expect(nextZoom(MAX_ZOOM, 'in')).toBe(MAX_ZOOM);
    expect(nextZoom(MIN_ZOOM, 'out')).toBe(MIN_ZOOM);
    expect(nextZoom(2.5, 'reset')).toBe(1);
  });

  test('follows the menu and Ctrl with the wheel, holds for each page that is loaded, and for the next start', async () => {
    const { desktop, electron, window, stateDirectory } = await testDesktop();
    const { webContents } = window;
    press(electron.applicationMenu, 'Zoom in');
    expect(webContents.zoom).toBe(1.1);
    webContents.emit('zoom-changed', {}, 'in');
    expect(webContents.zoom).toBe(1.25);
    webContents.zoom = 1;
    webContents.emit('did-finish-load');
    expect(webContents.zoom).toBe(1.25);
    await desktop.quit();
    const again = await testDesktop({ stateDirectory });
    again.window.webContents.emit('did-finish-load');
    expect(again.window.webContents.zoom).toBe(1.25);
    press(again.electron.applicationMenu, 'Zoom out');
    expect(again.window.webContents.zoom).toBe(1.1);
    press(again.electron.applicationMenu, 'Usual size');
    expect(again.window.webContents.zoom).toBe(1);
  });
});
