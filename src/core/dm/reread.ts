/** Reads a contact's record again after their routes did not answer. */
import type { ContactId } from '../../contract/ids.ts';
import { readCard } from '../../pq/card.ts';
import { PqError } from '../../pq/errors.ts';
import { fingerprint } from '../../pq/identity.ts';
import type { Card } from '../../pq/types.ts';
import type { ContactChange, ContactRow } from '../../store/rows.ts';
import { sameBytes } from './bytes.ts';
import type { Records } from './records.ts';

type Known = Pick<ContactRow, 'theirRecord' | 'fingerprint' | 'cardSeq' | 'addresses'>;

/**
 * The card in a contact's record; 'other' when somebody else signed it, 'older' when it is a copy of one that was replaced (whoever
 * keeps the record may show it again), null when it is invalid.
 */
function readCardOf(row: Known, bytes: Uint8Array, now: number): Card | 'other' | 'older' | null {
  try {
    const card = readCard(bytes, now);
    if (row.fingerprint === null || !sameBytes(fingerprint(card.identity), row.fingerprint)) return 'other';
    return isOlder(card, row) ? 'older' : card;
  } catch (error) {
    if (error instanceof PqError) return null;
    throw error;
  }
}

/** Cards are numbered: one below the highest number known of them says what was true once. */
export const isOlder = (card: Pick<Card, 'seq'>, row: Pick<ContactRow, 'cardSeq'>): boolean => card.seq < row.cardSeq;

interface Options {
  contacts: { get: (contact: ContactId) => Known | undefined; change: (contact: ContactId, change: ContactChange) => Promise<unknown> };
  records: Pick<Records, 'read'>;
  now: () => number;
  /** Counts an older copy. */
  refused: () => void;
}

/** True when the record brought other addresses. A card of another identity makes the contact *changed*: sending stops. */
export function createReread({ contacts, records, now, refused }: Options): (contact: ContactId, signal: AbortSignal) => Promise<boolean> {
  return async (contact, signal) => {
    const key = contacts.get(contact)?.theirRecord ?? null;
    const bytes = key === null ? null : await records.read(key, signal);
    const row = contacts.get(contact);
    if (!bytes || !row) return false;
    const card = readCardOf(row, bytes, now());
    if (card === 'other') await contacts.change(contact, { level: 'changed' });
    if (card === 'older') refused();
    if (card === null || card === 'other' || card === 'older' || card.addresses.length === 0) return false;
    const { addresses } = card;
    const isSame =
      addresses.length === row.addresses.length && addresses.every((a, i) => sameBytes(a, row.addresses[i] ?? new Uint8Array()));
    await contacts.change(contact, { cardSeq: card.seq, addresses });
    return !isSame;
  };
}
