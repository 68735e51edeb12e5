import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PLACES, openSettings, type StoredPlace } from '../../../src/host/electron/desktop/settings.ts';
import { arrangementOf, placeWindow, rememberPlace } from '../../../src/host/electron/desktop/windowPlace.ts';
import { fakeWindow, scratch, testDesktop } from './fakes.ts';

const primary = { x: 0, y: 0, width: 1920, height: 1080 };
const beside = { x: 1920, y: 0, width: 1280, height: 1024 };
const one = { all: [primary], primary };
const two = { all: [primary, beside], primary };
const stored = (given: Partial<StoredPlace>): StoredPlace => ({
  displays: arrangementOf(one),
  x: 100,
  y: 80,
  width: 900,
  height: 700,
  maximized: false,
  fullScreen: false,
  ...given,
});

describe('the place of the window', () => {
  test('is the window system’s at the first start', () => {
    const place = placeWindow([], one);
    expect(place).not.toHaveProperty('x');
    expect(place.width).toBeLessThan(primary.width);
  });

  test('is where it was', () => {
    expect(placeWindow([stored({ maximized: true })], one)).toEqual({
      x: 100,
      y: 80,
      width: 900,
      height: 700,
      maximized: true,
      fullScreen: false,
    });
  });

  test('is remembered for each arrangement of displays', () => {
    const docked = stored({ displays: arrangementOf(two), x: 2_000, width: 1_000 });
    const places = rememberPlace([docked], stored({ x: 5 }));
    expect(placeWindow(places, one).x).toBe(5);
    expect(placeWindow(places, two).x).toBe(2_000);
    expect(arrangementOf({ ...two, all: [beside, primary] })).toBe(arrangementOf(two));
  });

  test('on a display that is gone is the window system’s, with its size', () => {
    const place = placeWindow([stored({ displays: arrangementOf(two), x: 2_000 })], one);
    expect(place).not.toHaveProperty('x');
    expect(place).toMatchObject({ width: 900, height: 700 });
  });

  test('with its top out of reach is the window system’s', () => {
    expect(placeWindow([stored({ y: -650 })], one)).not.toHaveProperty('y');
  });

  test('forgets the oldest arrangement beyond its limit', () => {
    let places: StoredPlace[] = [];
    for (let index = 0; index < 20; index += 1) places = rememberPlace(places, stored({ displays: `screen ${index}` }));
    expect(places).toHaveLength(MAX_PLACES);
    expect(places.at(-1)?.displays).toBe('screen 19');
  });

  test('is inside of a display, whatever was stored and whatever the displays are', () => {
    const pixel = fc.integer({ min: -100_000, max: 100_000 });
    const size = fc.integer({ min: 1, max: 100_000 });
    const area = fc.record({
      x: fc.integer({ min: -5_000, max: 5_000 }),
      y: fc.integer({ min: -5_000, max: 5_000 }),
      width: fc.integer({ min: 200, max: 8_000 }),
      height: fc.integer({ min: 200, max: 8_000 }),
    });
    fc.assert(
      fc.property(pixel, pixel, size, size, fc.array(area, { minLength: 1, maxLength: 4 }), (x, y, width, height, areas) => {
        const displays = { all: areas, primary: areas[0] ?? primary };
        const place = placeWindow([stored({ x, y, width, height })], displays);
        const inside = ({ x: left, y: top, width: wide, height: high }: typeof primary): boolean =>
          place.width <= wide &&
          place.height <= high &&
          (place.x === undefined ||
            place.y === undefined ||
            (place.x >= left && place.y >= top && place.x + place.width <= left + wide && place.y + place.height <= top + high));
        expect(areas.some(inside)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the window', () => {
  test('comes back where it was left, maximized, after a start', async () => {
    const { desktop, window, stateDirectory } = await testDesktop();
    window.bounds = { x: 40, y: 50, width: 700, height: 500 };
    window.emit('move');
    window.maximize();
    await desktop.quit();
    const again = await testDesktop({ stateDirectory });
    expect(again.made).toEqual([{ place: { x: 40, y: 50, width: 700, height: 500, maximized: true, fullScreen: false }, hidden: false }]);
    expect(again.window.maximized).toBe(true);
  });

  test('is not remembered while it is minimized or hidden', async () => {
    const { desktop, window, stateDirectory } = await testDesktop({ window: fakeWindow({ x: 1, y: 2, width: 640, height: 480 }) });
    window.emit('resize');
    window.bounds = { x: -32_000, y: -32_000, width: 160, height: 28 };
    window.minimized = true;
    window.emit('move');
    window.minimized = false;
    window.visible = false;
    window.emit('resize');
    await desktop.quit();
    expect((await openSettings(stateDirectory, () => undefined)).current.places).toMatchObject([{ x: 1, y: 2, width: 640, height: 480 }]);
  });

  test('starts the same when its place is damaged on the disk', async () => {
    const directory = await scratch();
    const settings = await openSettings(directory, () => undefined);
    settings.change({ places: [stored({ x: 90_000, y: 90_000 })] });
    await settings.flush();
    const { made } = await testDesktop({ stateDirectory: directory });
    expect(made).toEqual([{ place: { width: 900, height: 700, maximized: false, fullScreen: false }, hidden: false }]);
  });
});
