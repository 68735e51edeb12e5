/** The channels to be in: the configured ones and those joined since, less those left. Survives reconnects. */
import { MAX_CHANNELS } from './state/roster.ts';

export interface WantedChannel {
  name: string;
  key: string | null;
}

export interface Wanted {
  list: () => WantedChannel[];
  /** A key that is about to be used; it counts once the channel is joined. */
  remember(name: string, key: string | null): void;
  joined: (name: string) => void;
  left: (name: string, kicked: boolean) => void;
  /** A channel goes on under another name, with the key it had. */
  renamed: (from: string, to: string) => void;
}

/** `fold` is asked at each use, as the server's rules for names may change. */
export function createWanted(configured: readonly WantedChannel[], fold: (name: string) => string): Wanted {
  let wanted: WantedChannel[] = configured.slice(0, MAX_CHANNELS);
  let keys: WantedChannel[] = [];
  const same = (name: string) => (channel: WantedChannel) => fold(channel.name) === fold(name);
  return {
    list: () => [...wanted],
    remember: (name, key) => {
      keys = [...keys.filter((channel) => !same(name)(channel)), { name, key }].slice(-MAX_CHANNELS);
    },
    joined: (name) => {
      const key = keys.find(same(name))?.key ?? wanted.find(same(name))?.key ?? null;
      keys = keys.filter((channel) => !same(name)(channel));
      if (wanted.length < MAX_CHANNELS || wanted.some(same(name)))
        wanted = [...wanted.filter((channel) => !same(name)(channel)), { name, key }];
    },
    // A kick is not our wish, but coming back unasked is rude: only what the configuration says is joined again.
    left: (name, kicked) => {
      if (!kicked || !configured.some(same(name))) wanted = wanted.filter((channel) => !same(name)(channel));
    },
    renamed: (from, to) => {
      const key = wanted.find(same(from))?.key ?? null;
      wanted = [...wanted.filter((channel) => !same(from)(channel) && !same(to)(channel)), { name: to, key }].slice(-MAX_CHANNELS);
    },
  };
}
