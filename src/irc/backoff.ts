/** Longest pause between two attempts. */
export const MAX_DELAY_MS = 5 * 60_000;
/** Pause after refused certificates and servers that want fewer connections. */
export const SLOW_DELAY_MS = 10 * 60_000;
/** Part of a pause that is random, so that a restarted server is not met by all at once. */
const JITTER = 0.25;

/** Milliseconds before attempt number `failures` + 1, `failures` >= 1. `random` is in [0, 1). */
export function retryDelay(baseSeconds: number, failures: number, slow: boolean, random: number): number {
  const doubled = Math.min(MAX_DELAY_MS, Math.max(0, baseSeconds) * 1_000 * 2 ** Math.min(failures - 1, 20));
  return Math.round((slow ? Math.max(SLOW_DELAY_MS, doubled) : doubled) * (1 + JITTER * random));
}
