/** One round over what waits for a contact: what gets through, what stays behind and why, what has to be sealed anew. */
import type { DmEvent } from '../../contract/chat.ts';
import type { ContactId } from '../../contract/ids.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import type { OutboxRow, ReceiptChange } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { attempt } from './attempt.ts';
import type { Contacts } from './contacts.ts';
import { mayDeliver, type Lane } from './lane.ts';
import type { Sealed } from './sealing.ts';

/** Packets of one contact that are under way at a time. */
export const MAX_UNDER_WAY = 8;
/** Packets sent to somebody who has not answered yet: a request holds sixteen texts (design §6.7), and there is our profile. */
const MAX_UNANSWERED = 17;
/** A packet that failed so often while others passed is sealed anew under the same id. */
const RESEAL_AFTER = 3;
/** After so many rounds in which the first packet failed, the next one is tried as well: it may be that one only. */
const PATIENCE = 2;

interface Options {
  store: Store;
  contacts: Contacts;
  signal: AbortSignal;
  waiting: (contact: ContactId) => Promise<OutboxRow[]>;
  seal: (contact: ContactId, row: OutboxRow) => Promise<Sealed>;
  reread: (contact: ContactId, signal: AbortSignal) => Promise<boolean>;
  onEvent: (event: DmEvent) => void;
}

type Outcome =
  | { kind: 'passed' }
  /** Nothing to do for this row now. */
  | { kind: 'skipped' }
  /** `silent`: it may have arrived. */
  | { kind: 'failed'; reason: string; silent: boolean }
  /** No use in going on. */
  | { kind: 'stop'; reason: string | null };

/** Sends what is waiting, in `newOnly` what was never tried. Resolves to the reason when something stays behind. */
export type Pass = (contact: ContactId, lane: Lane, overlay: Overlay, newOnly: boolean) => Promise<string | null>;

export function createPass({ store, contacts, signal, waiting, seal, reread, onEvent }: Options): Pass {
  const receipts = (changes: readonly ReceiptChange[]): void => {
    for (const change of changes) onEvent({ kind: 'receipt', ...change });
  };

  const sendRow = async (contact: ContactId, overlay: Overlay, row: OutboxRow, rereadOnce: () => Promise<boolean>): Promise<Outcome> => {
    const mayGo = (): boolean => !signal.aborted && mayDeliver(contacts.get(contact));
    if (!mayGo()) return { kind: 'stop', reason: null };
    const sealed = await seal(contact, row);
    if (sealed.kind === 'later') return { kind: 'skipped' };
    if (sealed.kind === 'full') return { kind: 'stop', reason: 'Too much is waiting already' };
    const send = (): ReturnType<typeof attempt> =>
      attempt(overlay, contacts.require(contact).addresses, sealed.packet, sealed.isValid, signal);
    if (!mayGo()) return { kind: 'stop', reason: null };
    let result = await send();
    if (result.kind === 'failed' && result.reread) {
      const isNews = await rereadOnce();
      // Design §7: read the record, import again, try again. Who has not accepted us is silent: that is no failure of the route.
      const expected = result.code === 'timeout' && contacts.get(contact)?.waiting === true;
      if (!mayGo()) return { kind: 'stop', reason: null };
      if (isNews || !expected) result = await send();
    }
    if (result.kind === 'acknowledged') {
      receipts(await store.acknowledge({ contact, mids: [row.mid] }));
      return { kind: 'passed' };
    }
    // A time-out leaves open whether it arrived: it counts as sent, and is sent again until it is acknowledged.
    const silent = result.code === 'timeout' || result.code === 'badAnswer';
    const change = await store.setOutbox({
      mid: row.mid,
      attempts: row.attempts + 1,
      error: result.reason,
      ...(silent ? { sent: true } : {}),
    });
    if (change) receipts([change]);
    return { kind: 'failed', reason: result.reason, silent };
  };

  return async (contact, lane, overlay, newOnly) => {
    const rows = await waiting(contact);
    // Somebody who has not accepted us yet is silent: then each packet is sent once a round, as far as a request is kept.
    const unanswered = contacts.require(contact).waiting;
    const sealedFirst = [...rows.filter((row) => row.packet !== null), ...rows.filter((row) => row.packet === null)];
    const queue = unanswered ? sealedFirst.slice(0, MAX_UNANSWERED).filter((row) => !newOnly || row.attempts === 0) : [...rows];
    const round: { reason: string | null; passed: boolean; failed: number; silent: string[] } = {
      reason: null,
      passed: false,
      failed: 0,
      silent: [],
    };
    let rereading: Promise<boolean> | null = null;
    const rereadOnce = (): Promise<boolean> => (rereading ??= reread(contact, signal));

    /** Sends the next row. False: there is none, or this one did not get through. */
    const step = async (): Promise<boolean> => {
      const row = queue.shift();
      if (!row) return false;
      const outcome = await sendRow(contact, overlay, row, rereadOnce);
      switch (outcome.kind) {
        case 'passed':
          round.passed = true;
          lane.misses.delete(row.mid);
          return true;
        case 'skipped':
          return true;
        case 'stop':
          queue.length = 0;
          round.reason ??= outcome.reason;
          return false;
        case 'failed':
          round.failed += 1;
          round.reason ??= outcome.reason;
          if (outcome.silent) round.silent.push(row.mid);
          return unanswered && outcome.silent;
      }
    };
    // The first packet goes alone: while it fails there is no use in sending the rest, unless it is that packet only.
    const isReached = unanswered || (await step()) || ((lane.stuck >= PATIENCE || lane.misses.size > 0) && (await step()));
    const tolerated = round.failed;
    const worker = async (): Promise<void> => {
      while ((unanswered || round.failed <= tolerated) && (await step()));
    };
    if (isReached) {
      const workers = await Promise.allSettled(Array.from({ length: MAX_UNDER_WAY }, worker));
      for (const result of workers) if (result.status === 'rejected') throw result.reason;
    }

    if (round.passed) lane.failures = 0;
    lane.stuck = round.passed || round.reason === null ? 0 : lane.stuck + 1;
    const others = round.passed || lane.heard;
    lane.heard = false;
    if (!unanswered) {
      for (const mid of round.silent) {
        // One that others have passed goes on being counted when it is the last that is left.
        const misses = (lane.misses.get(mid) ?? 0) + (others || lane.misses.has(mid) ? 1 : 0);
        if (misses > 0) lane.misses.set(mid, misses);
        if (misses < RESEAL_AFTER) continue;
        lane.misses.delete(mid);
        await store.dropPacket(mid);
      }
    }
    const mids = new Set(rows.map((row) => row.mid));
    for (const mid of lane.misses.keys()) if (!mids.has(mid)) lane.misses.delete(mid);
    return round.reason;
  };
}
