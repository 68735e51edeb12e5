/** Tells pages and windows what the desktop should show, takes it back once it was read, and sums up what is unread. */
import type { NotificationsConfig } from '../../config/config.ts';
import type { ConnectionState } from '../../contract/chat.ts';
import type { AttentionView } from '../../contract/desktop.ts';
import type { BufferId, ContactId, ServerName } from '../../contract/ids.ts';
import type { BufferView, RequestView, TransferView } from '../../contract/views.ts';
import type { Pages } from '../pages.ts';
import { createRate } from './rate.ts';
import { decide, type Happening } from './policy.ts';

/** Notifications that may still be taken back; older ones stay until the person puts them away. */
const MAX_OPEN = 100;
/** Changes of counters in a row are told once. */
const ATTENTION_INTERVAL_MS = 100;
/** Right after connecting everybody who is there is reported: no news. */
const SETTLING_MS = 5_000;

export interface Notifications {
  happened(happening: Happening): void;
  /** The state of a server's connection. */
  connection(server: ServerName, state: ConnectionState, buffer: BufferId | null): void;
  /** Counters, requests or offers may be others. Cheap; the work is done once in a tenth of a second. */
  changed(): void;
  attention(): AttentionView;
  stop(): void;
}

interface Options {
  config: () => NotificationsConfig;
  pages: Pick<Pages, 'broadcast' | 'watched'>;
  buffers: { views(): BufferView[]; opened(id: BufferId): BufferView | undefined };
  requests: () => readonly RequestView[];
  transfers: () => readonly TransferView[];
  away: () => boolean;
  /** Milliseconds since 1970. */
  now: () => number;
}

interface Open {
  id: number;
  happening: Happening;
}

export function createNotifications({ config, pages, buffers, requests, transfers, away, now }: Options): Notifications {
  // A start later none has the number of one that the desktop still shows.
  let nextId = now();
  let open: Open[] = [];
  let told: AttentionView = { unread: 0, highlights: 0 };
  let timer: NodeJS.Timeout | null = null;
  /** Those that wait at the start are no news. */
  let waiting = new Set<ContactId>(requests().map(({ contact }) => contact));
  const mayTell = createRate(now);
  const links = new Map<ServerName, { isOnline: boolean; since: number }>();

  const sum = (): AttentionView => {
    const heard = buffers.views().filter(({ muted }) => !muted);
    const people = requests().length;
    return {
      unread: heard.reduce((total, { unread }) => total + unread, people),
      highlights: heard.reduce((total, { highlights }) => total + highlights, people),
    };
  };

  const happened = (happening: Happening): void => {
    const decision = decide(happening, { config: config(), watched: pages.watched(), away: away(), now: now() });
    if (decision === null || !mayTell(decision.place, decision.delay)) return;
    const id = nextId++;
    open = [...open, { id, happening }].slice(-MAX_OPEN);
    pages.broadcast('notification', { id, ...decision.view });
  };

  /** There is nothing to be seen there any more that was not seen. */
  const isOver = ({ happening }: Open, watched: ReadonlySet<BufferId>): boolean => {
    switch (happening.kind) {
      case 'line': {
        const buffer = buffers.opened(happening.buffer.id);
        return buffer === undefined || watched.has(buffer.id) || (buffer.readUpTo ?? 0) >= happening.message.id;
      }
      case 'reaction':
        return buffers.opened(happening.buffer.id) === undefined || watched.has(happening.buffer.id);
      case 'request':
        return !requests().some(({ contact }) => contact === happening.request.contact);
      case 'file':
        return !transfers().some(({ id, state }) => id === happening.transfer && state === 'offered');
      case 'connected':
      case 'reconnected':
        return links.get(happening.server)?.isOnline !== true;
      case 'disconnected':
        return links.get(happening.server)?.isOnline === true;
      case 'monitored':
        return false;
    }
  };

  const look = (): void => {
    timer = null;
    const asking = requests();
    const before = waiting;
    waiting = new Set(asking.map(({ contact }) => contact));
    for (const request of asking) if (!before.has(request.contact)) happened({ kind: 'request', request });
    const watched = pages.watched();
    const over = open.filter((entry) => isOver(entry, watched));
    if (over.length > 0) {
      open = open.filter((entry) => !over.includes(entry));
      pages.broadcast('notificationsClosed', { ids: over.map(({ id }) => id) });
    }
    const next = sum();
    if (next.unread === told.unread && next.highlights === told.highlights) return;
    told = next;
    pages.broadcast('attention', next);
  };
  const changed = (): void => {
    timer ??= setTimeout(look, ATTENTION_INTERVAL_MS).unref();
  };

  return {
    happened: (happening) => {
      const link = 'server' in happening ? links.get(happening.server) : undefined;
      if (happening.kind === 'monitored' && link !== undefined && now() - link.since < SETTLING_MS) return;
      happened(happening);
    },
    connection: (server, { phase }, buffer) => {
      const known = links.get(server);
      const isOnline = phase === 'online';
      if (isOnline === (known?.isOnline ?? false)) return;
      links.set(server, { isOnline, since: now() });
      // 'idle': the person ended it.
      if (isOnline) happened({ kind: known === undefined ? 'connected' : 'reconnected', server, buffer });
      else if (phase !== 'idle') happened({ kind: 'disconnected', server, buffer });
      changed();
    },
    changed,
    attention: sum,
    stop: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
