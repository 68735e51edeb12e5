/** What was answered with silence, and what else is only counted: for the diagnostics page, and now and then for the log. */
import type { DroppedView } from '../../contract/views.ts';
import type { PqErrorCode } from '../../pq/errors.ts';

/** Every reason with what it means, for the page. */
const sentences = {
  shape: 'Packets that are none of Sotto’s, or of a version it does not know.',
  rate: 'Packets beyond what is taken in a second: they are sent again by whoever means it.',
  unmatched: 'Packets that fit no conversation.',
  blocked: 'Packets of people you blocked.',
  store: 'Packets that could not be stored; their senders keep them.',
  malformed: 'Packets whose inside is damaged or was not made by Sotto.',
  authentication: 'Packets that could not be opened: damaged on the way, or forged.',
  limit: 'Packets that ask for more than one packet may: too far ahead, or too large.',
  replay: 'Packets and first contacts that were opened before.',
  rollback: 'Packets of somebody who had gone back to an older state.',
  gate: 'First contacts that were not made for this identity or with one of your invites.',
  unknownPrekey: 'First contacts with a key that is used up or too old; whoever sent them needs a new invite or route.',
  expired: 'Cards and invites that are past their time.',
  badSignature: 'Cards and identities that the person they name has not signed.',
  identityMismatch: 'Packets that name another person than the one they should come from.',
  refusedReset: 'New sessions that came within an hour of the one before.',
  splitView: 'Packets of people who were shown another history of your identity than the one on this computer.',
  identityLog: 'New identities that do not follow from what is known of the person.',
  olderCard: 'Cards in records that were older than one known already: somebody shows a copy of what was true once.',
  badAnswer: 'Answers to messages that were not made by the person they were sent to: forged, damaged or late.',
  unknownReceipt: 'Receipts for messages that were never sent.',
  mailbox: 'Mailboxes that held something else than packets of their owner.',
  damagedSession: 'Stored sessions that could not be read; new ones were begun.',
} as const satisfies Record<string, string>;

export type Dropped = keyof typeof sentences;

/** Codes of DM/1 as reasons. */
const ofCode: Record<PqErrorCode, Dropped> = {
  malformed: 'malformed',
  badSignature: 'badSignature',
  expired: 'expired',
  unknownPrekey: 'unknownPrekey',
  gate: 'gate',
  notForUs: 'unmatched',
  identityMismatch: 'identityMismatch',
  limit: 'limit',
  authentication: 'authentication',
  replay: 'replay',
  rollback: 'rollback',
};
export const droppedBy = (code: PqErrorCode): Dropped => ofCode[code];

const isDropped = (name: string): name is Dropped => name in sentences;
const reasons: readonly Dropped[] = Object.keys(sentences).filter(isDropped);

const INTERVAL_MS = 600_000;

export interface Drops {
  /** Counts it, and is the silence it is answered with. */
  drop(what: Dropped): null;
  /** What was counted since the start, in a fixed order; nothing of it says whose it was. */
  views(): DroppedView[];
  /** Writes down what was counted since the last line. */
  flush(): void;
}

export function createDrops({ now, log }: { now: () => number; log: (line: string) => void }): Drops {
  const total = new Map<Dropped, number>();
  const fresh = new Map<Dropped, number>();
  let written = -Infinity;
  const flush = (): void => {
    if (fresh.size === 0) return;
    log(`dropped packets: ${[...fresh].map(([what, count]) => `${what} ${count}`).join(', ')}`);
    fresh.clear();
    written = now();
  };
  return {
    drop: (what) => {
      for (const counts of [total, fresh]) counts.set(what, (counts.get(what) ?? 0) + 1);
      if (now() - written >= INTERVAL_MS) flush();
      return null;
    },
    views: () =>
      reasons.flatMap((reason) => {
        const count = total.get(reason);
        return count === undefined ? [] : [{ reason, words: sentences[reason], count }];
      }),
    flush,
  };
}
