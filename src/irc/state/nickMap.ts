import type { FoldedNick } from './fold.ts';
import type { Roster } from './roster.ts';

/** A map by nick. Its keys follow the server's rules for names, also when 005 changes them: of two names that become one the newer entry stays. */
export interface NickMap<T> {
  get(nick: string): T | undefined;
  set(nick: string, value: T): void;
  delete(nick: string): void;
  /** Names as they were given, with their values, oldest first. */
  entries(): (readonly [string, T])[];
  size(): number;
  clear(): void;
}

export function createNickMap<T>(roster: Pick<Roster, 'mapping' | 'nickKey'>): NickMap<T> {
  let mapping = roster.mapping();
  let map = new Map<FoldedNick, readonly [string, T]>();
  const current = (): typeof map => {
    if (mapping !== roster.mapping()) {
      mapping = roster.mapping();
      map = new Map([...map.values()].map((entry) => [roster.nickKey(entry[0]), entry]));
    }
    return map;
  };
  return {
    get: (nick) => current().get(roster.nickKey(nick))?.[1],
    set: (nick, value) => {
      current().set(roster.nickKey(nick), [nick, value]);
    },
    delete: (nick) => {
      current().delete(roster.nickKey(nick));
    },
    entries: () => [...current().values()],
    size: () => current().size,
    clear: () => {
      map.clear();
    },
  };
}
