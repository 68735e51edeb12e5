/**
 * The records others find us by: one for each contact (design §6.6), holding our signed card with the current addresses.
 * Written at start and whenever the addresses change; never shared between contacts.
 */
import type { ContactId } from '../../contract/ids.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import type { ContactRow } from '../../store/rows.ts';
import type { Contacts } from './contacts.ts';
import type { Own } from './own.ts';

/** Writing one record may take several rounds on a slow network. */
const PUBLISH_TIMEOUT_MS = 60_000;
/** A first packet does not wait longer than this for the record it could name; a later profile names it. */
const RECORD_WAIT_MS = 5_000;
const CARD_SLOT = 0;

export interface Records {
  /**
   * Key of our record for this contact, made if there is none. Null where the overlay has no records, or none could be made
   * in time: then it is made later, and `onMade` is called.
   */
  ensure(contact: ContactId): Promise<string | null>;
  /** Makes the records that are still to be made, and writes those whose card is older than the current one. True when all is done. */
  publishAll(): Promise<boolean>;
  /** The bytes of somebody's record, or null when nothing is there or it cannot be read now. */
  read(key: string, signal: AbortSignal): Promise<Uint8Array | null>;
}

interface Options {
  own: Own;
  contacts: Contacts;
  overlay: () => Overlay | null;
  signal: AbortSignal;
  /** A record was made after the contact had been told that there is none. */
  onMade: (contact: ContactId) => Promise<void>;
  /** False while they do not know our identity yet: a card of another one would look like another person. */
  isTold: (row: ContactRow) => Promise<boolean>;
  /** A record has to be written. */
  wanted: () => void;
  log: (line: string) => void;
}

export function createRecords({ own, contacts, overlay, signal, onMade, isTold, wanted, log }: Options): Records {
  const making = new Map<ContactId, Promise<string>>();
  /** Contacts that wait for the key of our record. */
  const untold = new Set<ContactId>();
  const within = (milliseconds: number): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);

  const create = async (contact: ContactId, current: Overlay): Promise<string> => {
    const known = contacts.require(contact).ownRecord;
    if (known) return known.key;
    if (!current.records) throw new Error('this overlay has no records');
    const record = await current.records.create(within(PUBLISH_TIMEOUT_MS));
    await contacts.change(contact, { ownRecord: record, ownRecordSeq: 0 });
    wanted();
    return record.key;
  };
  const make = (contact: ContactId, current: Overlay): Promise<string> => {
    const pending = making.get(contact) ?? create(contact, current).finally(() => making.delete(contact));
    making.set(contact, pending);
    return pending;
  };
  const publish = async (contact: ContactId, current: Overlay): Promise<void> => {
    const row = contacts.get(contact);
    const addresses = current.addresses().map((address) => address.bytes);
    if (!current.records || !row?.ownRecord || row.state === 'blocked' || addresses.length === 0) return;
    if (!(await isTold(row))) return;
    const { bytes, seq } = await own.card(addresses);
    if (row.ownRecordSeq === seq) return;
    await current.records.publish(row.ownRecord, CARD_SLOT, bytes, within(PUBLISH_TIMEOUT_MS));
    await contacts.change(contact, { ownRecordSeq: seq });
  };

  return {
    ensure: async (contact) => {
      const current = overlay();
      if (!current?.records) return null;
      const late = Promise.withResolvers<null>();
      const timer = setTimeout(() => {
        late.resolve(null);
      }, RECORD_WAIT_MS);
      const made = make(contact, current).catch((error: unknown) => {
        if (!signal.aborted) log(`record: not made yet: ${error instanceof Error ? error.name : 'unknown error'}`);
        return null;
      });
      const key = await Promise.race([made, late.promise]);
      clearTimeout(timer);
      if (key === null) {
        untold.add(contact);
        wanted();
      }
      return key;
    },
    publishAll: async () => {
      const current = overlay();
      if (!current?.records || current.addresses().length === 0) return true;
      let isDone = true;
      for (const { id } of contacts.all()) {
        if (signal.aborted) return true;
        try {
          if (untold.has(id)) {
            await make(id, current);
            await onMade(id);
            untold.delete(id);
          }
          await publish(id, current);
        } catch (error) {
          if (contacts.get(id) === undefined) continue;
          isDone = false;
          log(`record: not written yet: ${error instanceof Error ? error.name : 'unknown error'}`);
        }
      }
      for (const id of untold) if (contacts.get(id) === undefined) untold.delete(id);
      return isDone;
    },
    read: async (key, readSignal) => {
      const current = overlay();
      if (!current?.records) return null;
      try {
        return await current.records.resolve(key, CARD_SLOT, AbortSignal.any([readSignal, within(PUBLISH_TIMEOUT_MS)]));
      } catch (error) {
        if (!signal.aborted) log(`record: cannot be read: ${error instanceof Error ? error.name : 'unknown error'}`);
        return null;
      }
    },
  };
}
