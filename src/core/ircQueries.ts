/**
 * Lists that a page or script asks a server for: LIST, and a channel's masks. The server's rows come as events; a list nobody here asked
 * for (typed as a command) is handed back as a whole to be shown.
 */
import type { Action, IrcEvent, ListedChannel, ListedMask } from '../contract/chat.ts';
import { ContractError } from '../contract/errors.ts';
import { MAX_LISTED_CHANNELS } from '../contract/table.ts';

/** A server that is silent for so long does not answer any more. */
const SILENCE_MS = 30_000;
/** Lists of masks asked for at a time. */
const MAX_MASK_QUERIES = 16;

export interface ChannelList {
  /** The largest, most users first. */
  channels: ListedChannel[];
  total: number;
}

type ListEvent = Extract<IrcEvent, { kind: 'list' | 'masks' }>;

export interface IrcQueries {
  /** Throws `limit`, `unavailable`, and what `act` throws; an aborted signal ends the waiting, not the server's answer. */
  channels(pattern: string, signal: AbortSignal): Promise<ChannelList>;
  masks(channel: string, mode: string, signal: AbortSignal): Promise<ListedMask[]>;
  /** What is to be shown of a list that no query asked for; null: nothing (yet). */
  take(event: ListEvent): { kind: 'channels'; list: ChannelList } | { kind: 'masks'; list: Extract<ListEvent, { kind: 'masks' }> } | null;
  /** The server said that something about this channel failed. */
  failed(channel: string, text: string): void;
  /** The connection is gone. */
  disconnected(): void;
}

interface Options {
  act: (action: Action) => void;
  fold: (name: string) => string;
  /** Milliseconds without a word after which a query is given up; tests wait less. */
  silence?: number;
}

interface Waiting<T> {
  /** Null once nobody waits: rows still come and are not shown. */
  promise: PromiseWithResolvers<T> | null;
  timer: NodeJS.Timeout;
}

const bySize = (one: ListedChannel, two: ListedChannel): number => two.users - one.users || (one.name < two.name ? -1 : 1);

/** Keeps the largest channels of however many there are, in bounded memory. */
function createCollector(): { add(rows: readonly ListedChannel[]): void; result(): ChannelList } {
  let kept: ListedChannel[] = [];
  let total = 0;
  const cut = (): void => {
    kept = kept.sort(bySize).slice(0, MAX_LISTED_CHANNELS);
  };
  return {
    add: (rows) => {
      total += rows.length;
      kept.push(...rows);
      if (kept.length > 2 * MAX_LISTED_CHANNELS) cut();
    },
    result: () => {
      cut();
      return { channels: kept, total };
    },
  };
}

export function createIrcQueries({ act, fold, silence = SILENCE_MS }: Options): IrcQueries {
  let list: (Waiting<ChannelList> & { collected: ReturnType<typeof createCollector> }) | null = null;
  let unasked: ReturnType<typeof createCollector> | null = null;
  const masks = new Map<string, Waiting<ListedMask[]> & { channel: string }>();

  const silent = (): ContractError => new ContractError('unavailable', 'The server did not answer. Try again in a minute.');
  const watch = (onSilence: () => void): NodeJS.Timeout => setTimeout(onSilence, silence).unref();
  /** Resolves as `promise` does; an abort makes `forget` run and rejects. */
  const wait = async <T>(promise: Promise<T>, signal: AbortSignal, forget: () => void): Promise<T> => {
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => {
      forget();
      aborted.reject(signal.reason instanceof Error ? signal.reason : new ContractError('cancelled', 'This was cancelled.'));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  };
  const endMasks = (key: string): Waiting<ListedMask[]> | undefined => {
    const found = masks.get(key);
    if (found) clearTimeout(found.timer);
    masks.delete(key);
    return found;
  };

  return {
    channels: async (pattern, signal) => {
      signal.throwIfAborted();
      if (list) throw new ContractError('limit', 'A channel list is on its way already. Wait until it is complete.');
      act({ kind: 'list', pattern: pattern.trim() === '' ? null : pattern.trim() });
      const promise = Promise.withResolvers<ChannelList>();
      const giveUp = (): void => {
        list?.promise?.reject(silent());
        list = null;
      };
      const mine = { promise: promise as typeof promise | null, timer: watch(giveUp), collected: createCollector() };
      list = mine;
      return wait(promise.promise, signal, () => {
        mine.promise = null;
      });
    },
    masks: async (channel, mode, signal) => {
      signal.throwIfAborted();
      const key = `${mode} ${fold(channel)}`;
      const running = masks.get(key);
      if (running?.promise) return wait(running.promise.promise, signal, () => undefined);
      if (masks.size >= MAX_MASK_QUERIES) throw new ContractError('limit', 'Too many lists are on their way already.');
      act({ kind: 'masks', channel, mode });
      const promise = Promise.withResolvers<ListedMask[]>();
      // Others may wait for the same list: it goes on without who has left.
      promise.promise.catch(() => undefined);
      masks.set(key, {
        channel: fold(channel),
        promise,
        timer: watch(() => endMasks(key)?.promise?.reject(silent())),
      });
      return wait(promise.promise, signal, () => undefined);
    },
    take: (event) => {
      if (event.kind === 'masks') {
        const found = endMasks(`${event.mode} ${fold(event.channel)}`);
        if (!found) return { kind: 'masks', list: event };
        found.promise?.resolve(event.masks);
        return null;
      }
      if (list) {
        list.collected.add(event.channels);
        list.timer.refresh();
        if (!event.done) return null;
        clearTimeout(list.timer);
        list.promise?.resolve(list.collected.result());
        list = null;
        return null;
      }
      unasked ??= createCollector();
      unasked.add(event.channels);
      if (!event.done) return null;
      const result = unasked.result();
      unasked = null;
      return { kind: 'channels', list: result };
    },
    failed: (channel, text) => {
      for (const [key, query] of [...masks])
        if (query.channel === fold(channel)) endMasks(key)?.promise?.reject(new ContractError('unavailable', text));
    },
    disconnected: () => {
      const gone = new ContractError('notConnected', 'The connection to the server ended before it answered.');
      if (list) clearTimeout(list.timer);
      list?.promise?.reject(gone);
      list = null;
      unasked = null;
      for (const key of [...masks.keys()]) endMasks(key)?.promise?.reject(gone);
    },
  };
}
