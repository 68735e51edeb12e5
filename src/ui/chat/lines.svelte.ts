/** The lines of the buffer on screen: a window onto the stored history, by pages. */
import type { BufferId, MessageId } from '../../contract/ids.ts';
import type { GapView, Message, Receipt } from '../../contract/message.ts';
import { inOrder, merge } from './mergeLines.ts';
import type { Connection } from '../shared/connection.svelte.ts';

const PAGE_LINES = 100;
/** Lines kept in the page; older and newer ones are asked for again. */
export const MAX_LINES = 2_000;
/** Cut off at once when the window is full, so that it happens rarely. */
const TRIM_LINES = 500;
/** Buffers whose last lines are shown at once on coming back, before the core answers. */
const MAX_REMEMBERED = 24;
const REMEMBERED_LINES = 100;

/** Asking the server for what is older than everything here. `ended`: it has nothing older. */
export type ServerHistory = 'idle' | 'asking' | 'ended' | 'failed';

export interface Lines {
  readonly buffer: BufferId | null;
  readonly messages: readonly Message[];
  readonly phase: 'empty' | 'loading' | 'ready' | 'failed';
  readonly error: string | null;
  /** Older lines exist. */
  readonly more: boolean;
  readonly loadingOlder: boolean;
  /** The window was cut at its new end: the latest lines are not in it. */
  readonly detached: boolean;
  /** Rises whenever the list has to be drawn from scratch, at its end. */
  readonly epoch: number;
  /** The last change put lines before the others. */
  readonly prepended: boolean;
  readonly serverHistory: ServerHistory;
  /** Where lines are missing in the buffer. */
  readonly gaps: readonly GapView[];
  /** The line to go to; a new object for every jump. */
  readonly wanted: { id: MessageId } | null;
  jump(id: MessageId): void;
  /** Rejects with a sentence. */
  olderFromServer(): Promise<void>;
  /** Has a gap filled; goes on while other buffers are shown. Rejects with a sentence. */
  fill(gap: number): Promise<void>;
  /** Ends the filling after the page that is on its way. False: it was not begun here. */
  stopFilling(): boolean;
  show(buffer: BufferId): Promise<void>;
  older(): Promise<void>;
  latest(): Promise<void>;
  /** `atEnd`: the newest line is in view. */
  append(buffer: BufferId, messages: readonly Message[], atEnd: boolean): void;
  receipt(buffer: BufferId, message: MessageId, receipt: Receipt): void;
  /** A line is another one now. */
  changed(buffer: BufferId, message: Message): void;
  removed(buffer: BufferId, message: MessageId): void;
  gapsChanged(buffer: BufferId, gaps: readonly GapView[]): void;
  /** Empties the view; what is stored is there again when the buffer is shown anew. */
  clear(buffer: BufferId): void;
  forget(buffer: BufferId): void;
}

export function createLines(connection: Connection): Lines {
  let buffer = $state.raw<BufferId | null>(null);
  let messages = $state.raw<readonly Message[]>([]);
  let phase = $state.raw<Lines['phase']>('empty');
  let error = $state.raw<string | null>(null);
  let more = $state.raw(false);
  let loadingOlder = $state.raw(false);
  let detached = $state.raw(false);
  let epoch = $state.raw(0);
  let prepended = $state.raw(false);
  let serverHistory = $state.raw<ServerHistory>('idle');
  let wanted = $state.raw<{ id: MessageId } | null>(null);
  let gaps = $state.raw<readonly GapView[]>([]);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- not drawn
  const filling = new Map<BufferId, AbortController>();
  /** Insertion order is age: the first entry goes first. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- not drawn
  const remembered = new Map<BufferId, readonly Message[]>();
  let asking = new AbortController();

  const remember = (): void => {
    if (buffer === null || messages.length === 0 || detached) return;
    remembered.delete(buffer);
    remembered.set(buffer, messages.slice(-REMEMBERED_LINES));
    for (const oldest of remembered.keys()) {
      if (remembered.size <= MAX_REMEMBERED) break;
      remembered.delete(oldest);
    }
  };

  const load = async (wanted: BufferId): Promise<void> => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    loadingOlder = false;
    try {
      await connection.call('buffers.show', { buffers: [wanted] }, signal);
      const [page, missing] = await Promise.all([
        connection.call('buffer.page', { buffer: wanted, before: null, limit: PAGE_LINES }, signal),
        connection.call('buffer.gaps', { buffer: wanted }, signal),
      ]);
      if (signal.aborted) return;
      ({ gaps } = missing);
      // Lines that came while the page was on its way are newer than it.
      const newest = page.messages.at(-1);
      const live = newest === undefined ? [] : messages.filter((message) => message.buffer === wanted && inOrder(message, newest) > 0);
      messages = merge(page.messages, live);
      more = page.more;
      detached = false;
      prepended = false;
      error = null;
      if (phase !== 'ready') epoch += 1;
      phase = 'ready';
    } catch (reason) {
      if (signal.aborted) return;
      error = reason instanceof Error ? reason.message : 'The lines could not be read.';
      if (messages.length === 0) phase = 'failed';
    }
  };

  const older = async (): Promise<void> => {
    const first = messages[0];
    if (buffer === null || first === undefined || !more || loadingOlder) return;
    const { signal } = asking;
    loadingOlder = true;
    try {
      const before = { time: first.time, id: first.id };
      const page = await connection.call('buffer.page', { buffer, before, limit: PAGE_LINES }, signal);
      if (signal.aborted) return;
      prepended = true;
      more = page.more && page.messages.length > 0;
      const all = merge(page.messages, messages);
      if (all.length > MAX_LINES) {
        detached = true;
        messages = all.slice(0, MAX_LINES);
      } else messages = all;
    } catch (reason) {
      if (!signal.aborted) error = reason instanceof Error ? reason.message : 'Older lines could not be read.';
    } finally {
      loadingOlder = false;
    }
  };

  return {
    get buffer() {
      return buffer;
    },
    get messages() {
      return messages;
    },
    get phase() {
      return phase;
    },
    get error() {
      return error;
    },
    get more() {
      return more;
    },
    get loadingOlder() {
      return loadingOlder;
    },
    get detached() {
      return detached;
    },
    get epoch() {
      return epoch;
    },
    get prepended() {
      return prepended;
    },
    get serverHistory() {
      return serverHistory;
    },
    get wanted() {
      return wanted;
    },
    get gaps() {
      return gaps;
    },
    fill: async (gap) => {
      const asked = buffer;
      if (asked === null || filling.has(asked)) return;
      const stop = new AbortController();
      filling.set(asked, stop);
      try {
        await connection.call('buffer.fillGap', { buffer: asked, gap }, stop.signal);
      } catch (reason) {
        if (!stop.signal.aborted) throw reason;
      } finally {
        filling.delete(asked);
      }
    },
    stopFilling: () => {
      const begun = buffer === null ? undefined : filling.get(buffer);
      begun?.abort();
      return begun !== undefined;
    },
    jump: (id) => {
      wanted = { id };
    },
    olderFromServer: async () => {
      if (buffer === null || serverHistory === 'asking') return;
      const { signal } = asking;
      const asked = buffer;
      serverHistory = 'asking';
      try {
        const { lines, ended } = await connection.call('buffer.olderFromServer', { buffer: asked }, signal);
        if (signal.aborted) return;
        serverHistory = ended ? 'ended' : 'idle';
        if (lines === 0) return;
        // They are stored now: they come as any older page does.
        if (messages.length === 0) await load(asked);
        else {
          more = true;
          await older();
        }
      } catch (reason) {
        if (signal.aborted) return;
        serverHistory = 'failed';
        throw reason;
      }
    },
    show: async (next) => {
      if (next !== buffer) {
        remember();
        buffer = next;
        serverHistory = 'idle';
        wanted = null;
        gaps = [];
        messages = remembered.get(next) ?? [];
        phase = messages.length > 0 ? 'ready' : 'loading';
        more = false;
        detached = false;
        prepended = false;
        error = null;
        epoch += 1;
      }
      await load(next);
    },
    older,
    latest: async () => {
      if (buffer === null || !detached) return;
      messages = [];
      phase = 'loading';
      await load(buffer);
    },
    append: (target, added, atEnd) => {
      if (target !== buffer) return;
      const [first, newest] = [messages[0], messages.at(-1)];
      const [earliest, latest] = [added[0], added.at(-1)];
      // Lines from before all that is here, as a bouncer hands them over: a page brings them in their turn where there is one.
      const isOlder = (message: Message | undefined): boolean =>
        first !== undefined && message !== undefined && inOrder(message, first) < 0;
      const isNewer = (message: Message): boolean => newest !== undefined && inOrder(message, newest) > 0;
      const within = more && isOlder(earliest) ? added.filter((message) => !isOlder(message)) : added;
      // Cut off from its new end, the window still takes what belongs into its middle.
      const fresh = detached ? within.filter((message) => !isNewer(message)) : within;
      if (fresh.length === 0 && detached) return;
      prepended = !more && isOlder(latest);
      // What fills a gap comes from its newer end: its mark stays above, until the core says the same.
      if (earliest !== undefined && gaps.some(({ fetched }) => fetched !== null)) {
        const { time } = earliest;
        gaps = gaps.map((gap) => (gap.fetched !== null && gap.after < time && time < gap.before ? { ...gap, before: time } : gap));
      }
      const all = merge(messages, fresh);
      if (all.length <= MAX_LINES) messages = all;
      else if (atEnd) {
        messages = all.slice(-(MAX_LINES - TRIM_LINES));
        more = true;
        epoch += 1;
      } else {
        detached = true;
        messages = all.slice(0, MAX_LINES);
      }
    },
    receipt: (target, id, receipt) => {
      if (target !== buffer) return;
      prepended = false;
      messages = messages.map((message) => (message.id === id ? { ...message, receipt } : message));
    },
    changed: (target, changed) => {
      const swap = (list: readonly Message[]): Message[] => list.map((message) => (message.id === changed.id ? changed : message));
      const kept = remembered.get(target);
      if (kept !== undefined) remembered.set(target, swap(kept));
      if (target !== buffer) return;
      prepended = false;
      messages = swap(messages);
    },
    removed: (target, id) => {
      const without = (list: readonly Message[]): Message[] => list.filter((message) => message.id !== id);
      const kept = remembered.get(target);
      if (kept !== undefined) remembered.set(target, without(kept));
      if (target !== buffer) return;
      prepended = false;
      messages = without(messages);
    },
    gapsChanged: (target, next) => {
      if (target !== buffer) return;
      prepended = false;
      gaps = next;
    },
    clear: (target) => {
      remembered.delete(target);
      if (target !== buffer) return;
      messages = [];
      gaps = [];
      more = false;
      detached = false;
      epoch += 1;
    },
    forget: (target) => {
      remembered.delete(target);
      if (target !== buffer) return;
      asking.abort();
      buffer = null;
      messages = [];
      phase = 'empty';
    },
  };
}
