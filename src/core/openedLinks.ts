/** Links that were opened outside: shown by the page that has, or had last, the person's eyes; where there is none, by the next one. */
import type { LinkView } from '../contract/desktop.ts';
import { ContractError } from '../contract/errors.ts';
import type { ConnectionId } from '../contract/table.ts';
import type { Pages } from './pages.ts';

/** Milliseconds a link waits for a page that is being opened. */
const WAIT_MS = 120_000;

export interface OpenedLinks {
  /** `pages`: how many show it now, 0 or 1. Throws `badInput`; then the page says why. */
  open(text: string): { pages: number };
  /** A page is there that can show it. */
  arrived(connection: ConnectionId): void;
}

type Waiting = { until: number } & ({ link: LinkView } | { sentence: string });

interface Options {
  pages: Pick<Pages, 'nearest' | 'tell'>;
  /** Throws ContractError. */
  read: (text: string) => LinkView;
  /** Milliseconds. */
  now: () => number;
}

export function createOpenedLinks({ pages, read, now }: Options): OpenedLinks {
  /** Only the newest: a page that opens asks one thing. */
  let waiting: Waiting | null = null;
  const show = (connection: ConnectionId, what: Waiting): void => {
    if ('link' in what) pages.tell(connection, 'link', { link: what.link });
    else pages.tell(connection, 'notice', { severity: 'error', text: what.sentence });
  };
  const give = (what: Waiting): { pages: number } => {
    const page = pages.nearest();
    waiting = page === null ? what : null;
    if (page === null) return { pages: 0 };
    show(page, what);
    return { pages: 1 };
  };
  return {
    open: (text) => {
      const until = now() + WAIT_MS;
      try {
        return give({ until, link: read(text) });
      } catch (error) {
        if (error instanceof ContractError) give({ until, sentence: error.message });
        throw error;
      }
    },
    arrived: (connection) => {
      const what = waiting;
      waiting = null;
      if (what !== null && what.until > now()) show(connection, what);
    },
  };
}
