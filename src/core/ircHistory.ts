/**
 * Histories of one IRC server: what was missed is asked for when it can be, what comes is shown once and counted only where it was not
 * read before, and read markers of other clients of ours are taken over. The store knows what is here already.
 */
import type { Action, ConnectionState, HistoryPoint, IrcEvent, ServerFeatures } from '../contract/chat.ts';
import { ContractError } from '../contract/errors.ts';
import type { BufferId, ServerName } from '../contract/ids.ts';
import type { BufferView } from '../contract/views.ts';
import type { Store } from '../store/store.ts';
import type { Buffers, Draft, HistoryDraft } from './buffers.ts';
import { createIrcGaps, type IrcGaps } from './ircGaps.ts';
import type { Pages } from './pages.ts';
import { nickOfQuery } from './secure/mark.ts';
import { isPassing } from './storage.ts';

/** Lines of histories that wait to be stored. */
export const MAX_WAITING_HISTORY = 1_000;
/** Those kept for a store that cannot take them at the moment. */
const MAX_UNSTORED = 20_000;
/** The longest they wait where no end of a history says that it is complete. */
const HISTORY_WAIT_MS = 50;
/** How far back private conversations are looked for, also where nothing is stored yet. */
export const MISSED_DAYS = 30;
const FIRST_DAYS = 7;
const DAY_MS = 24 * 3_600_000;
/** Requests of pages for older lines that wait, over all buffers of the server. */
export const MAX_OLDER_REQUESTS = 64;
/** Open queries whose read marker is asked for after connecting. */
const MAX_ASKED_MARKERS = 100;

export interface OlderResult {
  lines: number;
  ended: boolean;
}

export interface IrcHistory {
  /** To be called for each event before it is handled; a promise where the store has to be asked first. */
  before(event: IrcEvent): Promise<void> | undefined;
  /** Takes a line of a history. */
  add(buffer: BufferId, draft: Draft): Promise<void> | undefined;
  /** We are in a channel since `time` (milliseconds since 1970): asks for what was missed there. */
  joined(buffer: BufferView, time: number): Promise<void>;
  /** Stores what waits, so that what is asked next knows it. */
  flush(): Promise<void>;
  /** The store takes again what it refused. */
  storable(): void;
  /** Older lines on demand. Rejects with what `act` throws. */
  older(buffer: BufferView): Promise<OlderResult>;
  /** What is missing in the middle. */
  readonly gaps: Pick<IrcGaps, 'views' | 'fill'>;
  /** The user has read up to a line. */
  read(buffer: BufferView, upTo: HistoryPoint): void;
  stop(): void;
}

interface Options {
  server: ServerName;
  store: Pick<Store, 'historyEdges' | 'newestText' | 'lastLineUpTo' | 'gaps' | 'putGap' | 'removeGap'>;
  buffers: Buffers;
  pages: Pick<Pages, 'gaps'>;
  /** automated_chathistory */
  isAutomatic: boolean;
  fold: (name: string) => string;
  isChannel: (name: string) => boolean;
  /** Throws where it cannot be done. */
  act: (action: Action) => void;
  now: () => number;
  log: (line: string) => void;
}

interface Waiting {
  resolve: (result: OlderResult) => void;
}

export function createIrcHistory(options: Options): IrcHistory {
  const { server, store, buffers, fold, now } = options;
  /** Of each buffer: lines of a history up to this time were here, or read elsewhere, when it was asked for. */
  const knownUntil = new Map<BufferId, number>();
  const readUntil = new Map<BufferId, number>();
  const older = new Map<BufferId, Waiting>();
  /** New lines since the last answer to a request. */
  const added = new Map<BufferId, number>();
  let features: ServerFeatures | null = null;
  let waiting: HistoryDraft[] = [];
  let unstored: HistoryDraft[] = [];
  let timer: NodeJS.Timeout | null = null;
  let storing: Promise<void> = Promise.resolve();
  /** The newest text of this server before the connection. */
  let missedSince: number | null = null;
  let isAsked = false;

  const find = (target: string): BufferView | undefined =>
    buffers.find(options.isChannel(target) ? 'channel' : 'query', server, fold(target));
  const nameOf = (buffer: BufferView): string => (buffer.kind === 'query' ? nickOfQuery(buffer.name) : buffer.name);

  /** What Sotto does by itself may fail in silence: a private nick is never told about, and a connection may be gone. */
  const attempt = (action: Action): boolean => {
    try {
      options.act(action);
      return true;
    } catch (error) {
      const why = error instanceof ContractError ? error.code : 'unknown error';
      options.log(`server ${server}: ${action.kind} was left out: ${why}`);
      return false;
    }
  };
  /** What is older than what is here is no news. */
  const asking = (buffer: BufferId, time: number): void => {
    knownUntil.set(buffer, Math.max(knownUntil.get(buffer) ?? 0, time));
    added.delete(buffer);
  };
  const gaps = createIrcGaps({
    store,
    pages: options.pages,
    nameOf,
    act: options.act,
    asking,
    log: (line) => {
      options.log(`server ${server}: ${line}`);
    },
  });

  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.length === 0) return storing;
    const lines = waiting;
    waiting = [];
    storing = storing
      .then(() => buffers.addHistory(lines))
      .then((fresh) => {
        const [first] = lines;
        if (first) added.set(first.buffer, (added.get(first.buffer) ?? 0) + fresh);
      })
      .catch((error: unknown) => {
        if (isPassing(error)) unstored = [...unstored, ...lines].slice(0, MAX_UNSTORED);
        options.log(`server ${server}: a history could not be stored: ${error instanceof Error ? error.message : 'unknown error'}`);
      });
    return storing;
  };

  const isRead = (buffer: BufferId, time: number): boolean =>
    time <= (knownUntil.get(buffer) ?? Number.POSITIVE_INFINITY) || time <= (readUntil.get(buffer) ?? 0);

  const joined = async (buffer: BufferView, time: number): Promise<void> => {
    const target = buffer.name;
    if (!options.isAutomatic) return;
    buffers.flush();
    const { newest } = await store.historyEdges(buffer.id);
    // Of a channel that is new here nothing was missed.
    knownUntil.set(buffer.id, newest?.time ?? now());
    if (features?.history !== true) return;
    if (newest) await gaps.expect(buffer.id, newest, time);
    if (!attempt({ kind: 'history', target, before: null, ...(newest ? { after: newest } : {}) })) await gaps.unasked(buffer.id);
  };

  const askPrivate = (): void => {
    if (isAsked || features === null) return;
    isAsked = true;
    const since = Math.max(missedSince ?? now() - FIRST_DAYS * DAY_MS, now() - MISSED_DAYS * DAY_MS);
    for (const { id, kind } of buffers.ofServer(server)) if (kind === 'query') knownUntil.set(id, since);
    if (options.isAutomatic) attempt({ kind: 'missed', since });
    if (!features.readMarkers) return;
    const queries = buffers.ofServer(server).filter(({ kind }) => kind === 'query');
    for (const query of queries.slice(0, MAX_ASKED_MARKERS)) attempt({ kind: 'markRead', target: nameOf(query), time: null });
  };

  const takeMarker = async (target: string, time: number): Promise<void> => {
    const buffer = find(target);
    if (!buffer) return;
    readUntil.set(buffer.id, Math.max(time, readUntil.get(buffer.id) ?? 0));
    await flush();
    buffers.flush();
    const last = await store.lastLineUpTo({ buffer: buffer.id, time });
    if (last !== null) await buffers.read(buffer.id, last);
  };

  const state = async ({ phase }: ConnectionState): Promise<void> => {
    if (phase === 'online') {
      isAsked = false;
      features = null;
      buffers.flush();
      missedSince = await store.newestText(buffers.ofServer(server).map(({ id }) => id));
      return;
    }
    for (const [buffer, { resolve }] of older) {
      older.delete(buffer);
      resolve({ lines: added.get(buffer) ?? 0, ended: false });
    }
    added.clear();
    await gaps.disconnected();
  };

  const ended = async (event: Extract<IrcEvent, { kind: 'history' }>): Promise<void> => {
    await flush();
    const buffer = find(event.target);
    if (!buffer) return;
    const lines = added.get(buffer.id) ?? 0;
    added.delete(buffer.id);
    await gaps.answered(buffer.id, event, lines);
    if (event.span !== undefined) return;
    const request = older.get(buffer.id);
    older.delete(buffer.id);
    request?.resolve({ lines, ended: event.ended });
  };

  return {
    before: (event) => {
      if (event.kind === 'state') return event.state.phase === 'connecting' ? undefined : state(event.state);
      if (event.kind === 'readMarker') return event.time === null ? undefined : takeMarker(event.target, event.time);
      if (event.kind === 'history') return ended(event);
      if (event.kind === 'features') {
        features = event.features;
        askPrivate();
      }
      return undefined;
    },
    add: (buffer, draft) => {
      // A conversation that was not here when the connection began was missed as a whole.
      if (!knownUntil.has(buffer)) knownUntil.set(buffer, missedSince ?? now() - FIRST_DAYS * DAY_MS);
      waiting.push({ buffer, draft, isRead: isRead(buffer, draft.time) });
      if (waiting.length >= MAX_WAITING_HISTORY) return flush();
      timer ??= setTimeout(() => void flush(), HISTORY_WAIT_MS);
      return undefined;
    },
    joined,
    gaps,
    flush,
    storable: () => {
      waiting = [...unstored, ...waiting];
      unstored = [];
      void flush();
    },
    older: async (buffer) => {
      if (older.has(buffer.id) || older.size >= MAX_OLDER_REQUESTS) return { lines: 0, ended: false };
      await flush();
      buffers.flush();
      const { oldest } = await store.historyEdges(buffer.id);
      asking(buffer.id, oldest?.time ?? now());
      const answer = Promise.withResolvers<OlderResult>();
      older.set(buffer.id, { resolve: answer.resolve });
      try {
        options.act({ kind: 'history', target: nameOf(buffer), before: oldest });
      } catch (error) {
        older.delete(buffer.id);
        throw error;
      }
      return answer.promise;
    },
    read: (buffer, upTo) => {
      if (features?.readMarkers !== true || (buffer.kind !== 'channel' && buffer.kind !== 'query')) return;
      readUntil.set(buffer.id, Math.max(upTo.time, readUntil.get(buffer.id) ?? 0));
      attempt({ kind: 'markRead', target: nameOf(buffer), time: upTo.time });
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
