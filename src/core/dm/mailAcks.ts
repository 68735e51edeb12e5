/**
 * Sealed acknowledgements of mail: whoever left it learns from the next packet of ours what arrived, and where nothing else is to
 * be said, from one that says only that. At most one waits for a contact.
 */
import type { ContactId } from '../../contract/ids.ts';
import { decodeBody, encodeBody } from '../../pq/payload.ts';
import type { RandomSource } from '../../pq/types.ts';
import type { Store } from '../../store/store.ts';
import { toHex } from './bytes.ts';

export interface MailAcks {
  /** Queues one, to leave within the time that answers are delayed. It is stored by then: it survives a crash. */
  owe(contact: ContactId): Promise<void>;
  /** They know already. */
  settle(contact: ContactId): Promise<void>;
  stop(): void;
}

interface Options {
  store: Store;
  random: RandomSource;
  /** In [0, 1). */
  uniform: () => number;
  delayMs: number;
  now: () => number;
  queued: (contact: ContactId) => void;
}

export function createMailAcks({ store, random, uniform, delayMs, now, queued }: Options): MailAcks {
  const timers = new Set<NodeJS.Timeout>();
  const settle = async (contact: ContactId): Promise<void> => {
    for (const { mid, payload } of await store.outbox(contact)) {
      if (decodeBody(payload).kind === 'ack') await store.failOutbox({ mid, reason: 'Not needed any more' });
    }
  };
  return {
    settle,
    owe: async (contact) => {
      await settle(contact);
      const delay = Math.round(uniform() * delayMs);
      const payload = encodeBody({ kind: 'ack' });
      await store.queue({ contact, mid: toHex(random(16)), payload, message: null, created: now() + delay });
      const timer = setTimeout(() => {
        timers.delete(timer);
        queued(contact);
      }, delay);
      timers.add(timer);
    },
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
