/** What the user decides about a message that has not arrived: try again, or give it up. */
import { ContractError } from '../../contract/errors.ts';
import type { DmEvent } from '../../contract/chat.ts';
import type { BufferId, ContactId, MessageId } from '../../contract/ids.ts';
import { encodeBody } from '../../pq/payload.ts';
import type { SentLine, Store } from '../../store/store.ts';
import type { Contacts } from './contacts.ts';
import { refusal } from './outgoing.ts';

export interface Resend {
  /** A failed message is queued again under its id; one that waits is tried at once. Throws `notFound`, `badInput`, `limit` and what sending throws. */
  retry(buffer: BufferId, message: MessageId): Promise<void>;
  /** A message that waits is given up: it stays, marked as failed. One that has arrived or failed stays as it is. */
  giveUp(buffer: BufferId, message: MessageId): Promise<void>;
}

interface Options {
  store: Store;
  contacts: Contacts;
  fail: (mid: string, reason: string) => Promise<void>;
  /** It may lie in the contact's mailbox. */
  mayBeMailed: (contact: ContactId, mid: string) => boolean;
  now: () => number;
  onEvent: (event: DmEvent) => void;
  queued: (contact: ContactId) => void;
  /** Tries everything that waits for them now. */
  deliver: (contact: ContactId) => void;
}

export function createResend({ store, contacts, fail, mayBeMailed, now, onEvent, queued, deliver }: Options): Resend {
  const lineOf = async (buffer: BufferId, message: MessageId): Promise<SentLine> => {
    const line = await store.sentLine(message);
    if (line?.buffer !== buffer) throw new ContractError('notFound', 'This is not a private message of yours.');
    return line;
  };
  return {
    retry: async (buffer, message) => {
      const { contact, kind, text, state } = await lineOf(buffer, message);
      const refused = refusal(contacts.require(contact));
      if (refused) throw refused;
      if (state === 'queued' || state === 'sent') {
        deliver(contact);
        return;
      }
      if (state !== 'failed') throw new ContractError('badInput', 'This message has arrived.');
      if (kind !== 'privmsg' && kind !== 'action') throw new ContractError('badInput', 'This cannot be sent again. Do it once more.');
      const payload = encodeBody({ kind: 'text', action: kind === 'action', text });
      const change = await store.requeue({ message, payload, created: now() });
      if (change) onEvent({ kind: 'receipt', ...change });
      queued(contact);
    },
    giveUp: async (buffer, message) => {
      const { contact, mid, state } = await lineOf(buffer, message);
      if (state !== 'queued' && state !== 'sent') return;
      const mayHaveArrived = state === 'sent' || mayBeMailed(contact, mid);
      await fail(mid, mayHaveArrived ? 'You gave up. It may have arrived' : 'You gave up');
    },
  };
}
