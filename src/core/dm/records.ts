/**
 * The records others find us by: one for each contact (design §6.6), holding our signed card with the current addresses.
 * Written at start and whenever the addresses change; never shared between contacts.
 */
import type { ContactId } from '../../contract/ids.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import type { Contacts } from './contacts.ts';
import type { Own } from './own.ts';

/** Writing one record may take several rounds on a slow network. */
const PUBLISH_TIMEOUT_MS = 60_000;
const CARD_SLOT = 0;

export interface Records {
  /** Our record for this contact, made and written if there is none. Null where the overlay has no records. */
  ensure(contact: ContactId, signal: AbortSignal): Promise<string | null>;
  /** Writes the records of all contacts whose card is older than the current one. */
  publishAll(signal: AbortSignal): Promise<void>;
  /** The bytes of somebody's record, or null when nothing is there or it cannot be read now. */
  read(key: string, signal: AbortSignal): Promise<Uint8Array | null>;
  end(record: { key: string; writer: string }): Promise<void>;
}

interface Options {
  own: Own;
  contacts: Contacts;
  overlay: () => Overlay | null;
  log: (line: string) => void;
}

export function createRecords({ own, contacts, overlay, log }: Options): Records {
  const publish = async (contact: ContactId, current: Overlay, signal: AbortSignal): Promise<void> => {
    const row = contacts.require(contact);
    if (!current.records || row.ownRecord === null) return;
    const { bytes, seq } = await own.card(current.addresses().map((address) => address.bytes));
    if (row.ownRecordSeq === seq) return;
    await current.records.publish(row.ownRecord, CARD_SLOT, bytes, AbortSignal.any([signal, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)]));
    await contacts.change(contact, { ownRecordSeq: seq });
  };
  return {
    ensure: async (contact, signal) => {
      const current = overlay();
      if (!current?.records) return null;
      const known = contacts.require(contact).ownRecord;
      if (known) return known.key;
      const record = await current.records.create(signal);
      await contacts.change(contact, { ownRecord: record, ownRecordSeq: 0 });
      // Written in the background: the key alone is what the hello carries, and a record is read only after a failure.
      publish(contact, current, signal).catch((error: unknown) => {
        log(`record: not written yet: ${error instanceof Error ? error.name : 'unknown error'}`);
      });
      return record.key;
    },
    publishAll: async (signal) => {
      const current = overlay();
      if (!current?.records || current.addresses().length === 0) return;
      for (const row of contacts.all()) {
        if (signal.aborted) return;
        if (row.ownRecord === null || row.state === 'blocked') continue;
        try {
          await publish(row.id, current, signal);
        } catch (error) {
          log(`record: not written yet: ${error instanceof Error ? error.name : 'unknown error'}`);
        }
      }
    },
    read: async (key, signal) => {
      const current = overlay();
      if (!current?.records) return null;
      try {
        return await current.records.resolve(key, CARD_SLOT, AbortSignal.any([signal, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)]));
      } catch (error) {
        log(`record: cannot be read: ${error instanceof Error ? error.name : 'unknown error'}`);
        return null;
      }
    },
    end: async (record) => {
      const current = overlay();
      if (!current?.records) return;
      try {
        await current.records.end(record, AbortSignal.timeout(PUBLISH_TIMEOUT_MS));
      } catch (error) {
        log(`record: not ended: ${error instanceof Error ? error.name : 'unknown error'}`);
      }
    },
  };
}
