/** Everybody we know, as rows in memory and in the store, and what pages see of them. */
import { ContractError } from '../../contract/errors.ts';
import type { DmEvent } from '../../contract/chat.ts';
import type { ContactId } from '../../contract/ids.ts';
import type { DirectMessagesConfig } from '../../config/config.ts';
import type { ContactView, PresenceState, RequestView, Shield } from '../../contract/views.ts';
import type { ContactChange, ContactRow, NewContact } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { sameBytes } from './bytes.ts';
import { mustConfirm } from './direct.ts';
import { introducer } from './introducer.ts';

export interface Contacts {
  load(): Promise<void>;
  all(): ContactRow[];
  get(id: ContactId): ContactRow | undefined;
  /** Throws `notFound`. */
  require(id: ContactId): ContactRow;
  byFingerprint(fingerprint: Uint8Array): ContactRow | undefined;
  insert(contact: NewContact): Promise<ContactRow>;
  change(id: ContactId, change: ContactChange): Promise<ContactRow>;
  /** The store already holds this (it was part of another transaction). */
  took(id: ContactId, change: ContactChange): void;
  reload(id: ContactId): Promise<void>;
  dropped(id: ContactId): void;
  /** Pages have to look at them again: something beside the row has changed. */
  touched(id: ContactId): void;
  /** What is happening with them, in words. Not stored. */
  setStatus(id: ContactId, status: string): void;
  view(id: ContactId): ContactView | undefined;
  views(): ContactView[];
  requests(): RequestView[];
}

/** What the shield says (design §6.8). */
export function shieldOf(row: Pick<ContactRow, 'state' | 'level' | 'confirmed'>): Shield {
  if (row.state === 'blocked') return 'blocked';
  if (row.level === 'changed') return 'changed';
  if (row.state === 'connecting') return 'connecting';
  return row.confirmed ? row.level : 'confirming';
}

/** What this user calls them, else what they call themselves. */
export const nameOf = ({ petname, nickname }: Pick<ContactRow, 'petname' | 'nickname'>): string =>
  petname ?? (nickname === '' ? 'Unnamed' : nickname);

interface Options {
  store: Store;
  buffers: Buffers;
  shortFingerprint: (fingerprint: Uint8Array) => string;
  settings: () => DirectMessagesConfig;
  presence: (contact: ContactId) => PresenceState | null;
  /** iroh is switched on. */
  hasDirect: () => boolean;
  onEvent: (event: DmEvent) => void;
}

export function createContacts({ store, buffers, shortFingerprint, settings, presence, hasDirect, onEvent }: Options): Contacts {
  const rows = new Map<ContactId, ContactRow>();
  const statuses = new Map<ContactId, string>();
  /** Texts of each request, for its view. */
  const texts = (id: ContactId): number => buffers.ofContact(id)?.unread ?? 0;

  const require = (id: ContactId): ContactRow => {
    const row = rows.get(id);
    if (!row) throw new ContractError('notFound', 'This contact does not exist any more.');
    return row;
  };
  const short = (row: ContactRow): string | null => (row.fingerprint === null ? null : shortFingerprint(row.fingerprint));
  const introducedBy = ({ source }: ContactRow): string | null => {
    const by = introducer(source);
    const found = by === null ? undefined : [...rows.values()].find(({ id }) => id === by);
    return found ? nameOf(found) : null;
  };
  const viewOf = (row: ContactRow): ContactView => ({
    id: row.id,
    nickname: nameOf(row),
    theirName: row.nickname,
    presence: presence(row.id),
    lastHeard: row.lastSeen,
    readReceipts: { chosen: row.readReceipts, configured: settings().readReceipts },
    sharesPresence: { chosen: row.presence, configured: settings().presence },
    cover: { chosen: row.cover, configured: settings().coverTraffic !== 'off' },
    direct: hasDirect() ? { chosen: row.direct, told: row.directAddress !== null } : null,
    mustConfirm: mustConfirm(row),
    shield: shieldOf(row),
    fingerprint: short(row),
    buffer: buffers.ofContact(row.id)?.id ?? null,
    status: statuses.get(row.id) ?? (row.waiting ? 'Sent, waiting for an answer' : ''),
    waiting: row.waiting,
    introducedBy: introducedBy(row),
  });
  const changed = (id: ContactId): void => {
    onEvent({ kind: 'contact', contact: id });
  };
  const enter = (row: ContactRow): ContactRow => {
    rows.set(row.id, row);
    const buffer = buffers.ofContact(row.id);
    if (buffer && buffer.name !== nameOf(row)) buffers.update(buffer.id, { name: nameOf(row) });
    changed(row.id);
    return row;
  };

  return {
    load: async () => {
      for (const row of await store.listContacts()) rows.set(row.id, row);
    },
    all: () => [...rows.values()],
    get: (id) => rows.get(id),
    require,
    byFingerprint: (fingerprint) =>
      [...rows.values()].find((row) => row.fingerprint !== null && sameBytes(row.fingerprint, fingerprint) && row.state !== 'connecting'),
    insert: async (contact) => enter(await store.insertContact(contact)),
    change: async (id, change) => enter(await store.updateContact({ id, change })),
    took: (id, change) => {
      const row = rows.get(id);
      if (row) enter({ ...row, ...change });
    },
    reload: async (id) => {
      const row = (await store.listContacts()).find((candidate) => candidate.id === id);
      if (row) enter(row);
    },
    touched: (id) => {
      if (rows.has(id)) changed(id);
    },
    dropped: (id) => {
      rows.delete(id);
      statuses.delete(id);
      onEvent({ kind: 'contactRemoved', contact: id });
    },
    setStatus: (id, status) => {
      if (!rows.has(id) || statuses.get(id) === status) return;
      statuses.set(id, status);
      changed(id);
    },
    view: (id) => {
      const row = rows.get(id);
      return row && row.state !== 'request' ? viewOf(row) : undefined;
    },
    views: () => [...rows.values()].filter((row) => row.state !== 'request').map(viewOf),
    requests: () =>
      [...rows.values()]
        .filter((row) => row.state === 'request')
        .map((row) => ({
          contact: row.id,
          nickname: nameOf(row),
          fingerprint: short(row) ?? '',
          time: row.created,
          texts: texts(row.id),
        })),
  };
}
