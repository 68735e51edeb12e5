/**
 * All buffers with their counters, in memory; lines live in the store. A line is shown at once and committed within the
 * store's group commit; opening a buffer waits for its row, since the row gives the id.
 */
import { ContractError } from '../contract/errors.ts';
import type { BufferId, ContactId, MessageId, ServerName } from '../contract/ids.ts';
import { countsAsUnread, type Details, type Message, type MessageKind } from '../contract/message.ts';
import type { BufferView } from '../contract/views.ts';
import type { BufferRow, Store } from '../store/store.ts';
import type { Pages } from './pages.ts';
import { nickOfQuery } from './secure/mark.ts';
import { isPassing } from './storage.ts';

/** Lines handed to the store in one call. */
const MAX_BATCH = 1_000;
const BATCH_INTERVAL_MS = 10;
/** Lines kept for a store that cannot take them at the moment (a full disk). Beyond it the oldest are given up. */
const MAX_UNSTORED = 20_000;

/** A line before it has an id and a buffer. */
export interface Draft {
  kind: MessageKind;
  time: number;
  from: string | null;
  text: string;
  subject: string | null;
  self: boolean;
  highlight: boolean;
  msgid: string | null;
  details?: Details;
}

/** A line of a history; `isRead`: it was read before, here or elsewhere. */
export interface HistoryDraft {
  buffer: BufferId;
  draft: Draft;
  isRead: boolean;
}

interface OpenRequest {
  kind: BufferView['kind'];
  server: ServerName | null;
  contact: ContactId | null;
  key: string;
  name: string;
  muted: boolean;
}

interface Entry {
  view: BufferView;
  key: string;
  open: boolean;
}

export interface Buffers {
  /** Reads the rows of the last run. Channels start as not joined. */
  load(): Promise<void>;
  open(request: OpenRequest): Promise<BufferView>;
  openServer(server: ServerName): BufferView | Promise<BufferView>;
  find(kind: BufferView['kind'], server: ServerName | null, key: string): BufferView | undefined;
  ofContact(contact: ContactId): BufferView | undefined;
  ofServer(server: ServerName): BufferView[];
  get(id: BufferId): BufferView | undefined;
  /** Only while it is open: what pages are told of. */
  opened(id: BufferId): BufferView | undefined;
  /** Throws `notFound`. */
  require(id: BufferId): BufferView;
  /** Open buffers only, in order of opening. */
  views(): BufferView[];
  update(id: BufferId, patch: Partial<Pick<BufferView, 'name' | 'topic' | 'joined' | 'muted'>>, key?: string): void;
  /** A query becomes the conversation with a contact: the same lines, another way to write. */
  bind(id: BufferId, contact: ContactId, name: string): void;
  /** The other way round: it is a query of its server again. */
  unbind(id: BufferId, key: string, name: string): void;
  /** The buffer goes on under another name, its lines with it. False where another buffer has the name: nothing is changed then. */
  rename(id: BufferId, name: string, key: string): boolean;
  add(id: BufferId, draft: Draft): Message;
  /** Lines of histories: shown and counted are those that are not here yet. Resolves to how many that were. */
  addHistory(lines: readonly HistoryDraft[]): Promise<number>;
  /** A stored line is another one now. */
  changed(message: Message): void;
  /** Hands what was added to the store, so that what is asked of it next knows it. */
  flush(): void;
  /** A line that the store already holds. Its buffer is opened. */
  stored(message: Message, counts: boolean): void;
  /** A line that the store already holds in a buffer that stays closed (a request's): it is counted, not shown. */
  held(message: Message): void;
  serverLine(server: ServerName, kind: 'info' | 'error', text: string): Promise<void>;
  /** Shown to pages that show the buffer, never stored. */
  info(id: BufferId, lines: readonly string[]): void;
  read(id: BufferId, upTo: MessageId): Promise<void>;
  draft(id: BufferId, text: string): Promise<void>;
  close(id: BufferId): Promise<void>;
  /** Takes over buffers that the store made in another transaction (a request's). */
  adopt(): Promise<void>;
  /** After a contact was removed together with its rows. */
  forget(id: BufferId): void;
  refold(server: ServerName, fold: (name: string) => string): void;
  /** The store takes again what it refused: gives it what was kept. */
  storable(): void;
  /** Resolves when every line given so far is committed. */
  drained(): Promise<void>;
}

interface Options {
  store: Store;
  pages: () => Pages;
  nextMessageId: () => MessageId;
  now: () => number;
  onStoreError: (error: unknown) => void;
  /** A conversation with one person was opened, closed or renamed. */
  onQueries?: (server: ServerName) => void;
  /** A line was said now: no history. Counted already. */
  onSaid?: (buffer: BufferView, message: Message) => void;
}

const identity = (kind: BufferView['kind'], server: string | null, key: string): string => `${kind}\n${server ?? ''}\n${key}`;

export function createBuffers({
  store,
  pages,
  nextMessageId,
  now,
  onStoreError,
  onQueries = () => undefined,
  onSaid = () => undefined,
}: Options): Buffers {
  const byId = new Map<BufferId, Entry>();
  const byKey = new Map<string, BufferId>();
  const opening = new Map<string, Promise<BufferView>>();
  let batch: { message: Message; msgid: string | null }[] = [];
  let timer: NodeJS.Timeout | null = null;
  let committing: Promise<void> = Promise.resolve();
  let unstored: typeof batch = [];
  /** Changes of rows that the store could not take. */
  const unwritten = new Map<BufferId, Parameters<Store['setBuffer']>[0]>();

  const enter = (row: BufferRow, counters: { unread: number; highlights: number }): Entry => {
    const entry: Entry = {
      key: row.key,
      open: row.open,
      view: {
        id: row.id,
        kind: row.kind,
        server: row.server,
        contact: row.contact,
        name: row.name,
        topic: row.topic,
        joined: row.kind !== 'channel',
        unread: counters.unread,
        highlights: counters.highlights,
        readUpTo: row.readUpTo,
        draft: row.draft,
        muted: row.muted,
      },
    };
    byId.set(row.id, entry);
    byKey.set(identity(row.kind, row.server, row.key), row.id);
    return entry;
  };

  const lookup = (key: string): Entry | undefined => {
    const id = byKey.get(key);
    return id === undefined ? undefined : byId.get(id);
  };

  const commit = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (batch.length === 0) return;
    const rows = batch;
    batch = [];
    committing = Promise.all([committing, put(rows)]).then(() => undefined);
  };
  const put = async (rows: typeof batch): Promise<void> => {
    try {
      await store.appendIrc(rows);
    } catch (error) {
      if (isPassing(error)) unstored = [...unstored, ...rows].slice(-MAX_UNSTORED);
      else onStoreError(error);
    }
  };
  /** Lines carry their place, so it does not matter that later ones were stored before them. */
  const retry = (): void => {
    const first = unstored.slice(0, MAX_BATCH);
    if (first.length === 0) return;
    const again = store.appendIrc(first).then(
      () => {
        const stored = new Set(first);
        unstored = unstored.filter((row) => !stored.has(row));
        retry();
      },
      // They wait for the next word of the store.
      () => undefined,
    );
    committing = Promise.all([committing, again]).then(() => undefined);
  };

  const count = (entry: Entry, message: Message): void => {
    if (message.self || !countsAsUnread(message.kind)) return;
    entry.view.unread += 1;
    if (message.highlight || entry.view.kind === 'query' || entry.view.kind === 'private') entry.view.highlights += 1;
    pages().counters(entry.view.id);
  };

  const write = (id: BufferId, change: Parameters<Store['setBuffer']>[0]): void => {
    const whole = { ...unwritten.get(id), ...change };
    unwritten.delete(id);
    store.setBuffer(whole).catch((error: unknown) => {
      if (isPassing(error)) unwritten.set(id, { ...whole, ...unwritten.get(id) });
      else onStoreError(error);
    });
    pages().counters(id);
  };

  const queriesChanged = ({ kind, server }: BufferView): void => {
    if (server !== null && (kind === 'query' || kind === 'private')) onQueries(server);
  };

  const reopen = (entry: Entry): BufferView => {
    if (!entry.open) {
      entry.open = true;
      queriesChanged(entry.view);
      write(entry.view.id, { id: entry.view.id, open: true });
      pages().broadcast('buffer', entry.view);
    }
    return entry.view;
  };

  const open = async (request: OpenRequest): Promise<BufferView> => {
    const key = identity(request.kind, request.server, request.key);
    const found = lookup(key);
    if (found) return reopen(found);
    const pending = opening.get(key) ?? create(request).finally(() => opening.delete(key));
    opening.set(key, pending);
    return pending;
  };
  const create = async (request: OpenRequest): Promise<BufferView> => {
    const row = await store.openBuffer(request);
    const { view } = enter(row, { unread: 0, highlights: 0 });
    pages().broadcast('buffer', view);
    queriesChanged(view);
    return view;
  };

  const find: Buffers['find'] = (kind, server, key) => {
    const entry = lookup(identity(kind, server, key));
    return entry?.open === true ? entry.view : undefined;
  };
  const requireEntry = (id: BufferId): Entry => {
    const entry = byId.get(id);
    if (!entry) throw new ContractError('notFound', 'This conversation does not exist any more.');
    return entry;
  };
  const load = async (): Promise<void> => {
    const [rows, counters] = await Promise.all([store.listBuffers(), store.counters()]);
    const byBuffer = new Map(counters.map((entry) => [entry.buffer, entry]));
    for (const row of rows) if (!byId.has(row.id)) enter(row, byBuffer.get(row.id) ?? { unread: 0, highlights: 0 });
  };
  const openServer = (server: ServerName): BufferView | Promise<BufferView> =>
    find('server', server, server) ?? open({ kind: 'server', server, contact: null, key: server, name: server, muted: false });

  const messageOf = (id: BufferId, { msgid, ...draft }: Draft): Message => ({
    ...draft,
    id: nextMessageId(),
    buffer: id,
    receipt: null,
    ...(msgid === null ? {} : { isReferable: true }),
  });
  const add = (id: BufferId, draft: Draft): Message => {
    const entry = requireEntry(id);
    const message = messageOf(id, draft);
    const { msgid } = draft;
    batch.push({ message, msgid });
    if (batch.length >= MAX_BATCH) commit();
    else timer ??= setTimeout(commit, BATCH_INTERVAL_MS);
    count(entry, message);
    pages().line(message);
    onSaid(entry.view, message);
    return message;
  };

  const addHistory = async (lines: readonly HistoryDraft[]): Promise<number> => {
    commit();
    let added = 0;
    for (let at = 0; at < lines.length; at += MAX_BATCH) {
      const rows = lines
        .slice(at, at + MAX_BATCH)
        .map(({ buffer, draft, isRead }) => ({ message: messageOf(buffer, draft), msgid: draft.msgid, isRead }));
      const isRead = new Set(rows.filter((row) => row.isRead).map(({ message }) => message.id));
      for (const message of await store.insertHistory(rows)) {
        const entry = byId.get(message.buffer);
        added += 1;
        if (entry && !isRead.has(message.id)) count(entry, message);
        pages().line(message);
      }
    }
    return added;
  };

  const turn = (id: BufferId, to: { kind: 'query' | 'private'; contact: ContactId | null; key: string; name: string }): void => {
    const entry = requireEntry(id);
    byKey.delete(identity(entry.view.kind, entry.view.server, entry.key));
    const { key, ...view } = to;
    Object.assign(entry.view, view);
    entry.key = key;
    byKey.set(identity(to.kind, entry.view.server, key), id);
    write(id, { id, ...to });
    queriesChanged(entry.view);
  };

  return {
    load,
    adopt: load,
    bind: (id, contact, name) => {
      turn(id, { kind: 'private', contact, key: `${contact}`, name });
    },
    unbind: (id, key, name) => {
      turn(id, { kind: 'query', contact: null, key, name });
    },
    open,
    openServer,
    find,
    ofContact: (contact) => [...byId.values()].find(({ view }) => view.contact === contact)?.view,
    ofServer: (server) => [...byId.values()].filter(({ view, open: isOpen }) => isOpen && view.server === server).map(({ view }) => view),
    get: (id) => byId.get(id)?.view,
    opened: (id) => {
      const entry = byId.get(id);
      return entry?.open === true ? entry.view : undefined;
    },
    require: (id) => requireEntry(id).view,
    views: () => [...byId.values()].filter((entry) => entry.open).map(({ view }) => view),
    rename: (id, name, key) => {
      const entry = requireEntry(id);
      const next = identity(entry.view.kind, entry.view.server, key);
      if ((byKey.get(next) ?? id) !== id || opening.has(next)) return false;
      byKey.delete(identity(entry.view.kind, entry.view.server, entry.key));
      entry.key = key;
      entry.view.name = name;
      byKey.set(next, id);
      write(id, { id, name, key });
      return true;
    },
    update: (id, patch, key) => {
      const entry = requireEntry(id);
      Object.assign(entry.view, patch);
      if (key !== undefined) {
        byKey.delete(identity(entry.view.kind, entry.view.server, entry.key));
        entry.key = key;
        byKey.set(identity(entry.view.kind, entry.view.server, key), id);
      }
      const { name, topic, muted } = patch;
      if (name !== undefined) queriesChanged(entry.view);
      if (name !== undefined || topic !== undefined || muted !== undefined || key !== undefined) {
        write(id, {
          id,
          ...(name === undefined ? {} : { name }),
          ...(topic === undefined ? {} : { topic }),
          ...(muted === undefined ? {} : { muted }),
          ...(key === undefined ? {} : { key }),
        });
      }
      pages().counters(id);
    },
    add,
    addHistory,
    changed: (message) => {
      pages().changed(message);
    },
    flush: commit,
    stored: (message, counts) => {
      const entry = requireEntry(message.buffer);
      reopen(entry);
      if (counts) count(entry, message);
      pages().line(message);
      onSaid(entry.view, message);
    },
    held: (message) => {
      const { view } = requireEntry(message.buffer);
      if (!countsAsUnread(message.kind)) return;
      view.unread += 1;
      view.highlights += 1;
    },
    serverLine: async (server, kind, text) => {
      const buffer = await openServer(server);
      add(buffer.id, { kind, time: now(), from: null, text, subject: null, self: false, highlight: false, msgid: null });
    },
    info: (id, lines) => {
      for (const text of lines) {
        pages().line({
          id: nextMessageId(),
          buffer: id,
          time: now(),
          kind: 'info',
          from: null,
          text,
          subject: null,
          self: false,
          highlight: false,
          receipt: null,
        });
      }
    },
    read: async (id, upTo) => {
      const entry = requireEntry(id);
      if (entry.view.readUpTo !== null && entry.view.readUpTo >= upTo) return;
      commit();
      await committing;
      const left = await store.setRead({ buffer: id, upTo });
      entry.view.readUpTo = upTo;
      entry.view.unread = left.unread;
      entry.view.highlights = left.highlights;
      pages().counters(id);
    },
    draft: async (id, text) => {
      requireEntry(id).view.draft = text;
      await store.setDraft({ buffer: id, text });
    },
    close: async (id) => {
      const entry = requireEntry(id);
      entry.open = false;
      queriesChanged(entry.view);
      await store.setBuffer({ id, open: false });
      pages().broadcast('bufferClosed', { id });
    },
    forget: (id) => {
      const entry = byId.get(id);
      if (!entry) return;
      byId.delete(id);
      byKey.delete(identity(entry.view.kind, entry.view.server, entry.key));
      pages().broadcast('bufferClosed', { id });
    },
    refold: (server, fold) => {
      for (const entry of byId.values()) {
        if (entry.view.server !== server || (entry.view.kind !== 'channel' && entry.view.kind !== 'query')) continue;
        const key = fold(nickOfQuery(entry.view.name));
        if (key === entry.key || byKey.has(identity(entry.view.kind, server, key))) continue;
        byKey.delete(identity(entry.view.kind, server, entry.key));
        entry.key = key;
        byKey.set(identity(entry.view.kind, server, key), entry.view.id);
        write(entry.view.id, { id: entry.view.id, key });
      }
    },
    storable: () => {
      retry();
      for (const [id, change] of [...unwritten]) write(id, change);
    },
    drained: async () => {
      commit();
      retry();
      await committing;
    },
  };
}
