/**
 * Where received lines stood in their author's order: chain and number in their session. Lines are shown by (time, id), so a
 * line that comes late gets a time between those of its neighbours.
 */
import type { Db } from './db.ts';
import { KEEP_MS } from './limits.ts';

/** Milliseconds a line leaves free for missing ones before it, one each; of more missing lines some may share a millisecond. */
const MAX_RESERVED_MS = 256;

interface Place {
  session: string;
  chain: string;
  n: number;
}

export interface Positions {
  /** The time at which a line is shown that came at `time`, with `missing` numbers before it still to come. Remembers it. */
  place(place: Place, time: number, missing: number): number;
  prune(now: number): number;
}

export function createPositions(db: Db): Positions {
  const after = db.prepare<[string, string, number], { time: number }>(
    'SELECT time FROM positions WHERE session = ? AND (chain, n) > (?, ?) ORDER BY chain, n LIMIT 1',
  );
  const before = db.prepare<[string, string, number], { time: number }>(
    'SELECT time FROM positions WHERE session = ? AND (chain, n) < (?, ?) ORDER BY chain DESC, n DESC LIMIT 1',
  );
  const add = db.prepare<[string, string, number, number]>(
    'INSERT INTO positions (session, chain, n, time) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const expire = db.prepare<[number]>('DELETE FROM positions WHERE time < ?');
  return {
    place: ({ session, chain, n }, time, missing) => {
      const last = before.get(session, chain, n)?.time ?? 0;
      const next = after.get(session, chain, n)?.time;
      const shown =
        next === undefined
          ? Math.max(time, missing === 0 ? last : last + 1 + Math.min(missing, MAX_RESERVED_MS))
          : Math.max(last, next - 1);
      add.run(session, chain, n, shown);
      return shown;
    },
    prune: (now) => expire.run(now - KEEP_MS).changes,
  };
}
