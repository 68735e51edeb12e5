/**
 * Gets the waiting packets of each contact to them: sealed in order, a few under way at a time, with the pauses of
 * design §7. Nothing is dropped: a row leaves the outbox by an authenticated acknowledgement or by the user's will.
 */
import type { ContactId } from '../../contract/ids.ts';
import type { DmEvent } from '../../contract/chat.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import type { OutboxRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import type { Contacts } from './contacts.ts';
import type { Dropped } from './drops.ts';
import { mayDeliver, type Lane } from './lane.ts';
import type { MailboxOut } from './mailboxOut.ts';
import { pauseAfter, soonAfter } from './pacing.ts';
import { createPass, type Left } from './pass.ts';
import type { Sealed } from './sealing.ts';

interface Options {
  store: Store;
  contacts: Contacts;
  overlay: () => Overlay | null;
  now: () => number;
  random: () => number;
  /** Makes sure there is a session to seal with; false when it cannot be had yet (the status says why). */
  establish: (contact: ContactId, signal: AbortSignal) => Promise<boolean>;
  /** Milliseconds until a session of our former identity may be replaced, 0 for now; null: there is none. */
  renewIn: (contact: ContactId) => Promise<number | null>;
  /** The contact's rows; what was sealed by a session that sends no more is not sealed any longer. */
  waiting: (contact: ContactId) => Promise<OutboxRow[]>;
  seal: (contact: ContactId, row: OutboxRow) => Promise<Sealed>;
  /** Reads their record again; true when it brought other addresses. */
  reread: (contact: ContactId, signal: AbortSignal) => Promise<boolean>;
  fail: (mid: string, reason: string) => Promise<void>;
  mailbox: Pick<MailboxOut, 'leave' | 'tidy' | 'holds'>;
  /** Their mail was found in their mailbox lately: they are there when we are not. */
  isMailed: (contact: ContactId) => boolean;
  onEvent: (event: DmEvent) => void;
  drop: (what: Dropped) => null;
  log: (line: string) => void;
}

/** Rows of a contact that are known without the store; more are read from it. */
const MAX_FRESH = 64;
/** Rounds in a row that failed before messages are left in the mailbox; one, to somebody who uses it themselves. */
const MAILBOX_AFTER = 2;

export interface Delivery {
  /** Something is waiting, or may get through now. */
  wake(contact: ContactId): void;
  /**
   * Something new is waiting: it is tried at once, whatever pause is on. `row`: this, which was handed to the store in this turn; it is
   * sealed meanwhile, so that both are one commit.
   */
  added(contact: ContactId, row?: OutboxRow): void;
  /** Something of theirs opened: they can be reached, and the pause ends. */
  heard(contact: ContactId): void;
  /** Forgets the pause: the user asks. */
  retry(contact: ContactId): void;
  wakeAll(): void;
  /** A message was given up: what is under way with it is not repeated. */
  gaveUp(mid: string): void;
  forget(contact: ContactId): void;
  stop(): Promise<void>;
}

export function createDelivery(options: Options): Delivery {
  const { contacts, now, log } = options;
  const lifetime = new AbortController();
  /** One for each contact. */
  const lanes = new Map<ContactId, Lane>();
  const pass = createPass({ ...options, signal: lifetime.signal, isLeft: (contact, mid) => options.mailbox.holds(contact, mid) });

  const laneOf = (contact: ContactId): Lane => {
    const found = lanes.get(contact);
    if (found) return found;
    const made: Lane = {
      running: null,
      again: false,
      added: false,
      fresh: null,
      empty: false,
      heard: false,
      gone: new Set(),
      join: null,
      failures: 0,
      busy: 0,
      stuck: 0,
      notBefore: 0,
      timer: null,
      misses: new Map(),
    };
    lanes.set(contact, made);
    return made;
  };
  const arm = (contact: ContactId, lane: Lane, pause: number): void => {
    if (lane.timer !== null) clearTimeout(lane.timer);
    lane.timer = lifetime.signal.aborted
      ? null
      : setTimeout(() => {
          lane.timer = null;
          wake(contact);
        }, pause);
  };
  const schedule = (contact: ContactId, lane: Lane, { reason, soon, isSeen }: Left): void => {
    if (soon) lane.busy += 1;
    else lane.failures += 1;
    const pause = soon ? soonAfter(lane.busy) : pauseAfter(lane.failures, options.random());
    lane.notBefore = now() + pause;
    const row = contacts.get(contact);
    if (!row) return;
    const isAsked = row.waiting && row.state === 'active';
    const what = isAsked ? 'Sent, waiting for an answer' : (reason ?? 'Something went wrong');
    const isShown = isSeen || isAsked || row.state === 'connecting';
    const again = `Trying again in ${Math.max(1, Math.round(pause / 1000))} s.`;
    contacts.setStatus(contact, isShown ? `${what.replace(/\.$/, '')}. ${again}` : '');
    arm(contact, lane, pause);
  };

  const attend = async (contact: ContactId, lane: Lane): Promise<void> => {
    lane.empty = false;
    const row = contacts.get(contact);
    const overlay = options.overlay();
    if (!row || !mayDeliver(row)) return;
    if (!overlay || overlay.state().phase !== 'ready' || overlay.addresses().length === 0) {
      if (row.state === 'connecting' || (await options.store.outbox(contact)).length > 0) contacts.setStatus(contact, 'Waiting for Veilid');
      return;
    }
    const early = lane.notBefore > now();
    if (early && !lane.added) {
      arm(contact, lane, lane.notBefore - now());
      return;
    }
    lane.added = false;
    if (!(await options.establish(contact, lifetime.signal))) return;
    const left = await pass(contact, lane, overlay, early);
    if (lifetime.signal.aborted) return;
    if (!left.soon) lane.busy = 0;
    if (!left.isEmpty) lane.fresh = null;
    await options.mailbox.tidy(contact);
    const { reason } = left;
    if (reason === null && early && lane.notBefore > now()) arm(contact, lane, lane.notBefore - now());
    else if (reason === null) {
      contacts.setStatus(contact, '');
      const pauses = [await options.renewIn(contact), left.dueIn].filter((pause) => pause !== null);
      const pause = Math.min(...pauses);
      lane.empty = left.isEmpty && pauses.length === 0;
      if (pause <= 0) lane.again = true;
      else if (pauses.length > 0) arm(contact, lane, pause);
    } else {
      const isAway = !left.soon && lane.stuck >= (options.isMailed(contact) ? 1 : MAILBOX_AFTER);
      const isLeft = isAway && (await options.mailbox.leave(contact, lifetime.signal));
      schedule(contact, lane, isLeft ? { ...left, reason: 'They are not there now. Your messages wait in the mailbox' } : left);
    }
  };
  const run = async (contact: ContactId, lane: Lane): Promise<void> => {
    try {
      await attend(contact, lane);
    } catch (error) {
      lane.fresh = null;
      if (lifetime.signal.aborted) return;
      const reason = error instanceof Error ? error.message.replace(/\.$/, '') : 'Something went wrong';
      log(`delivery: ${error instanceof Error ? error.name : 'unknown error'}`);
      schedule(contact, lane, { reason, soon: false, isSeen: true, dueIn: null, isEmpty: false });
    }
  };

  const wake = (contact: ContactId): void => {
    if (lifetime.signal.aborted) return;
    const lane = laneOf(contact);
    if (lane.running) {
      lane.again = true;
      return;
    }
    lane.running = run(contact, lane).finally(() => {
      lane.running = null;
      if (!lane.again) return;
      lane.again = false;
      wake(contact);
    });
  };
  const retry = (contact: ContactId): void => {
    const lane = laneOf(contact);
    lane.notBefore = 0;
    lane.failures = 0;
    wake(contact);
  };
  /** Whatever is known of what waits may be wrong by now. */
  const readAnew = (contact: ContactId): void => {
    laneOf(contact).fresh = null;
  };

  return {
    wake: (contact) => {
      readAnew(contact);
      wake(contact);
    },
    added: (contact, row) => {
      const lane = laneOf(contact);
      lane.added = true;
      if (row && lane.fresh !== null && lane.fresh.length < MAX_FRESH) lane.fresh.push(row);
      else lane.fresh = null;
      lane.join?.();
      wake(contact);
    },
    heard: (contact) => {
      const lane = laneOf(contact);
      lane.heard = true;
      if (!lane.empty) retry(contact);
    },
    retry: (contact) => {
      readAnew(contact);
      retry(contact);
    },
    wakeAll: () => {
      for (const row of contacts.all()) {
        readAnew(row.id);
        laneOf(row.id).notBefore = 0;
        wake(row.id);
      }
    },
    gaveUp: (mid) => {
      for (const { running, gone } of lanes.values()) if (running) gone.add(mid);
    },
    forget: (contact) => {
      const timer = lanes.get(contact)?.timer;
      if (timer) clearTimeout(timer);
      lanes.delete(contact);
    },
    stop: async () => {
      lifetime.abort();
      for (const lane of lanes.values()) if (lane.timer !== null) clearTimeout(lane.timer);
      await Promise.all([...lanes.values()].map((lane) => lane.running ?? Promise.resolve()));
    },
  };
}
