/** Waiting times and rates of private messages. Pure: time comes in as an argument. */

/** Design §7 "sending": after a failed try, 5 s … 10 min. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;
/** Where our own node cannot send at the moment: 1 s … 1 min. */
const FIRST_SOON_MS = 1_000;
const LONGEST_SOON_MS = 60_000;
/** The second route is asked when the first has not answered by then. */
export const SECOND_ROUTE_AFTER_MS = 1_200;

/** Pause after `failures` failed tries (1 = the first), with up to a quarter of jitter; `random` is in [0, 1). */
export function pauseAfter(failures: number, random: number): number {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(pause * (1 - random / 4));
}

/** Pause after `times` tries in a row that our own node could not carry out. */
export const soonAfter = (times: number): number => Math.min(LONGEST_SOON_MS, FIRST_SOON_MS * 2 ** Math.min(times - 1, 20));

/** The pause to the next event of a Poisson process of this mean; `random` is in [0, 1). At most twenty means. */
export const poissonPause = (mean: number, random: number): number => Math.round(mean * Math.min(20, -Math.log(1 - random)));

/** A token bucket: `take(now)` is true while there is budget. */
export interface Bucket {
  take(now: number): boolean;
}

export function createBucket(burst: number, perSecond: number): Bucket {
  let tokens = burst;
  let last = 0;
  return {
    take: (now) => {
      if (last !== 0) tokens = Math.min(burst, tokens + (Math.max(0, now - last) / 1000) * perSecond);
      last = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

/** Buckets by key (a route), bounded: the oldest key is forgotten first. */
export function createBuckets(burst: number, perSecond: number, maxKeys: number): (key: string, now: number) => boolean {
  const buckets = new Map<string, Bucket>();
  return (key, now) => {
    const bucket = buckets.get(key) ?? createBucket(burst, perSecond);
    buckets.delete(key);
    buckets.set(key, bucket);
    const oldest = buckets.size > maxKeys ? buckets.keys().next().value : undefined;
    if (oldest !== undefined) buckets.delete(oldest);
    return bucket.take(now);
  };
}

/** Of two pauses in milliseconds, where null is none. */
export const earliest = (a: number | null, b: number | null): number | null => (a === null || b === null ? (a ?? b) : Math.min(a, b));
