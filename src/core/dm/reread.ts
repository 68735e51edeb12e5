/** Reads a contact's record again after their routes did not answer. */
import type { ContactId } from '../../contract/ids.ts';
import { readCard } from '../../pq/card.ts';
import { PqError } from '../../pq/errors.ts';
import { fingerprint } from '../../pq/identity.ts';
import type { Card } from '../../pq/types.ts';
import type { ContactRow } from '../../store/rows.ts';
import { sameBytes } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import type { Records } from './records.ts';

/** The card in a contact's record; 'other' when somebody else signed it, null when it is invalid or an older copy. */
function readCardOf(row: ContactRow, bytes: Uint8Array, now: number): Card | 'other' | null {
  try {
    const card = readCard(bytes, now);
    if (row.fingerprint === null || !sameBytes(fingerprint(card.identity), row.fingerprint)) return 'other';
    return card.seq < row.cardSeq ? null : card;
  } catch (error) {
    if (error instanceof PqError) return null;
    throw error;
  }
}

interface Options {
  contacts: Contacts;
  records: Records;
  now: () => number;
}

/** True when the record brought other addresses. A card of another identity makes the contact *changed*: sending stops. */
export function createReread({ contacts, records, now }: Options): (contact: ContactId, signal: AbortSignal) => Promise<boolean> {
  return async (contact, signal) => {
    const key = contacts.get(contact)?.theirRecord ?? null;
    const bytes = key === null ? null : await records.read(key, signal);
    const row = contacts.get(contact);
    if (!bytes || !row) return false;
    const card = readCardOf(row, bytes, now());
    if (card === 'other') await contacts.change(contact, { level: 'changed' });
    if (card === null || card === 'other' || card.addresses.length === 0) return false;
    const { addresses } = card;
    const isSame =
      addresses.length === row.addresses.length && addresses.every((a, i) => sameBytes(a, row.addresses[i] ?? new Uint8Array()));
    await contacts.change(contact, { cardSeq: card.seq, addresses });
    return !isSame;
  };
}
