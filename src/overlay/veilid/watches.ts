import { OverlayError, RECORD_SLOTS } from '../overlay.ts';
import { abortable, delay, unlessAborted } from '../wait.ts';
import type { NodeClient } from './client.ts';

/** Records watched at the same time, about one a contact. */
const MAX_WATCHES = 1_024;
/** A watch is registered some time after its call returns; a write in between is seen by looking once after this time. */
const FIRST_LOOK_MS = 3_000;
/** Watches are lost silently when the nodes that hold them leave. */
const POLL_MS = 5 * 60_000;
/** So that many watches do not ask at the same moment. */
const POLL_SPREAD = 0.25;
/** Looks at the same time; the node carries out 16 record operations at once, and people wait for the others. */
const MAX_LOOKS = 4;

export interface Watches {
  /** Resolves once the node has taken the watch, and looks by itself from then on until `signal` aborts. */
  add(key: string, onChange: (slot: number) => void, signal: AbortSignal, client: NodeClient, connection: AbortSignal): Promise<void>;
  has(key: string): boolean;
  connected(client: NodeClient, connection: AbortSignal): void;
  changed(key: string | null, slots: [number, number][], count: number): void;
}

interface Watch {
  key: string;
  /** Interested callers; the watch ends with the last. */
  handlers: Set<(slot: number) => void>;
  /** Newest sequence number that was told, by slot. */
  told: Map<number, number>;
  /** Wakes the loop before its time. */
  wake: () => void;
  ended: AbortController;
}

interface WatchesOptions {
  open: (key: string, signal: AbortSignal) => Promise<void>;
  /** Sequence numbers by slot of what was written and not resolved here yet. */
  newer: (client: NodeClient, key: string, signal: AbortSignal) => Promise<Map<number, number>>;
  used: (key: string, slot: number) => void;
  log: (line: string) => void;
}

export function createWatches({ open, newer, used, log }: WatchesOptions): Watches {
  const watches = new Map<string, Watch>();
  /** Watches that wait for their turn to look; at most MAX_WATCHES. */
  const waiting: (() => void)[] = [];
  let looking = 0;

  const tell = (watch: Watch, slot: number): void => {
    for (const handler of [...watch.handlers]) handler(slot);
  };
  /** Asks the network for newer values than those resolved and told. */
  const look = async (watch: Watch, client: NodeClient, signal: AbortSignal): Promise<void> => {
    await turn(signal);
    try {
      for (const [slot, sequence] of await newer(client, watch.key, signal)) {
        if (sequence <= (watch.told.get(slot) ?? -1)) continue;
        watch.told.set(slot, sequence);
        tell(watch, slot);
      }
    } finally {
      looking -= 1;
      waiting.shift()?.();
    }
  };
  const turn = async (signal: AbortSignal): Promise<void> => {
    while (looking >= MAX_LOOKS) {
      await abortable<undefined>(signal, (resolve) => {
        const wake = (): void => {
          resolve(undefined);
        };
        waiting.push(wake);
        return () => {
          const at = waiting.indexOf(wake);
          if (at >= 0) waiting.splice(at, 1);
        };
      });
    }
    looking += 1;
  };
  const register = async (watch: Watch, client: NodeClient, signal: AbortSignal): Promise<void> => {
    await open(watch.key, signal);
    await client.watchRecord(watch.key, signal);
  };
  const pause = (watch: Watch, ms: number, signal: AbortSignal): Promise<unknown> =>
    abortable<undefined>(signal, (resolve) => {
      const timer = setTimeout(() => {
        resolve(undefined);
      }, ms);
      watch.wake = () => {
        resolve(undefined);
      };
      return () => {
        clearTimeout(timer);
      };
    });

  /** Looks after registration and then slowly, and registers again each time: that renews a watch which was lost. */
  const keepLooking = async (watch: Watch, client: NodeClient, signal: AbortSignal, registered: boolean): Promise<void> => {
    let ms = registered ? FIRST_LOOK_MS : 0;
    for (;;) {
      try {
        await pause(watch, ms, signal);
        if (ms !== FIRST_LOOK_MS) {
          await register(watch, client, signal);
          await delay(FIRST_LOOK_MS, signal);
        }
        await look(watch, client, signal);
        ms = POLL_MS * (1 + POLL_SPREAD * Math.random());
      } catch (error) {
        if (signal.aborted) return;
        log(`a record could not be watched, next try later: ${error instanceof Error ? error.message : String(error)}`);
        ms = POLL_MS / 10;
      }
    }
  };

  return {
    has: (key) => watches.has(key),
    async add(key, onChange, signal, client, connection) {
      signal.throwIfAborted();
      let watch = watches.get(key);
      const first = watch === undefined;
      if (watch === undefined) {
        if (watches.size >= MAX_WATCHES) throw new OverlayError('tryAgain', 'Too many records are watched.');
        watch = { key, handlers: new Set(), told: new Map(), wake: () => undefined, ended: new AbortController() };
        watches.set(key, watch);
      }
      const { handlers, ended } = watch;
      const handler = (slot: number): void => {
        onChange(slot);
      };
      handlers.add(handler);
      const leave = (): void => {
        handlers.delete(handler);
        if (handlers.size > 0 || ended.signal.aborted) return;
        ended.abort();
        watches.delete(key);
        // the node would go on telling us for ten minutes at most
        if (!connection.aborted) client.cancelWatch(key, connection).catch(() => undefined);
      };
      signal.addEventListener('abort', leave, { once: true });
      if (!first) return;
      const both = AbortSignal.any([ended.signal, connection]);
      try {
        await unlessAborted(register(watch, client, both), signal);
      } catch (error) {
        signal.removeEventListener('abort', leave);
        leave();
        throw error;
      }
      void keepLooking(watch, client, both, true);
    },
    connected(client, connection) {
      for (const watch of watches.values()) void keepLooking(watch, client, AbortSignal.any([watch.ended.signal, connection]), false);
    },
    changed(key, slots, count) {
      if (key === null) {
        for (const watch of watches.values()) watch.wake();
        return;
      }
      const watch = watches.get(key);
      if (watch === undefined) return;
      // no slots or no count left: the watch is gone, look and watch again
      if (slots.length === 0 || count === 0) watch.wake();
      for (const [low, high] of slots) {
        // a stranger's record may have more slots; they are nothing to us
        for (let slot = Math.max(0, low); slot <= Math.min(high, RECORD_SLOTS - 1); slot += 1) {
          used(key, slot);
          tell(watch, slot);
        }
      }
    },
  };
}
