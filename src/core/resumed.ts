/** After sleep, or in another network: what is cut is connected at once, and routes are made anew. */
import type { Dm } from './dm/dm.ts';
import type { NodeControl } from './nodeControl.ts';
import type { Servers } from './servers.ts';

/** Milliseconds: a computer that wakes tells of it more than once. */
export const MIN_PAUSE_MS = 10_000;

interface Options {
  servers: Pick<Servers, 'resumed'>;
  node: Pick<NodeControl, 'view'>;
  dm: Pick<Dm, 'renewRoutes' | 'contacts' | 'retry'>;
  /** Milliseconds. */
  now: () => number;
  log: (line: string) => void;
}

export function createResumed({ servers, node, dm, now, log }: Options): () => void {
  let last = Number.NEGATIVE_INFINITY;
  const renew = async (): Promise<void> => {
    const { phase } = node.view();
    if (phase !== 'ready' && phase !== 'degraded' && phase !== 'attaching') return;
    await dm.renewRoutes();
  };
  return () => {
    const time = now();
    // A clock that was set back must not keep it from happening.
    if (time >= last && time - last < MIN_PAUSE_MS) return;
    last = time;
    servers.resumed();
    void renew()
      .catch((error: unknown) => {
        log(`after sleep: routes were not renewed: ${error instanceof Error ? error.message : 'unknown error'}`);
      })
      .then(() => {
        for (const { id } of dm.contacts()) dm.retry(id);
      });
  };
}
