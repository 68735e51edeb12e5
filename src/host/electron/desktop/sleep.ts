/**
 * Sleep and resume. Electron hears of it from logind, which a flatpak cannot reach without a permission of its own: the clocks tell as well.
 * The wall clock goes on while the computer sleeps, the monotonic one does not (clock_gettime(2), CLOCK_MONOTONIC).
 * Locking the screen tells nobody anything and changes nothing.
 */
import type { DesktopPower } from './parts.ts';

const LOOK_INTERVAL_MS = 10_000;
/** Below this it was a short pause, or somebody set the clock: connections survive both. */
const SLEPT_MS = 20_000;
/** Both sources tell of the same sleep. */
const SAME_RESUME_MS = 15_000;

export interface Clocks {
  /** Milliseconds since 1970. */
  wall: () => number;
  /** Milliseconds that stand still during sleep. */
  monotonic: () => number;
}

interface Options {
  power: DesktopPower;
  clocks?: Clocks;
  onResume: () => void;
  signal: AbortSignal;
  lookEvery?: number;
}

export function watchSleep({ power, clocks = systemClocks, onResume, signal, lookEvery = LOOK_INTERVAL_MS }: Options): void {
  let wall = clocks.wall();
  let monotonic = clocks.monotonic();
  let slept = false;
  let told: number | null = null;

  const resume = (): void => {
    slept = false;
    const now = clocks.monotonic();
    if (signal.aborted || (told !== null && now - told < SAME_RESUME_MS)) return;
    told = now;
    onResume();
  };
  const look = (): void => {
    const missing = clocks.wall() - wall - (clocks.monotonic() - monotonic);
    wall = clocks.wall();
    monotonic = clocks.monotonic();
    if (missing > SLEPT_MS) resume();
  };
  power.on('suspend', () => {
    slept = true;
  });
  power.on('resume', resume);
  // Some systems do not tell of the resume; the person at the lock screen proves it.
  power.on('unlock-screen', () => {
    if (slept) resume();
  });
  const timer = setInterval(look, lookEvery);
  timer.unref();
  signal.addEventListener('abort', () => {
    clearInterval(timer);
  });
}

const systemClocks: Clocks = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};
