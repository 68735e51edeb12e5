/**
 * Tells people that what they wrote was read: which messages, in one sealed receipt, some seconds after the reading. Who does
 * not tell is not told either, as with Signal: by the configuration, or by choice for one contact.
 */
import type { BufferId, ContactId, MessageId } from '../../contract/ids.ts';
import { encodeBody } from '../../pq/payload.ts';
import type { RandomSource } from '../../pq/types.ts';
import { MAX_READ_IDS, type ContactRow, type Store } from '../../store/store.ts';
import { fromHex, toHex } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import { mayDeliver } from './lane.ts';

export interface ReadReceipts {
  /** The user has read a contact's conversation up to this line. */
  read(contact: ContactId, buffer: BufferId, upTo: MessageId): void;
  /** Whether receipts are sent to this contact, and theirs are believed. */
  isOn(contact: Pick<ContactRow, 'readReceipts'>): boolean;
  stop(): Promise<void>;
}

interface Options {
  store: Pick<Store, 'untold' | 'tell'>;
  contacts: Pick<Contacts, 'get'>;
  /** `[direct_messages] read_receipts`. */
  isConfigured: () => boolean;
  random: RandomSource;
  /** In [0, 1). */
  uniform: () => number;
  delayMs: number;
  now: () => number;
  queued: (contact: ContactId) => void;
  log: (line: string) => void;
}

export function createReadReceipts(options: Options): ReadReceipts {
  const { store, contacts, random, now } = options;
  /** What was read and not told yet: at most one a contact. */
  const waiting = new Map<ContactId, { buffer: BufferId; upTo: MessageId; timer: NodeJS.Timeout }>();
  let telling: Promise<void> = Promise.resolve();
  const isOn: ReadReceipts['isOn'] = (contact) => contact.readReceipts ?? options.isConfigured();

  const tell = async (contact: ContactId, buffer: BufferId, upTo: MessageId): Promise<void> => {
    const row = contacts.get(contact);
    if (!row || row.state !== 'active' || !mayDeliver(row)) return;
    if (!isOn(row)) {
      // Not told now, and not later either when it is switched on.
      await store.tell({ contact, upTo, receipt: null });
      return;
    }
    for (;;) {
      const { mids, last } = await store.untold({ contact, buffer, upTo });
      if (last === null) return;
      const payload = encodeBody({ kind: 'read', mids: mids.map(fromHex) });
      await store.tell({ contact, upTo: last, receipt: { mid: toHex(random(16)), payload, created: now() } });
      options.queued(contact);
      if (mids.length < MAX_READ_IDS) return;
    }
  };
  const fire = (contact: ContactId): void => {
    const read = waiting.get(contact);
    waiting.delete(contact);
    if (!read) return;
    telling = telling
      .then(() => tell(contact, read.buffer, read.upTo))
      .catch((error: unknown) => {
        // Nothing is lost: the next reading tells it all.
        options.log(`read receipt: ${error instanceof Error ? error.name : 'unknown error'}`);
      });
  };

  return {
    isOn,
    read: (contact, buffer, upTo) => {
      const before = waiting.get(contact);
      const timer =
        before?.timer ??
        setTimeout(() => {
          fire(contact);
        }, options.uniform() * options.delayMs);
      waiting.set(contact, { buffer, upTo, timer });
    },
    stop: async () => {
      for (const { timer } of waiting.values()) clearTimeout(timer);
      waiting.clear();
      await telling;
    },
  };
}
