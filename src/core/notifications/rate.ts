/** How often the desktop is told something. */

/** Over all kinds: so many at once, then one in this time. What is left out is still unread, and counted. */
export const BURST = 8;
export const REFILL_MS = 2_000;
/** Places whose last time is kept; the oldest is forgotten. */
const MAX_PLACES = 500;

/** `now` in milliseconds. The result says whether another one may be told of this place now, and takes it as told if so. */
export function createRate(now: () => number): (place: string, delay: number) => boolean {
  const last = new Map<string, number>();
  let tokens = BURST;
  let filled = now();
  return (place, delay) => {
    const time = now();
    const before = last.get(place);
    if (before !== undefined && time >= before && time - before < delay) return false;
    tokens = Math.min(BURST, tokens + Math.max(0, time - filled) / REFILL_MS);
    filled = time;
    if (tokens < 1) return false;
    tokens -= 1;
    last.delete(place);
    last.set(place, time);
    for (const oldest of last.keys()) {
      if (last.size <= MAX_PLACES) break;
      last.delete(oldest);
    }
    return true;
  };
}
