/**
 * A link that opened Sotto waits until there is a core that can take it. The core alone says what it is (E14), keeps it until there is a page,
 * and tells the person on the page where it is none.
 */
import type { Client } from '../../../contract/rpc/client.ts';
import { ContractError } from '../../../contract/errors.ts';

/** A cold start has a core within a second; a locked profile has one when the person has unlocked it. */
const TRY_AGAIN_MS = 500;
/** Who was not there by then has forgotten the link. */
const WAIT_LIMIT_MS = 300_000;

interface Options {
  client: () => Client | null;
  log: (line: string) => void;
  signal: AbortSignal;
  tryAgain?: number;
}

export interface PendingLink {
  /** Takes the place of one that still waits. */
  open(link: string): void;
}

export function createPendingLink({ client, log, signal, tryAgain = TRY_AGAIN_MS }: Options): PendingLink {
  let waiting: { link: string; since: number } | null = null;
  let timer: NodeJS.Timeout | null = null;

  const attempt = async (): Promise<void> => {
    const mine = waiting;
    if (mine === null) return;
    const now = client();
    try {
      if (now !== null) {
        await now.call('app.openLink', { text: mine.link }, signal);
        if (waiting === mine) waiting = null;
      }
    } catch (error) {
      const later = error instanceof ContractError && (error.code === 'unavailable' || error.code === 'closed');
      if (!later && waiting === mine) {
        waiting = null;
        log('a link was not opened: the core does not understand it');
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
