/**
 * The other half of offline delivery: what contacts left for us in the records they made for us. Packets from there are opened
 * as if they had come by a route; they are answered by a sealed acknowledgement instead of a tag, some seconds later.
 */
import type { ContactId } from '../../contract/ids.ts';
import { CARD_SLOT, MAIL_SLOTS, OverlayError, type Overlay, type OverlayRecords } from '../../overlay/overlay.ts';
import type { Body } from '../../pq/types.ts';
import type { ContactRow } from '../../store/rows.ts';
import type { Contacts } from './contacts.ts';
import { mayDeliver } from './lane.ts';

/** Reading one mailbox, all slots. */
const READ_TIMEOUT_MS = 60_000;
/** A contact's mailbox is read again at once when a notice came meanwhile, so many times; the next notice or poll goes on. */
const MAX_ROUNDS = 8;
/** Mailboxes read at a time. */
const MAX_READING = 4;

export interface MailboxIn {
  /** The overlay is there, addresses or contacts changed: watches what is to be watched, and looks into every mailbox. */
  kick(): void;
  /** Looks into a contact's mailbox now. */
  look(contact: ContactId): void;
  /** Other contacts are to be watched than before. */
  rewatch(): void;
  /** A payload of theirs opened that came from the mailbox or while it was read. */
  opened(contact: ContactId, kind: Body['kind']): void;
  /** Mail was found in their mailbox since the start. */
  isMailed(contact: ContactId): boolean;
  forget(contact: ContactId): void;
  stop(): Promise<void>;
}

interface Options {
  contacts: Contacts;
  overlay: () => Overlay | null;
  /** Opens a packet that lay in this contact's mailbox; null: it could not be opened or stored. */
  take: (contact: ContactId, packet: Uint8Array) => Promise<Uint8Array | null>;
  /** Queues a sealed acknowledgement, to leave a little later. */
  acknowledge: (contact: ContactId) => Promise<void>;
  /** Their mailbox is empty: they know what arrived. */
  settled: (contact: ContactId) => Promise<void>;
  /** Whose mailbox is watched; the others are polled. */
  isWatched: (contact: ContactId) => boolean;
  /** The card in a watched record was replaced. */
  cardChanged: (contact: ContactId) => void;
  pollMs: () => number;
  signal: AbortSignal;
  log: (line: string) => void;
}

type Reader = ContactRow & { theirRecord: string };

const mayRead = (row: ContactRow | undefined): row is Reader =>
  row !== undefined && mayDeliver(row) && row.state === 'active' && row.confirmed && row.theirRecord !== null;

const NONE: ReadonlySet<number> = new Set();

interface Box {
  /** Slots that hold something, as far as they were read. */
  full: Set<number>;
  /** Of these, the ones that could not be opened: looked at once more each time. */
  shut: Set<number>;
  reading: Promise<void> | null;
  again: boolean;
  /** Something that has to be acknowledged was opened while it was read. */
  isOwed: boolean;
  isMailed: boolean;
  watch: { key: string; end: AbortController } | null;
}

export function createMailboxIn(options: Options): MailboxIn {
  const { contacts, overlay, signal, log } = options;
  /** One for each contact. */
  const boxes = new Map<ContactId, Box>();
  const queue: ContactId[] = [];
  let isStopped = false;
  let active = 0;
  let timer: NodeJS.Timeout | null = null;
  /** The overlay that the watches belong to. */
  let watched: Overlay | null = null;

  const boxOf = (contact: ContactId): Box => {
    const found = boxes.get(contact);
    if (found) return found;
    const made: Box = { full: new Set(), shut: new Set(), reading: null, again: false, isOwed: false, isMailed: false, watch: null };
    boxes.set(contact, made);
    return made;
  };
  const door = (): OverlayRecords | null => (overlay()?.state().phase === 'ready' ? (overlay()?.records ?? null) : null);

  const readOnce = async (row: Reader, box: Box, records: OverlayRecords, again: ReadonlySet<number>): Promise<boolean> => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(READ_TIMEOUT_MS)]);
    const news = (await records.news(row.theirRecord, within)).filter((slot) => slot > CARD_SLOT && slot <= MAIL_SLOTS);
    const packets: { slot: number; packet: Uint8Array }[] = [];
    for (const slot of [...new Set([...news, ...again])].sort((a, b) => a - b)) {
      const packet = await records.resolve(row.theirRecord, slot, within);
      box.full.delete(slot);
      box.shut.delete(slot);
      if (packet === null) continue;
      box.full.add(slot);
      packets.push({ slot, packet });
    }
    // At once, so that those that lie in another order are opened in theirs.
    const take = async ({ slot, packet }: { slot: number; packet: Uint8Array }): Promise<void> => {
      if ((await options.take(row.id, packet)) === null) box.shut.add(slot);
      else box.isMailed = true;
    };
    await Promise.all(packets.map(take));
    return news.length > 0;
  };
  /** A notice came since the round began. */
  const isWanted = ({ again }: Box): boolean => again;
  const read = async (contact: ContactId, box: Box): Promise<void> => {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      box.again = false;
      const row = contacts.get(contact);
      const records = door();
      if (isStopped || !records || !mayRead(row)) return;
      const isNews = await readOnce(row, box, records, round === 0 ? new Set(box.shut) : NONE);
      if (isNews || box.isOwed) {
        if (box.isOwed) await options.acknowledge(contact);
        box.isOwed = false;
        if (box.full.size === 0) await options.settled(contact);
      }
      // A slot named once more was written meanwhile.
      if (!isNews && !isWanted(box)) return;
    }
  };
  const next = (): void => {
    if (isStopped || active >= MAX_READING) return;
    const contact = queue.shift();
    if (contact === undefined) return;
    const box = boxOf(contact);
    active += 1;
    box.reading = read(contact, box)
      .catch((error: unknown) => {
        if (!signal.aborted) log(`mailbox: not read: ${error instanceof OverlayError ? error.code : 'unknown error'}`);
      })
      .finally(() => {
        box.reading = null;
        active -= 1;
        next();
      });
    next();
  };
  const look = (contact: ContactId): void => {
    if (isStopped || !mayRead(contacts.get(contact))) return;
    const box = boxOf(contact);
    if (box.reading) box.again = true;
    else if (!queue.includes(contact)) {
      queue.push(contact);
      next();
    }
  };

  const watch = (records: OverlayRecords, row: Reader, box: Box): void => {
    if (box.watch?.key === row.theirRecord && !box.watch.end.signal.aborted) return;
    box.watch?.end.abort();
    const end = new AbortController();
    box.watch = { key: row.theirRecord, end };
    const onChange = (slot: number): void => {
      if (slot === CARD_SLOT) options.cardChanged(row.id);
      else look(row.id);
    };
    records.watch(row.theirRecord, onChange, AbortSignal.any([signal, end.signal])).catch(() => {
      // The polls go on; the next kick tries again.
      end.abort();
    });
  };
  const watchAll = (): void => {
    const records = door();
    if (!records) return;
    const readable = contacts.all().filter(mayRead);
    const near = new Set(readable.filter(({ id }) => options.isWatched(id)).map(({ id }) => id));
    const isOther = watched !== overlay();
    watched = overlay();
    for (const [id, box] of boxes) if (isOther || !near.has(id)) box.watch?.end.abort();
    for (const row of readable) if (near.has(row.id)) watch(records, row, boxOf(row.id));
  };
  const lookAll = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (isStopped) return;
    timer = setTimeout(lookAll, options.pollMs());
    if (!door()) return;
    watchAll();
    for (const { id } of contacts.all()) look(id);
  };

  return {
    kick: lookAll,
    look: (contact) => {
      look(contact);
      watchAll();
    },
    rewatch: watchAll,
    opened: (contact, kind) => {
      const box = boxes.get(contact);
      if (box?.reading && kind !== 'ack' && kind !== 'dummy') box.isOwed = true;
    },
    isMailed: (contact) => boxes.get(contact)?.isMailed ?? false,
    forget: (contact) => {
      boxes.get(contact)?.watch?.end.abort();
      boxes.delete(contact);
    },
    stop: async () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await Promise.all([...boxes.values()].map(({ reading }) => reading ?? Promise.resolve()));
    },
  };
}
