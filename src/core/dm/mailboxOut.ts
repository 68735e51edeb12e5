/**
 * Our half of offline delivery: packets that could not be handed over wait in the slots of the record we made for this contact,
 * sealed as they are, until the contact acknowledges them. What does not fit stays in the outbox; nothing leaves it by this.
 */
import { createHash } from 'node:crypto';
import type { DmEvent } from '../../contract/chat.ts';
import type { ContactId } from '../../contract/ids.ts';
import { MAIL_SLOTS, type Overlay, type OverlayRecords, type RecordHandle } from '../../overlay/overlay.ts';
import { decodeBody } from '../../pq/payload.ts';
import type { Body } from '../../pq/types.ts';
import type { ContactRow, MailRow, OutboxRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { fromHex, sameBytes, toHex } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import { mayDeliver } from './lane.ts';
import type { Sealed } from './sealing.ts';
import type { Sessions } from './sessions.ts';

/** Bytes in one contact's mailbox; of small packets all slots fit. */
const MAX_MAILBOX_BYTES = 262_144;
/** Writing or clearing one mailbox takes no longer; the next round goes on with it. */
const WRITE_TIMEOUT_MS = 45_000;
/** What lies there for so long is written once more: the network may have forgotten it. */
const REFRESH_MS = 6 * 3_600_000;

export interface MailboxOut {
  load(): Promise<void>;
  /** Puts what waits into free slots, oldest first. True when everything that is to be seen lies there or in the outbox behind it. */
  leave(contact: ContactId, signal: AbortSignal): Promise<boolean>;
  /** Clears the slots of what does not wait any more. True when nothing is left to be cleared. */
  tidy(contact: ContactId): Promise<boolean>;
  tidyAll(): Promise<boolean>;
  /** The message lies in the mailbox: that nobody answers is no news any more. */
  holds(contact: ContactId, mid: string): boolean;
  /** It lies there, or is being written: somebody may find it. */
  mayHold(contact: ContactId, mid: string): boolean;
  /** A message was given up: it is not left any more. */
  gaveUp(mid: string): void;
}

interface Options {
  store: Store;
  contacts: Contacts;
  sessions: Sessions;
  overlay: () => Overlay | null;
  waiting: (contact: ContactId) => Promise<OutboxRow[]>;
  seal: (contact: ContactId, row: OutboxRow) => Promise<Sealed>;
  onEvent: (event: DmEvent) => void;
  signal: AbortSignal;
  now: () => number;
  log: (line: string) => void;
}

/** What means something only now, and what whoever finds it cannot know us by, is not left. */
const isMail = (kind: Body['kind']): boolean => kind !== 'typing' && kind !== 'presence' && kind !== 'dummy';

/** Who may have mail left: somebody who accepted us, is proven, and has been told of the record. */
const takesMail = (row: ContactRow | undefined): row is ContactRow & { ownRecord: RecordHandle } =>
  row !== undefined && mayDeliver(row) && row.state === 'active' && row.confirmed && !row.waiting && row.ownRecord !== null;

export function createMailboxOut(options: Options): MailboxOut {
  const { store, contacts, sessions, overlay, signal, now, log } = options;
  /** At most MAIL_SLOTS rows for each contact. */
  const boxes = new Map<ContactId, Map<number, MailRow & { written: number | null }>>();
  /** Of each contact whose mail is being left: what was given up meanwhile. */
  const givenUp = new Map<ContactId, Set<string>>();
  const boxOf = (contact: ContactId): Map<number, MailRow & { written: number | null }> => {
    const box = boxes.get(contact) ?? new Map<number, MailRow & { written: number | null }>();
    boxes.set(contact, box);
    return box;
  };
  const records = (): OverlayRecords | null => (overlay()?.state().phase === 'ready' ? (overlay()?.records ?? null) : null);
  const failed = (what: string, error: unknown): void => {
    if (!signal.aborted) log(`mailbox: ${what}: ${error instanceof Error ? error.name : 'unknown error'}`);
  };

  /** An acknowledgement can only come by a vector, and vectors are about what the session remembers as sent. */
  const canBeAcknowledged = (contact: ContactId, { mid, session }: OutboxRow, kind: Body['kind']): boolean => {
    const sending = sessions.sending(contact);
    if (!sending || session !== sending.id) return false;
    const bytes = fromHex(mid);
    return kind === 'ack' || sending.state.unacknowledged.some((sent) => sameBytes(sent.mid, bytes));
  };

  const tidy = async (contact: ContactId): Promise<boolean> => {
    const box = boxes.get(contact);
    const door = records();
    if (!box || box.size === 0) return true;
    const record = contacts.get(contact)?.ownRecord ?? null;
    const foreign = [...box.values()].some((mail) => mail.record !== record?.key);
    if (record === null || foreign) {
      // The record they lay in was ended, and with it everything in it.
      box.clear();
      await store.removeMail({ contact, slots: null });
      return true;
    }
    const waiting = new Set((await store.outbox(contact)).map(({ mid }) => mid));
    const over = [...box.values()].filter(({ mid }) => !waiting.has(mid));
    if (over.length === 0) return true;
    if (!door) return false;
    const within = AbortSignal.any([signal, AbortSignal.timeout(WRITE_TIMEOUT_MS)]);
    try {
      for (const { slot } of over) {
        await door.publish(record, slot, new Uint8Array(), within);
        await store.removeMail({ contact, slots: [slot] });
        box.delete(slot);
      }
      return true;
    } catch (error) {
      failed('not cleared yet', error);
      return false;
    }
  };

  /** The slot for a packet: its own, the one its former packet had, or the lowest free one; null: all are taken. */
  const slotFor = (box: Map<number, MailRow>, mid: string): number | null => {
    const own = [...box.values()].find((mail) => mail.mid === mid);
    if (own) return own.slot;
    for (let slot = 1; slot <= MAIL_SLOTS; slot += 1) if (!box.has(slot)) return slot;
    return null;
  };

  const leaveRow = async (contact: ContactId, door: OverlayRecords, given: OutboxRow, within: AbortSignal): Promise<boolean> => {
    const { kind } = decodeBody(given.payload);
    if (!isMail(kind)) return true;
    let row = given;
    if (row.packet && !canBeAcknowledged(contact, row, kind)) {
      await store.dropPacket(row.mid);
      row = { ...row, packet: null, ackTag: null, sealedAt: null };
    }
    const sealed = await options.seal(contact, row);
    if (sealed.kind !== 'sealed') return sealed.kind === 'later';
    const contactRow = contacts.get(contact);
    const box = boxOf(contact);
    const slot = slotFor(box, row.mid);
    if (givenUp.get(contact)?.has(row.mid)) return true;
    if (!takesMail(contactRow) || slot === null) return false;
    const hash = toHex(createHash('sha256').update(sealed.packet).digest());
    const known = box.get(slot);
    const isThere = known?.hash === hash && known.written !== null && now() - known.written < REFRESH_MS;
    if (!isThere) {
      const mail: MailRow = { contact, slot, record: contactRow.ownRecord.key, mid: row.mid, hash };
      box.set(slot, { ...mail, written: null });
      // Written down first: what may lie in a slot has to be known when it is to be cleared.
      await store.putMail(mail);
      await door.publish(contactRow.ownRecord, slot, sealed.packet, within);
      box.set(slot, { ...mail, written: now() });
    }
    const change = row.state === 'queued' || row.error !== null ? await store.setOutbox({ mid: row.mid, error: null, sent: true }) : null;
    if (change) options.onEvent({ kind: 'receipt', ...change });
    return true;
  };

  return {
    load: async () => {
      for (const mail of await store.listMail()) boxOf(mail.contact).set(mail.slot, { ...mail, written: null });
    },
    tidy,
    holds: (contact, mid) => [...(boxes.get(contact)?.values() ?? [])].some((mail) => mail.mid === mid && mail.written !== null),
    gaveUp: (mid) => {
      for (const mids of givenUp.values()) mids.add(mid);
    },
    mayHold: (contact, mid) => [...(boxes.get(contact)?.values() ?? [])].some((mail) => mail.mid === mid),
    tidyAll: async () => {
      let isDone = true;
      for (const contact of [...boxes.keys()]) {
        if (!contacts.get(contact)) boxes.delete(contact);
        else if (!(await tidy(contact))) isDone = false;
      }
      return isDone;
    },
    leave: async (contact, callSignal) => {
      const door = records();
      if (!door || !takesMail(contacts.get(contact)) || sessions.sending(contact)?.state.confirmed !== true) return false;
      await tidy(contact);
      const within = AbortSignal.any([signal, callSignal, AbortSignal.timeout(WRITE_TIMEOUT_MS)]);
      let bytes = 0;
      let left = 0;
      givenUp.set(contact, new Set());
      try {
        for (const row of await options.waiting(contact)) {
          bytes += row.packet?.length ?? row.payload.length;
          if (bytes > MAX_MAILBOX_BYTES || !(await leaveRow(contact, door, row, within))) break;
          left += 1;
        }
      } catch (error) {
        failed('not written yet', error);
      } finally {
        givenUp.delete(contact);
      }
      return left > 0;
    },
  };
}
