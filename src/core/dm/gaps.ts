/**
 * Packets that overtook others on the way. They are opened a moment later, so that lines are shown in the order they were
 * written; nothing is kept but the packet, and what was lost delays the rest only once.
 */

/** How long a packet waits for the ones before it. */
const PATIENCE_MS = 300;
/** Packets that wait at a time; one more is opened at once. */
const MAX_WAITING = 64;

export interface Gaps {
  /** Resolves when something of this session was opened, or time is up. False: there is no room to wait, or nothing came. */
  wait(session: string): Promise<boolean>;
  /** A packet of the session was opened. */
  moved(session: string): void;
  stop(): void;
}

export function createGaps(): Gaps {
  const waiting = new Map<string, Set<(moved: boolean) => void>>();
  let count = 0;
  let stopped = false;
  const end = (session: string, moved: boolean): void => {
    const waiters = waiting.get(session);
    waiting.delete(session);
    for (const resolve of waiters ?? []) resolve(moved);
  };
  return {
    wait: async (session) => {
      if (stopped || count >= MAX_WAITING) return false;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const waiters = waiting.get(session) ?? new Set();
      waiting.set(session, waiters.add(resolve));
      const timer = setTimeout(() => {
        resolve(false);
      }, PATIENCE_MS);
      count += 1;
      try {
        return await promise;
      } finally {
        count -= 1;
        clearTimeout(timer);
        waiters.delete(resolve);
        if (waiters.size === 0 && waiting.get(session) === waiters) waiting.delete(session);
      }
    },
    moved: (session) => {
      end(session, true);
    },
    stop: () => {
      stopped = true;
      for (const session of [...waiting.keys()]) end(session, false);
    },
  };
}
