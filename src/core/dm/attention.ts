/**
 * Whose record is watched: contacts whose conversation is open on a page, and those for whom mail waits. A watch costs a look at
 * the network every few minutes, and tells the nodes that keep the record when we are there; all others are polled slowly.
 */
import type { BufferId, ContactId } from '../../contract/ids.ts';
import type { Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';

/** Records watched at a time. */
export const MAX_WATCHED = 64;
/** A message that is on its way no longer than this is no mail that waits. */
const WAITS_AFTER_MS = 5_000;

export interface Attention {
  /** The buffers that pages show now. */
  shown(buffers: ReadonlySet<BufferId>): void;
  /** Something was queued for them. */
  queued(contact: ContactId): void;
  /** Looks anew for whom mail waits. */
  review(): Promise<void>;
  /** Contacts to be watched, at most MAX_WATCHED, open conversations first. */
  watched(): readonly ContactId[];
  has(contact: ContactId): boolean;
  stop(): void;
}

interface Options {
  store: Pick<Store, 'outbox'>;
  buffers: Pick<Buffers, 'get'>;
  contacts: () => readonly ContactId[];
  /** `added`: those to be watched from now on. Also called when some are to be watched no more. */
  onChange: (added: readonly ContactId[]) => void;
  log: (line: string) => void;
}

export function createAttention({ store, buffers, contacts, onChange, log }: Options): Attention {
  let open: ContactId[] = [];
  let waiting: ContactId[] = [];
  let watched: ContactId[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const update = (): void => {
    const next = [...new Set([...open, ...waiting])].slice(0, MAX_WATCHED);
    const added = next.filter((contact) => !watched.includes(contact));
    const isChanged = added.length > 0 || next.length !== watched.length;
    watched = next;
    if (isChanged && !isStopped) onChange(added);
  };
  const review = async (): Promise<void> => {
    const found: ContactId[] = [];
    for (const contact of contacts()) {
      if (found.length >= MAX_WATCHED || isStopped) break;
      if ((await store.outbox(contact)).length > 0) found.push(contact);
    }
    waiting = found;
    update();
  };
  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      review().then(
        () => {
          // until nothing waits any more
          if (waiting.length > 0 && !isStopped) later();
        },
        (error: unknown) => {
          if (!isStopped) log(`attention: ${error instanceof Error ? error.name : 'unknown error'}`);
        },
      );
    }, WAITS_AFTER_MS);
  };

  return {
    shown: (ids) => {
      open = [...ids].flatMap((id) => buffers.get(id)?.contact ?? []);
      update();
    },
    queued: later,
    review,
    watched: () => watched,
    has: (contact) => watched.includes(contact),
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
