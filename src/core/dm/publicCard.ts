/**
 * The public card: a record of its own, which the user may put on a web page (opt-in). It holds the same signed card as everybody
 * gets who asks at a route, and nothing made for one pair. Whoever has the link can ask to talk, as long as it is switched on.
 */
import { ContractError } from '../../contract/errors.ts';
import type { PublicCardView } from '../../contract/views.ts';
import { CARD_SLOT, type Overlay, type RecordHandle } from '../../overlay/overlay.ts';
import type { Store } from '../../store/store.ts';
import type { Endings } from './endings.ts';
import type { Own } from './own.ts';
import { CARD_LINK } from './pasted.ts';
import { rewriteAfter } from './records.ts';

const SECRET = 'public-card';
const PUBLISH_TIMEOUT_MS = 60_000;

export interface PublicCard {
  load(): Promise<void>;
  view(): PublicCardView;
  /** Makes the record and writes it, or ends it. Throws `unavailable` where the overlay has no records or is not ready. */
  set(enabled: boolean): Promise<PublicCardView>;
  /** Writes the card where it is not the current one, or was not written for some hours. True when nothing is left to do. */
  publish(): Promise<boolean>;
  dueIn(): number | null;
}

interface Options {
  store: Pick<Store, 'getSecret' | 'putSecret'>;
  own: Own;
  endings: Pick<Endings, 'add'>;
  overlay: () => Overlay | null;
  signal: AbortSignal;
  now: () => number;
  uniform: () => number;
  /** There is a record to be ended. */
  wanted: () => void;
  log: (line: string) => void;
}

export function createPublicCard({ store, own, endings, overlay, signal, now, uniform, wanted, log }: Options): PublicCard {
  let record: RecordHandle | null = null;
  /** What was written last in this run, and when it is to be written again. */
  let written: { seq: number; due: number } | null = null;
  let changing: Promise<unknown> = Promise.resolve();

  const save = (): Promise<void> =>
    store.putSecret(SECRET, new TextEncoder().encode(record === null ? '' : `${record.key}\n${record.writer}`));
  const view = (): PublicCardView => ({
    link: record === null ? null : `${CARD_LINK}${record.key}`,
    isWritten: record !== null && written !== null,
  });
  /** One after the other: what is written never comes behind its end. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = changing.then(work);
    changing = done.catch(() => undefined);
    return done;
  };
  const write = async (): Promise<boolean> => {
    const door = overlay();
    const target = record;
    const addresses = door?.addresses().map((address) => address.bytes) ?? [];
    if (target === null || !door?.records || addresses.length === 0) return true;
    const { bytes, seq } = await own.card(addresses);
    if (written?.seq === seq && written.due > now()) return true;
    await door.records.publish(target, CARD_SLOT, bytes, AbortSignal.any([signal, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)]));
    written = { seq, due: rewriteAfter(now(), uniform()) };
    return true;
  };
  const enable = async (): Promise<void> => {
    if (record !== null) return;
    const door = overlay();
    if (!door) throw new ContractError('unavailable', 'Veilid is not running.');
    if (!door.records) throw new ContractError('unavailable', 'This network keeps no records.');
    record = await door.records.create(AbortSignal.any([signal, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)]));
    await save();
    // what fails now is tried again with the other records; the link is good from its first writing on
    await write().catch((error: unknown) => {
      log(`public card: not written yet: ${error instanceof Error ? error.name : 'unknown error'}`);
    });
    wanted();
  };
  const disable = async (): Promise<void> => {
    if (record === null) return;
    await endings.add(record);
    record = null;
    written = null;
    await save();
    wanted();
  };

  return {
    load: async () => {
      const bytes = await store.getSecret(SECRET);
      const [key, writer] = bytes === null ? [] : new TextDecoder().decode(bytes).split('\n');
      if (key && writer) record = { key, writer };
    },
    view,
    set: async (enabled) => {
      await inTurn(enabled ? enable : disable);
      return view();
    },
    publish: () => inTurn(write),
    dueIn: () => (written === null ? null : Math.max(0, written.due - now())),
  };
}
