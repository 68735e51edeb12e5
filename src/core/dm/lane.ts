/** The state of delivery to one contact. */
import type { ContactRow, OutboxRow } from '../../store/rows.ts';

export interface Lane {
  running: Promise<void> | null;
  again: boolean;
  added: boolean;
  /** What the store was given since the lane last looked into it, when nothing else is there; null: it has to be read. */
  fresh: OutboxRow[] | null;
  /** The last round left nothing behind, and nothing was added since: hearing from them is no reason for another. */
  empty: boolean;
  /** They were heard since the last pass. */
  heard: boolean;
  /** Messages that were given up during this round. */
  gone: Set<string>;
  /** While a round goes well: takes along what is new. */
  join: (() => void) | null;
  failures: number;
  /** Rounds in a row that our own node could not carry out. */
  busy: number;
  /** Rounds in a row in which nothing got through; a retry does not forget them. */
  stuck: number;
  /** Not before this, in milliseconds since 1970. */
  notBefore: number;
  timer: NodeJS.Timeout | null;
  /** How often a packet failed while others passed; at most as many as there are rows. */
  misses: Map<string, number>;
}

/** Whether anything may leave for them. */
export const mayDeliver = (row: ContactRow | undefined): boolean =>
  row !== undefined && row.state !== 'request' && row.state !== 'blocked' && row.level !== 'changed';
