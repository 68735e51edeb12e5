/** Messages that waited for longer than the user wants are given up: they stay in the conversation, marked as failed. */
import type { Store } from '../../store/store.ts';

const DAY_MS = 24 * 3_600_000;

export interface Expiry {
  /** Looks now, and from then on regularly. */
  check(): void;
  stop(): Promise<void>;
}

interface Options {
  store: Store;
  /** `[direct_messages] expire_unsent`, in days. */
  days: () => number | 'never';
  fail: (mid: string, reason: string) => Promise<void>;
  everyMs: number;
  now: () => number;
  log: (line: string) => void;
}

export function createExpiry({ store, days, fail, everyMs, now, log }: Options): Expiry {
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  let checking: Promise<void> = Promise.resolve();
  const expire = async (): Promise<void> => {
    const limit = days();
    if (limit === 'never' || isStopped) return;
    for (;;) {
      const rows = await store.expiredOutbox(now() - limit * DAY_MS);
      if (rows.length === 0) return;
      for (const { mid } of rows) await fail(mid, `It waited for ${limit === 1 ? 'a day' : `${limit} days`}`);
    }
  };
  const check = (): void => {
    if (isStopped) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(check, everyMs);
    checking = checking.then(expire).catch((error: unknown) => {
      if (!isStopped) log(`expiry: ${error instanceof Error ? error.name : 'unknown error'}`);
    });
  };
  return {
    check,
    stop: async () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await checking;
    },
  };
}
