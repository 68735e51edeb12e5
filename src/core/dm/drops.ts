/** What was dropped in silence, counted for the log: at most one line in a while, whatever arrives. */
export type Dropped = 'shape' | 'rate' | 'unmatched' | 'opening' | 'store' | 'blocked';

const INTERVAL_MS = 600_000;

export interface Drops {
  /** Counts it, and is the silence it is answered with. */
  drop(what: Dropped): null;
  /** Writes down what was counted. */
  flush(): void;
}

export function createDrops({ now, log }: { now: () => number; log: (line: string) => void }): Drops {
  const counts = new Map<Dropped, number>();
  let written = -Infinity;
  const flush = (): void => {
    if (counts.size === 0) return;
    log(`dropped packets: ${[...counts].map(([what, count]) => `${what} ${count}`).join(', ')}`);
    counts.clear();
    written = now();
  };
  return {
    drop: (what) => {
      counts.set(what, (counts.get(what) ?? 0) + 1);
      if (now() - written >= INTERVAL_MS) flush();
      return null;
    },
    flush,
  };
}
