/** One round over what waits for a contact: what gets through, what stays behind and why, what has to be sealed anew. */
import type { DmEvent } from '../../contract/chat.ts';
import type { ContactId } from '../../contract/ids.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import type { OutboxRow, ReceiptChange } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { attempt } from './attempt.ts';
import type { Contacts } from './contacts.ts';
import type { Dropped } from './drops.ts';
import { reachableAt } from './direct.ts';
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
/** Nothing is queued for a later time than this. */
const MAX_DEFERRED_MS = 60_000;

interface Options {
  store: Store;
  contacts: Contacts;
  signal: AbortSignal;
  waiting: (contact: ContactId) => Promise<OutboxRow[]>;
  seal: (contact: ContactId, row: OutboxRow) => Promise<Sealed>;
  reread: (contact: ContactId, signal: AbortSignal) => Promise<boolean>;
  onEvent: (event: DmEvent) => void;
  now: () => number;
  /** A row that can never be sent. */
  fail: (mid: string, reason: string) => Promise<void>;
  drop: (what: Dropped) => null;
  /** It lies in their mailbox. */
  isLeft: (contact: ContactId, mid: string) => boolean;
}

type Outcome =
  | { kind: 'passed' }
  /** Nothing to do for this row now. */
  | { kind: 'skipped' }
  /** `silent`: it may have arrived. */
  | { kind: 'failed'; reason: string; silent: boolean }
  /** No use in going on. `soon`: because of our own node. */
  | { kind: 'stop'; reason: string | null; soon?: true };

export interface Left {
  /** Why something stays behind; null: nothing does. */
  reason: string | null;
  /** It is our own node that could not. */
  soon: boolean;
  /** Everything that was there got through. */
  isEmpty: boolean;
  /** Something that the user can see waits. */
  isSeen: boolean;
  /** Milliseconds until something is due that was queued for later; null: there is none. */
  dueIn: number | null;
}

/** Sends what is waiting, in `newOnly` what was never tried. */
export type Pass = (contact: ContactId, lane: Lane, overlay: Overlay, newOnly: boolean) => Promise<Left>;

/** What is to leave a little later (a receipt) is queued with that time. A clock that was put back holds up nothing for longer. */
const isDue = ({ created }: OutboxRow, now: number): boolean => created <= now || created > now + MAX_DEFERRED_MS;

export function createPass({ store, contacts, signal, waiting, seal, reread, onEvent, now, fail, drop, isLeft }: Options): Pass {
  const receipts = (changes: readonly ReceiptChange[]): void => {
    for (const change of changes) onEvent({ kind: 'receipt', ...change });
  };

  /** Acknowledgements of a contact that come while one is being written are written together. */
  const arrived = new Map<ContactId, { mids: string[]; done: Promise<void> }>();
  const writing = new Map<ContactId, Promise<void>>();
  const acknowledged = (contact: ContactId, mid: string): Promise<void> => {
    const open = arrived.get(contact);
    if (open) {
      open.mids.push(mid);
      return open.done;
    }
    const mids = [mid];
    const write = async (): Promise<void> => {
      arrived.delete(contact);
      receipts(await store.acknowledge({ contact, mids }));
    };
    const done = (writing.get(contact) ?? Promise.resolve()).then(write);
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    arrived.set(contact, { mids, done });
    writing.set(contact, settled);
    void settled.then(() => {
      if (writing.get(contact) === settled) writing.delete(contact);
    });
    return done;
  };

  const sendRow = async (
    contact: ContactId,
    { gone }: Lane,
    overlay: Overlay,
    row: OutboxRow,
    rereadOnce: () => Promise<boolean>,
  ): Promise<Outcome> => {
    const mayGo = (): boolean => !signal.aborted && mayDeliver(contacts.get(contact));
    if (!mayGo()) return { kind: 'stop', reason: null };
    if (gone.has(row.mid)) return { kind: 'skipped' };
    const sealed = await seal(contact, row);
    if (sealed.kind === 'later') return { kind: 'skipped' };
    if (sealed.kind === 'full') return { kind: 'stop', reason: 'Too much is waiting already' };
    const send = (): ReturnType<typeof attempt> =>
      attempt(overlay, reachableAt(contacts.require(contact)), sealed.packet, sealed.isValid, signal);
    if (!mayGo()) return { kind: 'stop', reason: null };
    let result = await send();
    if (result.kind === 'failed' && result.rereads) {
      const isNews = await rereadOnce();
      // Design §7: read the record, import again, try again. Who has not accepted us is silent: that is no failure of the route.
      const expected = result.code === 'timeout' && contacts.get(contact)?.waiting === true;
      if (!mayGo()) return { kind: 'stop', reason: null };
      if (gone.has(row.mid)) return { kind: 'skipped' };
      if (isNews || !expected) result = await send();
    }
    if (result.kind === 'acknowledged') {
      await acknowledged(contact, row.mid);
      return { kind: 'passed' };
    }
    if (result.code === 'badAnswer') drop('badAnswer');
    if (result.then === 'giveUp') {
      await fail(row.mid, result.reason);
      return { kind: 'skipped' };
    }
    if (result.then === 'soon') return { kind: 'stop', reason: result.reason, soon: true };
    const silent = result.mayHaveArrived;
    const change = await store.setOutbox({
      mid: row.mid,
      attempts: row.attempts + 1,
      error: isLeft(contact, row.mid) ? null : result.reason,
      ...(silent ? { sent: true } : {}),
    });
    if (change) receipts([change]);
    return { kind: 'failed', reason: result.reason, silent };
  };

  return async (contact, lane, overlay, newOnly) => {
    lane.gone.clear();
    const take = async (): Promise<OutboxRow[]> => {
      const { fresh } = lane;
      lane.fresh = [];
      return fresh ?? waiting(contact);
    };
    const all = await take();
    const rows = all.filter((row) => isDue(row, now()));
    const later = all.filter((row) => !rows.includes(row)).map(({ created }) => created - now());
    // Somebody who has not accepted us yet is silent: then each packet is sent once a round, as far as a request is kept.
    const unanswered = contacts.require(contact).waiting;
    const sealedFirst = [...rows.filter((row) => row.packet !== null), ...rows.filter((row) => row.packet === null)];
    const queue = unanswered ? sealedFirst.slice(0, MAX_UNANSWERED).filter((row) => !newOnly || row.attempts === 0) : [...rows];
    const round: { reason: string | null; soon: boolean; passed: number; failed: number; silent: string[] } = {
      reason: null,
      soon: false,
      passed: 0,
      failed: 0,
      silent: [],
    };
    let rereading: Promise<boolean> | null = null;
    const rereadOnce = (): Promise<boolean> => (rereading ??= reread(contact, signal));

    /** Sends the next row. False: there is none, or this one did not get through. */
    const step = async (): Promise<boolean> => {
      const row = queue.shift();
      if (!row) return false;
      const outcome = await sendRow(contact, lane, overlay, row, rereadOnce);
      switch (outcome.kind) {
        case 'passed':
          round.passed += 1;
          lane.misses.delete(row.mid);
          return true;
        case 'skipped':
          return true;
        case 'stop':
          queue.length = 0;
          round.reason ??= outcome.reason;
          round.soon ||= outcome.soon ?? false;
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
    const crew = new Set<Promise<unknown>>();
    const errors: unknown[] = [];
    const under = (work: Promise<unknown>): void => {
      const settled: Promise<unknown> = work.catch((error: unknown) => errors.push(error)).finally(() => crew.delete(settled));
      crew.add(settled);
    };
    const worker = async (): Promise<void> => {
      while ((unanswered || round.failed <= tolerated) && (await step()));
    };
    const start = (): void => {
      for (let free = Math.min(MAX_UNDER_WAY - crew.size, queue.length); free > 0; free -= 1) under(worker());
    };
    const seen = new Set(rows.map(({ mid }) => mid));
    const mayJoin = (): boolean => !unanswered && round.reason === null;
    let isJoining = false;
    /** While everything gets through, what is written meanwhile goes along. */
    const join = async (): Promise<void> => {
      isJoining = true;
      try {
        while (lane.added && mayJoin()) {
          lane.added = false;
          const fresh = (await take()).filter((row) => isDue(row, now()) && !seen.has(row.mid));
          for (const row of fresh) seen.add(row.mid);
          rows.push(...fresh);
          if (mayJoin()) queue.push(...fresh);
          start();
        }
      } finally {
        isJoining = false;
      }
    };
    if (isReached) {
      start();
      lane.join = () => {
        if (!isJoining && mayJoin() && crew.size > 0) under(join());
      };
      while (crew.size > 0) await Promise.all(crew);
      lane.join = null;
      if (errors.length > 0) throw errors[0];
    }

    if (round.passed > 0) lane.failures = 0;
    if (round.passed > 0 || round.reason === null) lane.stuck = 0;
    else if (!round.soon) lane.stuck += 1;
    const others = round.passed > 0 || lane.heard;
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
    for (const mid of lane.misses.keys()) if (!seen.has(mid)) lane.misses.delete(mid);
    return {
      reason: round.reason,
      soon: round.soon,
      isEmpty: round.passed === rows.length && later.length === 0,
      isSeen: rows.some(({ message }) => message !== null),
      dueIn: later.length === 0 ? null : Math.min(...later),
    };
  };
}
