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
import { mayDeliver, type Lane } from './lane.ts';
import { pauseAfter } from './pacing.ts';
import { createPass } from './pass.ts';
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
  onEvent: (event: DmEvent) => void;
  log: (line: string) => void;
}

export interface Delivery {
  /** Something is waiting, or may get through now. */
  wake(contact: ContactId): void;
  /** Something new is waiting: it is tried at once, whatever pause is on. */
  added(contact: ContactId): void;
  /** Something of theirs opened: they can be reached, and the pause ends. */
  heard(contact: ContactId): void;
  /** Forgets the pause: the user asks. */
  retry(contact: ContactId): void;
  wakeAll(): void;
  forget(contact: ContactId): void;
  stop(): Promise<void>;
}

export function createDelivery(options: Options): Delivery {
  const { contacts, now, log } = options;
  const lifetime = new AbortController();
  /** One for each contact. */
  const lanes = new Map<ContactId, Lane>();
  const pass = createPass({ ...options, signal: lifetime.signal });

  const laneOf = (contact: ContactId): Lane => {
    const found = lanes.get(contact);
    if (found) return found;
    const made: Lane = {
      running: null,
      again: false,
      added: false,
      heard: false,
      failures: 0,
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
  const schedule = (contact: ContactId, lane: Lane, reason: string): void => {
    lane.failures += 1;
    const pause = pauseAfter(lane.failures, options.random());
    lane.notBefore = now() + pause;
    const row = contacts.get(contact);
    if (!row) return;
    const what = row.waiting && row.state === 'active' ? 'Sent, waiting for an answer' : reason;
    contacts.setStatus(contact, `${what.replace(/\.$/, '')}. Trying again in ${Math.max(1, Math.round(pause / 1000))} s.`);
    arm(contact, lane, pause);
  };

  const attend = async (contact: ContactId, lane: Lane): Promise<void> => {
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
    const reason = await pass(contact, lane, overlay, early);
    if (lifetime.signal.aborted) return;
    if (reason === null && early && lane.notBefore > now()) arm(contact, lane, lane.notBefore - now());
    else if (reason === null) {
      contacts.setStatus(contact, '');
      const pause = await options.renewIn(contact);
      if (pause === 0) lane.again = true;
      else if (pause !== null) arm(contact, lane, pause);
    } else schedule(contact, lane, reason);
  };
  const run = async (contact: ContactId, lane: Lane): Promise<void> => {
    try {
      await attend(contact, lane);
    } catch (error) {
      if (lifetime.signal.aborted) return;
      const reason = error instanceof Error ? error.message.replace(/\.$/, '') : 'Something went wrong';
      log(`delivery: ${error instanceof Error ? error.name : 'unknown error'}`);
      schedule(contact, lane, reason);
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

  return {
    wake,
    added: (contact) => {
      laneOf(contact).added = true;
      wake(contact);
    },
    heard: (contact) => {
      laneOf(contact).heard = true;
      retry(contact);
    },
    retry,
    wakeAll: () => {
      for (const row of contacts.all()) {
        laneOf(row.id).notBefore = 0;
        wake(row.id);
      }
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
