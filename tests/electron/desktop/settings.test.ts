import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { defaultSettings, MAX_PLACES, openSettings, readSettings, writeSettings } from '../../../src/host/electron/desktop/settings.ts';
import { mountSmallDisk } from '../../support/smallDisk.ts';
import { scratch } from './fakes.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-desktop-disk-'));
const disk = mountSmallDisk(join(folder, 'disk'));
afterAll(() => {
  disk?.unmount();
  rmSync(folder, { recursive: true });
});

const place = { displays: '1920x1080@0,0', x: 10, y: 20, width: 900, height: 700, maximized: true, fullScreen: false };

describe('desktop.json', () => {
  test('holds what was changed when it is opened again', async () => {
    const directory = await scratch();
    const told: string[] = [];
    const first = await openSettings(directory, (sentence) => told.push(sentence));
    first.change({ zoom: 1.25, closeToTray: true, spelling: ['de-DE'], places: [place] });
    expect(first.current.zoom).toBe(1.25);
    await first.flush();
    const second = await openSettings(directory, (sentence) => told.push(sentence));
    expect(second.current).toEqual({ ...defaultSettings, zoom: 1.25, closeToTray: true, spelling: ['de-DE'], places: [place] });
    expect(told).toEqual([]);
    expect(await readdir(directory)).toEqual(['desktop.json']);
  });

  test('is written by itself, without being asked to', async () => {
    const directory = await scratch();
    const settings = await openSettings(directory, () => undefined);
    settings.change({ zoom: 2 });
    await expect.poll(() => readFile(join(directory, 'desktop.json'), 'utf8').catch(() => ''), { timeout: 10_000 }).toContain('"zoom": 2');
  });

  test('loses only the fields that are damaged', () => {
    const text = JSON.stringify({ version: 1, zoom: 900, closeToTray: true, spelling: ['../x'], places: [place, { x: 'here' }] });
    expect(readSettings(text)).toEqual({ ...defaultSettings, closeToTray: true, places: [place] });
  });

  test('of a later version is read as far as it is understood', () => {
    expect(readSettings(JSON.stringify({ version: 9, zoom: 1.5, wobble: true }))?.zoom).toBe(1.5);
  });

  test('is bounded in what it remembers', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ ...place, displays: `screen ${index}` }));
    const kept = readSettings(writeSettings({ ...defaultSettings, places: many }))?.places;
    expect(kept).toHaveLength(MAX_PLACES);
    expect(kept?.at(-1)?.displays).toBe('screen 49');
  });

  test.each(['', '{', 'null', '[]', '{"zoom":1}', '{"version":"1"}', '\u0000\u0001'])(
    'that is %j costs one sentence and nothing else',
    async (text) => {
      const directory = await scratch();
      await writeFile(join(directory, 'desktop.json'), text);
      const told: string[] = [];
      const settings = await openSettings(directory, (sentence) => told.push(sentence));
      expect(settings.current).toEqual(defaultSettings);
      expect(told).toEqual([expect.stringContaining('damaged')]);
      settings.change({ zoom: 2 });
      await settings.flush();
      expect((await openSettings(directory, () => undefined)).current.zoom).toBe(2);
    },
  );

  test('that is far too large is not read', async () => {
    const directory = await scratch();
    await writeFile(join(directory, 'desktop.json'), JSON.stringify({ version: 1, zoom: 2, filler: 'x'.repeat(100_000) }));
    const told: string[] = [];
    expect((await openSettings(directory, (sentence) => told.push(sentence))).current.zoom).toBe(1);
    expect(told).toHaveLength(1);
  });

  test('that is a directory costs one sentence for reading and one for writing, however often it is tried', async () => {
    const directory = await scratch();
    await mkdir(join(directory, 'desktop.json', 'x'), { recursive: true });
    const told: string[] = [];
    const settings = await openSettings(directory, (sentence) => told.push(sentence));
    for (const zoom of [1.1, 1.25, 1.5]) {
      settings.change({ zoom });
      await settings.flush();
    }
    expect(settings.current.zoom).toBe(1.5);
    expect(told).toEqual([expect.stringContaining('cannot be read'), expect.stringContaining('cannot be stored')]);
    expect(await readdir(directory)).toEqual(['desktop.json']);
  });

  test('in a directory that is gone or read-only costs one sentence, and what was chosen holds until the end', async () => {
    const directory = join(await scratch(), 'gone');
    const told: string[] = [];
    const settings = await openSettings(directory, (sentence) => told.push(sentence));
    settings.change({ closeToTray: true });
    await settings.flush();
    settings.change({ zoom: 2 });
    await settings.flush();
    expect(told).toEqual([expect.stringMatching(/cannot be stored \(ENOENT\)/)]);
    expect(settings.current).toMatchObject({ closeToTray: true, zoom: 2 });
    // Once it can be written again it is, and the next failure is told anew.
    await mkdir(directory);
    settings.change({ zoom: 1.5 });
    await settings.flush();
    expect(await readFile(join(directory, 'desktop.json'), 'utf8')).toContain('1.5');
  });
});

// Only root can make a disk that is full.
describe.runIf(disk !== null)('desktop.json on a disk that', () => {
  const opened = async () => {
    const told: string[] = [];
    const directory = await mkdtemp(join(folder, 'disk', 'profile-'));
    return { directory, told, settings: await openSettings(directory, (sentence) => told.push(sentence)) };
  };

  test('is full keeps the old file whole, and is written once there is room', async () => {
    const { directory, told, settings } = await opened();
    settings.change({ zoom: 2 });
    await settings.flush();
    const before = await readFile(join(directory, 'desktop.json'), 'utf8');
    disk?.fill();
    settings.change({ zoom: 3 });
    await settings.flush();
    settings.change({ closeToTray: true });
    await settings.flush();
    expect(told).toEqual([expect.stringContaining('ENOSPC')]);
    expect(await readFile(join(directory, 'desktop.json'), 'utf8')).toBe(before);
    expect(await readdir(directory)).toEqual(['desktop.json']);
    disk?.makeRoom();
    await settings.flush();
    expect((await openSettings(directory, () => undefined)).current).toMatchObject({ zoom: 3, closeToTray: true });
  });

  test('is read-only costs one sentence, and what was chosen holds until the end', async () => {
    const { told, settings } = await opened();
    disk?.setReadOnly(true);
    for (const zoom of [1.5, 2]) {
      settings.change({ zoom });
      await settings.flush();
    }
    disk?.setReadOnly(false);
    expect(told).toEqual([expect.stringContaining('EROFS')]);
    expect(settings.current.zoom).toBe(2);
  });
});
