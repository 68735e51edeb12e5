/** A link that opened Sotto waits until a core and a page are there to show it; the core alone says what it is (E14). */
import type { Client } from '../../../contract/rpc/client.ts';
import { ContractError } from '../../../contract/errors.ts';

/** A page of a cold start is there within seconds; a locked profile when the person has unlocked it. */
const TRY_AGAIN_MS = 500;
/** Who was not there by then has forgotten the link. */
const WAIT_LIMIT_MS = 300_000;

interface Options {
  client: () => Client | null;
  say: (sentence: string) => void;
  signal: AbortSignal;
  tryAgain?: number;
}

export interface PendingLink {
  /** Takes the place of one that still waits. */
  open(link: string): void;
}

export function createPendingLink({ client, say, signal, tryAgain = TRY_AGAIN_MS }: Options): PendingLink {
  let waiting: { link: string; since: number } | null = null;
  let timer: NodeJS.Timeout | null = null;

  const attempt = async (): Promise<void> => {
    const mine = waiting;
    if (mine === null) return;
    try {
      const { pages } = (await client()?.call('app.openLink', { text: mine.link }, signal)) ?? { pages: 0 };
      if (pages > 0 && waiting === mine) waiting = null;
    } catch (error) {
      const later = error instanceof ContractError && (error.code === 'unavailable' || error.code === 'closed');
      if (!later && waiting === mine) {
        waiting = null;
        say(error instanceof Error ? error.message : 'This link cannot be opened.');
      }
    }
    if (waiting === mine && performance.now() - mine.since > WAIT_LIMIT_MS) waiting = null;
    plan();
  };
  const plan = (): void => {
    if (waiting === null || timer !== null || signal.aborted) return;
    timer = setTimeout(() => {
      timer = null;
      void attempt();
    }, tryAgain);
  };
  signal.addEventListener('abort', () => {
    if (timer !== null) clearTimeout(timer);
  });
  return {
    open: (link) => {
      const busy = waiting !== null;
      waiting = { link, since: performance.now() };
      if (!busy) void attempt();
    },
  };
}
