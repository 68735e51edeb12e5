/**
 * Who is here: told sealed, to contacts the user tells it, and shown of contacts who tell it. Each telling is one packet that nobody
 * keeps or repeats: what does not get through is forgotten, since it would be stale. Reciprocal: who does not share does not see.
 */
import type { ContactId } from '../../contract/ids.ts';
import type { PresenceState } from '../../contract/views.ts';
import { comparePlaces, type Position } from '../../pq/conversationState.ts';
import type { ContactRow } from '../../store/rows.ts';
import type { Contacts } from './contacts.ts';

/** Without anything heard for so long nothing is known any more. */
export const PRESENCE_EXPIRES_MS = 15 * 60_000;
/** Who is here says so again this often to those who are here as well: two of these may be lost. */
const REFRESH_MS = 5 * 60_000;
/** Tellings are spread over this time, so that contacts on one network do not all hear at the same moment. */
const JITTER_MS = 5_000;
/** They have just been told: what they say now is the answer to it, and is not answered again. */
const ANSWERED_MS = 20_000;
/** Somebody who is heard and was not reached is told again, this often at most. */
const AGAIN_MS = 60_000;
/** Tellings under way at a time. */
const MAX_UNDER_WAY = 4;
const SEND_TIMEOUT_MS = 20_000;
/** Quitting waits no longer than this for those who are here. */
const GOODBYE_MS = 1_500;

export type AwayBy = 'irc' | 'user';

interface Heard {
  state: PresenceState;
  at: number;
}
interface Told {
  state: PresenceState;
  at: number;
  arrived: boolean;
}

export interface Presence {
  /** What they last said; null: not known, or not shared. */
  of(contact: ContactId): PresenceState | null;
  /** Whether the user tells them, and they are somebody one may tell. */
  shares(row: ContactRow | undefined): boolean;
  /** Something of theirs opened. */
  heard(contact: ContactId): void;
  /** They said so, in a packet of that place: what has a place before another is out of date, whenever it comes. */
  said(contact: ContactId, state: PresenceState, place: Position): void;
  /** The network can be used: everybody is told. */
  online(): void;
  /** As an IRC server says, or as the user typed: one of both is enough. */
  setAway(by: AwayBy, away: boolean): void;
  /** A switch or the configuration changed. */
  reconsider(): void;
  forget(contact: ContactId): void;
  /** Tells those who are here that we leave. Resolves soon, whatever the network does. */
  goodbye(): Promise<void>;
  stop(): Promise<void>;
}

interface Options {
  contacts: Pick<Contacts, 'all' | 'get' | 'touched'>;
  /** `[direct_messages] presence`. */
  isConfigured: () => boolean;
  isOnline: () => boolean;
  /** Seals and sends; true once they have acknowledged it. Does nothing without a proven session. */
  send: (contact: ContactId, state: PresenceState, signal: AbortSignal) => Promise<boolean>;
  now: () => number;
  /** Between 0 and 1. */
  random: () => number;
  log: (line: string) => void;
}

export function createPresence({ contacts, isConfigured, isOnline, send, now, random, log }: Options): Presence {
  const lifetime = new AbortController();
  /** One entry a contact in each. */
  const heardOf = new Map<ContactId, Heard>();
  /** Stays when what was said is out of date: nothing from before it counts again. */
  const newest = new Map<ContactId, Position>();
  const told = new Map<ContactId, Told>();
  const timers = new Map<ContactId, NodeJS.Timeout>();
  const waiting = new Set<ContactId>();
  const underWay = new Set<Promise<void>>();
  const awayBy = new Set<AwayBy>();
  let isAway = false;
  let leaving = false;

  const shares = (row: ContactRow | undefined): boolean =>
    row !== undefined && row.state === 'active' && row.confirmed && row.level !== 'changed' && (row.presence ?? isConfigured());
  const isFresh = ({ state, at }: Heard): boolean => state === 'offline' || now() - at < PRESENCE_EXPIRES_MS;
  const of = (contact: ContactId): PresenceState | null => {
    const known = heardOf.get(contact);
    return known && isFresh(known) && shares(contacts.get(contact)) ? known.state : null;
  };
  const isHere = (contact: ContactId): boolean => {
    const state = of(contact);
    return state === 'online' || state === 'away';
  };
  const current = (contact: ContactId): PresenceState =>
    leaving || !shares(contacts.get(contact)) ? 'offline' : isAway ? 'away' : 'online';

  const tell = async (contact: ContactId, signal: AbortSignal): Promise<void> => {
    const state = current(contact);
    // Who was never told that we are here is not told that we are not.
    if (state === 'offline' && told.get(contact)?.arrived !== true) return;
    const attempt: Told = { state, at: now(), arrived: false };
    told.set(contact, attempt);
    try {
      attempt.arrived = await send(contact, state, AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]));
      if (state === 'offline') told.delete(contact);
    } catch (error) {
      if (!lifetime.signal.aborted) log(`presence: ${error instanceof Error ? error.name : 'unknown error'}`);
    }
  };
  const pump = (): void => {
    if (lifetime.signal.aborted || !isOnline()) return;
    for (const contact of waiting) {
      if (underWay.size >= MAX_UNDER_WAY) return;
      waiting.delete(contact);
      const task: Promise<void> = tell(contact, lifetime.signal).finally(() => {
        underWay.delete(task);
        pump();
      });
      underWay.add(task);
    }
  };
  /** One telling a contact waits at a time; what it says is decided when it goes. */
  const announce = (contact: ContactId): void => {
    if (lifetime.signal.aborted || leaving || timers.has(contact)) return;
    const timer = setTimeout(() => {
      timers.delete(contact);
      waiting.add(contact);
      pump();
    }, random() * JITTER_MS);
    timers.set(contact, timer.unref());
  };
  const ids = (): ContactId[] => contacts.all().map(({ id }) => id);

  const refresh = setInterval(() => {
    for (const contact of ids()) if (isHere(contact)) announce(contact);
  }, REFRESH_MS).unref();
  const expiry = setInterval(() => {
    for (const [contact, known] of heardOf) {
      if (isFresh(known)) continue;
      heardOf.delete(contact);
      contacts.touched(contact);
    }
  }, 60_000).unref();

  return {
    of,
    shares,
    heard: (contact) => {
      const known = heardOf.get(contact);
      if (known?.state === 'offline') {
        // They said that they left, and are there: how is not known.
        heardOf.delete(contact);
        contacts.touched(contact);
      } else if (known) known.at = now();
      const last = told.get(contact);
      const isDue = !last || (!last.arrived && now() - last.at >= AGAIN_MS);
      if (isDue && shares(contacts.get(contact))) announce(contact);
    },
    said: (contact, state, place) => {
      // Nothing is kept of what the user could not be shown.
      if (!shares(contacts.get(contact))) return;
      const known = heardOf.get(contact);
      const before = newest.get(contact);
      if (before && comparePlaces(before, place) > 0) return;
      newest.set(contact, place);
      heardOf.set(contact, { state, at: now() });
      if (known?.state !== state) contacts.touched(contact);
      // Whoever comes back knows nothing any more of what they were told.
      if (state === 'offline') told.delete(contact);
      const last = told.get(contact);
      if (state !== 'offline' && (!last || now() - last.at >= ANSWERED_MS)) announce(contact);
    },
    online: () => {
      for (const row of contacts.all()) if (shares(row)) announce(row.id);
      pump();
    },
    setAway: (by, away) => {
      if (away) awayBy.add(by);
      else awayBy.delete(by);
      if (awayBy.size > 0 === isAway) return;
      isAway = !isAway;
      for (const [contact, { arrived }] of told) if (arrived) announce(contact);
    },
    reconsider: () => {
      for (const row of contacts.all()) {
        const last = told.get(row.id);
        const isShared = shares(row);
        // Whoever was told that we are here is told that we are not, or would go on seeing it.
        if (isShared ? !last : last?.arrived === true) announce(row.id);
        if (!isShared && heardOf.delete(row.id)) contacts.touched(row.id);
      }
    },
    forget: (contact) => {
      clearTimeout(timers.get(contact));
      timers.delete(contact);
      waiting.delete(contact);
      heardOf.delete(contact);
      newest.delete(contact);
      told.delete(contact);
    },
    goodbye: async () => {
      leaving = true;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      waiting.clear();
      if (!isOnline()) return;
      const here = ids().filter((contact) => told.get(contact)?.arrived === true && isHere(contact));
      if (here.length === 0) return;
      const signal = AbortSignal.any([lifetime.signal, AbortSignal.timeout(GOODBYE_MS)]);
      const ended = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
      await Promise.race([Promise.all(here.map((contact) => tell(contact, signal))), ended]);
    },
    stop: async () => {
      lifetime.abort();
      clearInterval(refresh);
      clearInterval(expiry);
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(underWay);
    },
  };
}
