/**
 * The ratchet sessions of all contacts: decoded in memory, committed in the store with every step. A step works on a copy. It may
 * take the place of what is here as soon as its write was handed to the store, which commits in that order: each write names the
 * version it follows, so where one is refused all after it are, and `settle` brings back what was committed. Nothing that a step
 * made leaves, or is shown, before its own write is committed.
 */
import type { ContactId } from '../../contract/ids.ts';
import { PqError } from '../../pq/errors.ts';
import { beginAfter, decodeSession, encodeSession, matchesHint, wipeReplaced, sendsOn } from '../../pq/session.ts';
import type { RatchetSession } from '../../pq/types.ts';
import type { SessionRow, SessionWrite } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';

export interface Loaded {
  id: string;
  contact: ContactId;
  helloId: string;
  state: RatchetSession;
  version: number;
  created: number;
  active: boolean;
  /** A step that was taken here was not committed. */
  isStale?: true;
}

export interface Sessions {
  /** Resolves to what could not be read: damaged, or of an older version. */
  load(): Promise<{ id: string; contact: ContactId }[]>;
  /** Takes over what the store holds, after it refused a step or removed a session. */
  reload(contact: ContactId): Promise<void>;
  get(id: string): Loaded | undefined;
  ofContact(contact: ContactId): Loaded[];
  byHello(helloId: string): Loaded | undefined;
  /** The session whose header key fits the packet's hint, never by trial decryption (design §7). */
  byHint(packet: Uint8Array): Loaded | undefined;
  /** The states that may send: all but those that only receive. */
  held(contact: ContactId): RatchetSession[];
  /** The one to seal with (PROTOCOL 10.2). */
  sending(contact: ContactId): Loaded | undefined;
  /** Those that they began, that may send, and in which nothing was sealed yet. */
  unanswered(contact: ContactId): Loaded[];
  /** When the next session with them begins, for `initiate`. */
  beginAfter(contact: ContactId, now: number): number;
  /** What the store has to write for `state` to replace `loaded`. */
  write(loaded: Loaded, state: RatchetSession): SessionWrite;
  writeNew(made: Omit<Loaded, 'version' | 'contact'>): SessionWrite;
  /** First thing in a contact's turn: reads the sessions again if a step was not committed. */
  settle(contact: ContactId): Promise<void>;
  /**
   * Takes the step whose write was just handed to the store, and resolves as `writing` does: then what it replaced is wiped, or, where
   * the write was refused, the session is stale.
   */
  advance<T>(loaded: Loaded, state: RatchetSession, writing: Promise<T>): Promise<T>;
  /** The write was committed: takes the step, and wipes what it replaced. */
  committed(loaded: Loaded, state: RatchetSession): void;
  added(made: Omit<Loaded, 'version'>): Loaded;
  retired(ids: readonly string[]): void;
  /** The store has removed these. */
  removed(ids: readonly string[]): void;
  dropContact(contact: ContactId): void;
}

export function createSessions(store: Store): Sessions {
  const all = new Map<string, Loaded>();
  const ofContact = (contact: ContactId): Loaded[] => [...all.values()].filter((loaded) => loaded.contact === contact);
  const held = (contact: ContactId): RatchetSession[] =>
    ofContact(contact)
      .filter((loaded) => loaded.active)
      .map(({ state }) => state);
  const toWrite = (loaded: Omit<Loaded, 'version' | 'contact'>, expectedVersion: number | null, state: RatchetSession): SessionWrite => ({
    id: loaded.id,
    expectedVersion,
    helloId: loaded.helloId,
    bytes: encodeSession(state),
    created: loaded.created,
    active: loaded.active,
  });
  /** The decoded state; null for a record that is damaged or of an older version. */
  const decoded = (bytes: Uint8Array): RatchetSession | null => {
    try {
      return decodeSession(bytes);
    } catch (error) {
      if (error instanceof PqError) return null;
      throw error;
    } finally {
      bytes.fill(0);
    }
  };
  const enter = (rows: readonly SessionRow[]): { id: string; contact: ContactId }[] => {
    const damaged: { id: string; contact: ContactId }[] = [];
    for (const { id, contact, helloId, bytes, version, created, active } of rows) {
      const state = decoded(bytes);
      if (state) all.set(id, { id, contact, helloId: helloId ?? '', state, version, created, active });
      else damaged.push({ id, contact });
    }
    return damaged;
  };
  const take = (loaded: Loaded, state: RatchetSession): RatchetSession => {
    const before = loaded.state;
    loaded.state = state;
    loaded.version += 1;
    return before;
  };
  const reload = async (contact: ContactId): Promise<void> => {
    const rows = await store.listSessions(contact);
    for (const loaded of ofContact(contact)) all.delete(loaded.id);
    enter(rows);
  };
  return {
    load: async () => enter(await store.listSessions(null)),
    reload,
    settle: async (contact) => {
      if (ofContact(contact).some(({ isStale }) => isStale === true)) await reload(contact);
    },
    get: (id) => all.get(id),
    ofContact,
    byHello: (helloId) => [...all.values()].find((loaded) => loaded.helloId === helloId),
    byHint: (packet) => [...all.values()].find((loaded) => matchesHint(loaded.state, packet)),
    held,
    sending: (contact) => {
      const state = sendsOn(held(contact));
      return state && ofContact(contact).find((loaded) => loaded.state === state);
    },
    unanswered: (contact) =>
      ofContact(contact).filter(({ active, state }) => active && !state.initiator && !state.confirmed && state.send.n === 0),
    beginAfter: (contact, now) =>
      beginAfter(
        ofContact(contact).map(({ state }) => state),
        now,
      ),
    write: (loaded, state) => toWrite(loaded, loaded.version, state),
    writeNew: (made) => toWrite(made, null, made.state),
    advance: async (loaded, state, writing) => {
      const before = take(loaded, state);
      try {
        const result = await writing;
        wipeReplaced(before, state);
        return result;
      } catch (error) {
        loaded.isStale = true;
        throw error;
      }
    },
    committed: (loaded, state) => {
      wipeReplaced(take(loaded, state), state);
    },
    added: (made) => {
      const loaded = { ...made, version: 1 };
      all.set(loaded.id, loaded);
      return loaded;
    },
    retired: (ids) => {
      for (const id of ids) {
        const loaded = all.get(id);
        if (loaded) loaded.active = false;
      }
    },
    removed: (ids) => {
      for (const id of ids) all.delete(id);
    },
    dropContact: (contact) => {
      for (const loaded of ofContact(contact)) all.delete(loaded.id);
    },
  };
}
