/** Where the window stands: remembered for each arrangement of displays, and never out of sight. */
import type { Rectangle } from 'electron';
import type { DesktopScreen, DesktopWindow, WindowPlace } from './parts.ts';
import { MAX_PLACES, type StoredPlace } from './settings.ts';

const USUAL_SIZE = { width: 1_100, height: 740 };
/** Below this the sidebar covers the page. */
export const MIN_SIZE = { width: 420, height: 320 };
/** Displays that make an arrangement; further ones do not tell two apart. */
const MAX_DISPLAYS = 8;
/** As much of the window's top has to be in sight, so that it can be seen and dragged. */
const MIN_VISIBLE = { width: 120, height: 32 };

interface Displays {
  all: readonly Rectangle[];
  primary: Rectangle;
}

export const displaysOf = (screen: DesktopScreen): Displays => ({
  all: screen.getAllDisplays().map(({ workArea }) => workArea),
  primary: screen.getPrimaryDisplay().workArea,
});

/** Names a set of displays by their size and place: the same with the same screens, whatever order they are told in. */
export const arrangementOf = ({ all }: Displays): string =>
  all
    .map(({ x, y, width, height }) => `${width}x${height}@${x},${y}`)
    .sort()
    .slice(0, MAX_DISPLAYS)
    .join(' ');

const overlap = (a: Rectangle, b: Rectangle): { width: number; height: number } => ({
  width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)),
  height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)),
});
const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

/**
 * A place for the window. One that is not on any display any more, or whose top is out of reach, is left to the window system; one that
 * sticks out is moved and made smaller until it fits the display it is mostly on.
 */
export function placeWindow(stored: readonly StoredPlace[], displays: Displays): WindowPlace {
  const arrangement = arrangementOf(displays);
  const place = stored.findLast((one) => one.displays === arrangement) ?? stored.at(-1);
  const { maximized = false, fullScreen = false } = place ?? {};
  const size = (area: Rectangle) => ({
    width: clamp(place?.width ?? USUAL_SIZE.width, Math.min(MIN_SIZE.width, area.width), area.width),
    height: clamp(place?.height ?? USUAL_SIZE.height, Math.min(MIN_SIZE.height, area.height), area.height),
  });
  if (place === undefined) return { ...size(displays.primary), maximized, fullScreen };
  const top = { ...place, height: Math.min(place.height, MIN_VISIBLE.height) };
  const seen = displays.all
    .map((area) => ({ area, part: overlap(place, area), top: overlap(top, area) }))
    .filter(({ top: { width, height } }) => width >= Math.min(MIN_VISIBLE.width, place.width) && height >= top.height)
    .sort((a, b) => b.part.width * b.part.height - a.part.width * a.part.height)[0];
  if (seen === undefined) return { ...size(displays.primary), maximized, fullScreen };
  const { area } = seen;
  const { width, height } = size(area);
  return {
    x: clamp(place.x, area.x, area.x + area.width - width),
    y: clamp(place.y, area.y, area.y + area.height - height),
    width,
    height,
    maximized,
    fullScreen,
  };
}

/** The places with this one last; the oldest arrangement is forgotten. */
export const rememberPlace = (stored: readonly StoredPlace[], place: StoredPlace): StoredPlace[] =>
  [...stored.filter(({ displays }) => displays !== place.displays), place].slice(-MAX_PLACES);

interface FollowOptions {
  window: DesktopWindow;
  screen: DesktopScreen;
  onPlace: (place: StoredPlace) => void;
}

/** Tells each new place of a window. What it is while minimized or hidden is none. */
export function followWindow({ window, screen, onPlace }: FollowOptions): void {
  const tell = (): void => {
    if (window.isDestroyed() || window.isMinimized() || !window.isVisible()) return;
    const { x, y, width, height } = window.getNormalBounds();
    if (width < 1 || height < 1) return;
    onPlace({
      displays: arrangementOf(displaysOf(screen)),
      x,
      y,
      width,
      height,
      maximized: window.isMaximized(),
      fullScreen: window.isFullScreen(),
    });
  };
  for (const event of ['resize', 'move', 'maximize', 'unmaximize', 'enter-full-screen', 'leave-full-screen'] as const)
    window.on(event, tell);
}
