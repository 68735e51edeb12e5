/**
 * Gets the waiting packets of each contact to them: sealed in order, a few under way at a time, with the pauses of
 * design §7. Nothing is dropped: a row leaves the outbox by an authenticated acknowledgement or by the user's will.
 */
import type { ContactId } from '../../contract/ids.ts';
import type { DmEvent } from '../../contract/chat.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import type { ContactRow, OutboxRow, ReceiptChange } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { attempt, type Attempt } from './attempt.ts';
import type { Contacts } from './contacts.ts';
import { pauseAfter } from './pacing.ts';

/** Packets of one contact that are under way at a time. */
export const MAX_UNDER_WAY = 8;
/** Packets sent to somebody who has not answered yet: a request holds sixteen texts (design §6.7), and there is our profile. */
const MAX_UNANSWERED = 17;
/** A packet that failed so often while others passed is sealed anew under the same id. */
const RESEAL_AFTER = 3;

export interface SealedRow {
  packet: Uint8Array;
  isValid: (reply: Uint8Array) => boolean;
}

interface Options {
  store: Store;
  contacts: Contacts;
  overlay: () => Overlay | null;
  now: () => number;
  random: () => number;
  /** Makes sure there is a session to seal with; false when it cannot be had yet (the status says why). */
  establish: (contact: ContactId, signal: AbortSignal) => Promise<boolean>;
  /** Seals a row and commits it, or takes the bytes sealed before. Null when the session has no room yet. */
  seal: (contact: ContactId, row: OutboxRow) => Promise<SealedRow | null>;
  /** Reads their record again; true when it brought other addresses. */
  reread: (contact: ContactId, signal: AbortSignal) => Promise<boolean>;
  onEvent: (event: DmEvent) => void;
  log: (line: string) => void;
}

export interface Delivery {
  /** Something is waiting, or may get through now. */
  wake(contact: ContactId): void;
  /** Forgets the pause: something arrived from them, or the user asks. */
  retry(contact: ContactId): void;
  wakeAll(): void;
  stop(): Promise<void>;
}

interface Lane {
  running: Promise<void> | null;
  again: boolean;
  failures: number;
  /** Not before this, in milliseconds since 1970. */
  notBefore: number;
  timer: NodeJS.Timeout | null;
}

const mayDeliver = (row: ContactRow): boolean => row.state !== 'request' && row.state !== 'blocked' && row.level !== 'changed';

export function createDelivery(options: Options): Delivery {
  const { store, contacts, now, onEvent, log } = options;
  const lifetime = new AbortController();
  const lanes = new Map<ContactId, Lane>();

  const laneOf = (contact: ContactId): Lane => {
    const found = lanes.get(contact);
    if (found) return found;
    const made: Lane = { running: null, again: false, failures: 0, notBefore: 0, timer: null };
    lanes.set(contact, made);
    return made;
  };
  const receipts = (changes: readonly ReceiptChange[]): void => {
    for (const change of changes) onEvent({ kind: 'receipt', ...change });
  };

  const sendRow = async (contact: ContactId, overlay: Overlay, row: OutboxRow): Promise<Attempt> => {
    const sealed = await options.seal(contact, row);
    if (!sealed) return { kind: 'failed', code: 'tryAgain', reason: 'Too much is waiting already', reread: false };
    const send = (): Promise<Attempt> =>
      attempt(overlay, contacts.require(contact).addresses, sealed.packet, sealed.isValid, lifetime.signal);
    let result = await send();
    if (result.kind === 'failed' && result.reread && (await options.reread(contact, lifetime.signal))) result = await send();
    if (result.kind === 'acknowledged') {
      receipts(await store.acknowledge({ contact, mids: [row.mid] }));
    } else {
      // A time-out leaves open whether it arrived: it counts as sent, and is sent again until it is acknowledged.
      const left = result.code === 'timeout' || result.code === 'badAnswer';
      const change = await store.setOutbox({
        mid: row.mid,
        attempts: row.attempts + 1,
        error: result.reason,
        ...(left ? { sent: true } : {}),
      });
      if (change) receipts([change]);
    }
    return result;
  };

  /** Sends what is waiting. Returns the reason when something stays behind. */
  const pass = async (contact: ContactId, overlay: Overlay): Promise<string | null> => {
    const rows = await store.outbox(contact);
    // Somebody who has not accepted us yet is silent: then each packet is sent once a pass, as far as a request is kept.
    const unanswered = contacts.require(contact).waiting;
    const queue = unanswered ? rows.slice(0, MAX_UNANSWERED) : [...rows];
    const outcome: { failure: string | null; passed: boolean } = { failure: null, passed: false };
    const next = async (): Promise<boolean> => {
      const row = queue.shift();
      if (!row) return false;
      const result = await sendRow(contact, overlay, row);
      if (result.kind === 'acknowledged') {
        outcome.passed = true;
        return true;
      }
      outcome.failure ??= result.reason;
      return unanswered && result.code === 'timeout';
    };
    const worker = async (): Promise<void> => {
      while ((unanswered || outcome.failure === null) && (await next()));
    };
    // The first packet goes alone: while it fails there is no use in sending the rest.
    if (await next()) await Promise.all(Array.from({ length: MAX_UNDER_WAY }, worker));
    if (!outcome.passed) return outcome.failure;
    laneOf(contact).failures = 0;
    if (outcome.failure !== null) {
      for (const row of rows) if (row.attempts + 1 >= RESEAL_AFTER) await store.dropPacket(row.mid);
    }
    return outcome.failure;
  };

  const schedule = (contact: ContactId, lane: Lane, reason: string): void => {
    lane.failures += 1;
    const pause = pauseAfter(lane.failures, options.random());
    lane.notBefore = now() + pause;
    const row = contacts.get(contact);
    const what = row?.waiting === true && row.state === 'active' ? 'Sent, waiting for an answer' : reason;
    contacts.setStatus(contact, `${what}. Trying again in ${Math.max(1, Math.round(pause / 1000))} s.`);
    arm(contact, lane, pause);
  };
  const arm = (contact: ContactId, lane: Lane, pause: number): void => {
    if (lane.timer !== null) clearTimeout(lane.timer);
    lane.timer = setTimeout(() => {
      lane.timer = null;
      wake(contact);
    }, pause);
  };

  const run = async (contact: ContactId, lane: Lane): Promise<void> => {
    const row = contacts.get(contact);
    const overlay = options.overlay();
    if (!row || !mayDeliver(row)) return;
    if (!overlay || overlay.state().phase !== 'ready' || overlay.addresses().length === 0) {
      if (row.state === 'connecting' || (await store.outbox(contact)).length > 0) contacts.setStatus(contact, 'Waiting for Veilid');
      return;
    }
    if (lane.notBefore > now()) {
      arm(contact, lane, lane.notBefore - now());
      return;
    }
    try {
      if (!(await options.establish(contact, lifetime.signal))) return;
      const reason = await pass(contact, overlay);
      if (reason === null) contacts.setStatus(contact, '');
      else if (!lifetime.signal.aborted) schedule(contact, lane, reason);
    } catch (error) {
      if (lifetime.signal.aborted) return;
      const reason = error instanceof Error ? error.message : 'Something went wrong';
      log(`delivery: ${reason}`);
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

  return {
    wake,
    retry: (contact) => {
      const lane = laneOf(contact);
      lane.notBefore = 0;
      lane.failures = 0;
      wake(contact);
    },
    wakeAll: () => {
      for (const row of contacts.all()) {
        laneOf(row.id).notBefore = 0;
        wake(row.id);
      }
    },
    stop: async () => {
      lifetime.abort();
      for (const lane of lanes.values()) if (lane.timer !== null) clearTimeout(lane.timer);
      await Promise.all([...lanes.values()].map((lane) => lane.running ?? Promise.resolve()));
    },
  };
}
