/**
 * The records others find us by: one for each contact (design §6.6), holding our signed card with the current addresses.
 * Written at start, whenever the addresses change, and every few hours; never shared between contacts.
 */
import type { ContactId } from '../../contract/ids.ts';
import { CARD_SLOT, type Overlay } from '../../overlay/overlay.ts';
import type { ContactRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import type { Contacts } from './contacts.ts';
import type { Own } from './own.ts';

/** Writing one record may take several rounds on a slow network. */
const PUBLISH_TIMEOUT_MS = 60_000;
/** A first packet does not wait longer than this for the record it could name; a later profile names it. */
const RECORD_WAIT_MS = 5_000;
/**
 * Records fade when nobody writes them, and the nodes that keep them come and go. Each is written anew after this time, up to
 * half of it later: two records written at the same moments could be seen to belong together.
 */
export const REWRITE_MS = 4 * 3_600_000;
const REWRITE_SPREAD = 0.5;
/** Records written at a time: after a route died all contacts wait for theirs, and a node works on 16 at once. */
const MAX_WRITING = 4;
/** When a record written at `now` is to be written again; `uniform` is in [0, 1). */
export const rewriteAfter = (now: number, uniform: number): number => now + REWRITE_MS * (1 + REWRITE_SPREAD * uniform);
/** Contacts that are still to be told the key of our record, across restarts. */
const UNTOLD = 'records-untold';

export interface Records {
  load(): Promise<void>;
  /**
   * Key of our record for this contact, made if there is none. Null where the overlay has no records, or none could be made
   * in time: then it is made later, and `onMade` is called.
   */
  ensure(contact: ContactId): Promise<string | null>;
  /** Makes the records that are still to be made, and writes those whose card is older than the current one. True when all is done. */
  publishAll(): Promise<boolean>;
  /** When the last round began that left every record with the addresses of that moment; null before there was one. */
  publishedAt(): number | null;
  /** Milliseconds until the next record is to be written anew; null where none is. */
  dueIn(): number | null;
  /** The bytes of somebody's record, or null when nothing is there or it cannot be read now. */
  read(key: string, signal: AbortSignal): Promise<Uint8Array | null>;
}

interface Options {
  store: Store;
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
  /** Contacts whose record is written before the others': they look for us now. */
  isUrgent: (contact: ContactId) => boolean;
  now: () => number;
  /** Uniform in [0, 1). */
  uniform: () => number;
  log: (line: string) => void;
}

export function createRecords(options: Options): Records {
  const { store, own, contacts, overlay, signal, onMade, isTold, wanted, isUrgent, now, uniform, log } = options;
  const making = new Map<ContactId, Promise<string>>();
  /** Contacts that wait for the key of our record. */
  const untold = new Set<ContactId>();
  /** When a record that was written in this run is to be written again. */
  const due = new Map<ContactId, number>();
  let publishedAt: number | null = null;
  const saveUntold = (): Promise<void> => store.putSecret(UNTOLD, new TextEncoder().encode([...untold].join(' ')));
  /** In an order that says nothing, those first who look for us. */
  const inOrder = (): ContactId[] =>
    contacts
      .all()
      .map(({ id }) => ({ id, place: uniform() - (isUrgent(id) ? 1 : 0) }))
      .sort((a, b) => a.place - b.place)
      .map(({ id }) => id);
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
    if (row.ownRecordSeq === seq && (due.get(contact) ?? 0) > now()) return;
    await current.records.publish(row.ownRecord, CARD_SLOT, bytes, within(PUBLISH_TIMEOUT_MS));
    due.set(contact, rewriteAfter(now(), uniform()));
    if (row.ownRecordSeq !== seq) await contacts.change(contact, { ownRecordSeq: seq });
  };

  /** What one contact's record needs now. */
  const attend = async (contact: ContactId, current: Overlay): Promise<void> => {
    if (untold.has(contact)) {
      await make(contact, current);
      await onMade(contact);
      untold.delete(contact);
      await saveUntold();
    }
    await publish(contact, current);
  };

  return {
    load: async () => {
      const bytes = await store.getSecret(UNTOLD);
      const ids = bytes === null ? [] : new TextDecoder().decode(bytes).split(' ');
      for (const { id, state, ownRecord } of contacts.all())
        if (ids.includes(`${id}`) || (state === 'active' && ownRecord === null)) untold.add(id);
    },
    publishedAt: () => publishedAt,
    dueIn: () => {
      for (const id of due.keys()) if (contacts.get(id) === undefined) due.delete(id);
      return due.size === 0 ? null : Math.max(0, Math.min(...due.values()) - now());
    },
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
        await saveUntold();
        wanted();
      }
      return key;
    },
    publishAll: async () => {
      const current = overlay();
      if (!current?.records || current.addresses().length === 0) return true;
      const began = now();
      const failed: ContactId[] = [];
      const left = inOrder();
      const worker = async (): Promise<void> => {
        for (let id = left.shift(); id !== undefined && !signal.aborted; id = left.shift()) {
          try {
            await attend(id, current);
          } catch (error) {
            if (contacts.get(id) === undefined) continue;
            failed.push(id);
            log(`record: not written yet: ${error instanceof Error ? error.name : 'unknown error'}`);
          }
        }
      };
      await Promise.all(Array.from({ length: MAX_WRITING }, worker));
      if (signal.aborted) return true;
      for (const id of untold) if (contacts.get(id) === undefined) untold.delete(id);
      if (failed.length === 0) publishedAt = began;
      return failed.length === 0;
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
