/**
 * The connected pages, scripts and tests. Lines and members go to those that show the buffer, everything else to all;
 * counters are coalesced, so that a busy channel in the background costs ten small events a second at most.
 */
import type { ContractError } from '../contract/errors.ts';
import type { BufferId } from '../contract/ids.ts';
import type { Message } from '../contract/message.ts';
import type { Member } from '../contract/chat.ts';
import type { Port } from '../contract/port.ts';
import { serveConnection, type ServerConnection } from '../contract/rpc/server.ts';
import type { ConnectionId, EventName, Events, Handlers } from '../contract/table.ts';
import type { BufferView } from '../contract/views.ts';

/** Pages, pop-outs and scripts that may be connected at a time. */
export const MAX_CONNECTIONS = 64;
const COUNTER_INTERVAL_MS = 100;
const LINES_INTERVAL_MS = 16;

/** Events after which counts may be others. */
const sums: ReadonlySet<EventName> = new Set(['buffer', 'bufferClosed', 'requests', 'transfers']);

interface Page {
  connection: ServerConnection;
  shown: ReadonlySet<BufferId>;
  /** Null: it never said, as scripts do not. */
  focused: boolean | null;
  /** When it last had, or said that it has, the person's eyes; rising. */
  seen: number;
}

interface MemberChanges {
  reset: boolean;
  upsert: Map<string, Member>;
  remove: Set<string>;
}

export interface Pages {
  /** `handlers`: see `serveConnection`. */
  attach(port: Port, handlers: Handlers | (() => Partial<Handlers>)): void;
  broadcast<N extends EventName>(name: N, payload: Events[N]): void;
  tell<N extends EventName>(connection: ConnectionId, name: N, payload: Events[N]): void;
  /** The page that has the person's eyes, or had them last; null where no window or tab is connected. */
  nearest(): ConnectionId | null;
  show(connection: ConnectionId, buffers: readonly BufferId[]): void;
  focus(connection: ConnectionId, focused: boolean): void;
  /** What a page with the person's eyes on it shows. */
  watched(): ReadonlySet<BufferId>;
  /** What any of them shows. */
  shown(): ReadonlySet<BufferId>;
  line(message: Message): void;
  receipt(payload: Events['receipt']): void;
  /** A line that was told before is another one now. */
  changed(message: Message): void;
  removed(payload: Events['messageRemoved']): void;
  gaps(payload: Events['gaps']): void;
  typing(payload: Events['typing']): void;
  member(buffer: BufferId, nick: string, member: Member | null): void;
  members(buffer: BufferId, members: readonly Member[]): void;
  /** Counters or details of a buffer changed; sent within a tenth of a second. */
  counters(buffer: BufferId): void;
  /** Sends waiting events now, so that an answer never overtakes what it speaks of. */
  flush(): void;
  closeAll(): void;
}

interface Options {
  view: (buffer: BufferId) => BufferView | undefined;
  /** See `serveConnection`. */
  explain: (error: unknown) => ContractError | null;
  onInternalError: (method: string, error: unknown) => void;
  /** A page is gone, and with it what it showed. */
  onClosed?: () => void;
  /** Counters, requests or offers may have changed, or what is before somebody's eyes. */
  onTold?: () => void;
}

export function createPages({ view, explain, onInternalError, onClosed = () => undefined, onTold = () => undefined }: Options): Pages {
  const pages = new Map<ConnectionId, Page>();
  const lines = new Map<BufferId, Message[]>();
  const memberChanges = new Map<BufferId, MemberChanges>();
  const dirty = new Set<BufferId>();
  let nextId = 1;
  let looks = 0;
  let linesTimer: NodeJS.Timeout | null = null;
  let countersTimer: NodeJS.Timeout | null = null;

  const broadcast: Pages['broadcast'] = (name, payload) => {
    for (const page of pages.values()) page.connection.emit(name, payload);
    if (sums.has(name)) onTold();
  };
  const toShown = <N extends EventName>(buffer: BufferId, name: N, payload: Events[N]): void => {
    for (const page of pages.values()) if (page.shown.has(buffer)) page.connection.emit(name, payload);
  };
  const isShown = (buffer: BufferId): boolean => {
    for (const page of pages.values()) if (page.shown.has(buffer)) return true;
    return false;
  };

  const flushLines = (): void => {
    if (linesTimer !== null) clearTimeout(linesTimer);
    linesTimer = null;
    for (const [buffer, messages] of lines) toShown(buffer, 'messages', { buffer, messages });
    lines.clear();
    for (const [buffer, change] of memberChanges) {
      toShown(buffer, 'members', { buffer, reset: change.reset, upsert: [...change.upsert.values()], remove: [...change.remove] });
    }
    memberChanges.clear();
  };
  const flushCounters = (): void => {
    if (countersTimer !== null) clearTimeout(countersTimer);
    countersTimer = null;
    for (const buffer of dirty) {
      const current = view(buffer);
      if (current) broadcast('buffer', current);
    }
    dirty.clear();
  };
  const soon = (): void => {
    linesTimer ??= setTimeout(flushLines, LINES_INTERVAL_MS);
  };
  const changesOf = (buffer: BufferId): MemberChanges => {
    const found = memberChanges.get(buffer);
    if (found) return found;
    const made: MemberChanges = { reset: false, upsert: new Map(), remove: new Set() };
    memberChanges.set(buffer, made);
    return made;
  };

  return {
    attach: (port, handlers) => {
      if (pages.size >= MAX_CONNECTIONS) {
        port.close();
        return;
      }
      // The one place where a connection's id is made.
      const id = nextId++ as ConnectionId;
      const connection = serveConnection({
        id,
        port,
        handlers,
        onClose: () => {
          pages.delete(id);
          onClosed();
        },
        explain,
        onInternalError,
      });
      pages.set(id, { connection, shown: new Set(), focused: null, seen: 0 });
    },
    broadcast,
    tell: (connection, name, payload) => {
      pages.get(connection)?.connection.emit(name, payload);
    },
    nearest: () => {
      let nearest: { id: ConnectionId; seen: number } | null = null;
      for (const [id, { focused, seen }] of pages)
        if (focused !== null && (nearest === null || seen >= nearest.seen)) nearest = { id, seen };
      return nearest?.id ?? null;
    },
    focus: (connection, focused) => {
      const page = pages.get(connection);
      if (!page) return;
      if (focused || page.focused === null) page.seen = focused ? ++looks : 0;
      page.focused = focused;
      onTold();
    },
    watched: () => new Set([...pages.values()].flatMap((page) => (page.focused === true ? [...page.shown] : []))),
    show: (connection, buffers) => {
      flushLines();
      const page = pages.get(connection);
      if (!page) return;
      page.shown = new Set(buffers);
      onTold();
    },
    shown: () => new Set([...pages.values()].flatMap((page) => [...page.shown])),
    line: (message) => {
      if (!isShown(message.buffer)) return;
      const waiting = lines.get(message.buffer);
      if (waiting) waiting.push(message);
      else lines.set(message.buffer, [message]);
      soon();
    },
    receipt: (payload) => {
      flushLines();
      toShown(payload.buffer, 'receipt', payload);
    },
    changed: (message) => {
      flushLines();
      toShown(message.buffer, 'messageChanged', { buffer: message.buffer, message });
    },
    removed: (payload) => {
      flushLines();
      toShown(payload.buffer, 'messageRemoved', payload);
    },
    gaps: (payload) => {
      flushLines();
      toShown(payload.buffer, 'gaps', payload);
    },
    typing: (payload) => {
      flushLines();
      toShown(payload.buffer, 'typing', payload);
    },
    member: (buffer, nick, member) => {
      if (!isShown(buffer)) return;
      const change = changesOf(buffer);
      if (member === null) {
        change.upsert.delete(nick);
        change.remove.add(nick);
      } else {
        change.remove.delete(nick);
        change.upsert.set(nick, member);
      }
      soon();
    },
    members: (buffer, members) => {
      if (!isShown(buffer)) return;
      memberChanges.set(buffer, { reset: true, upsert: new Map(members.map((member) => [member.nick, member])), remove: new Set() });
      soon();
    },
    counters: (buffer) => {
      dirty.add(buffer);
      countersTimer ??= setTimeout(flushCounters, COUNTER_INTERVAL_MS);
    },
    flush: () => {
      flushLines();
      flushCounters();
    },
    closeAll: () => {
      flushLines();
      flushCounters();
      for (const page of [...pages.values()]) page.connection.close();
    },
  };
}
