/**
 * A netsplit as one line a channel instead of thousands: people whose QUIT names the two servers that lost each other, and the same people
 * when they come back.
 */
import type { IrcEvent } from '../contract/chat.ts';

/** Names said of those who left or came back in one line. */
const MAX_NAMES = 10;
/** People of splits that are waited for, and how long. */
const MAX_GONE = 50_000;
const RETURN_MS = 30 * 60_000;
/** Fewer than this at a time are told one by one. */
const FEW = 5;
/** The burst of a split or of a return is over when nothing more of it came for so long. */
const PAUSE_MS = 300;
const SPLIT = /^(?:[a-z0-9*-]+\.)+[a-z0-9*-]+ (?:[a-z0-9*-]+\.)+[a-z0-9*-]+$/i;
const MAX_REASON = 255;

type Quit = Extract<IrcEvent, { kind: 'quit' }>;
type Join = Extract<IrcEvent, { kind: 'join' }>;

interface Group {
  kind: 'left' | 'back';
  reason: string;
  time: number;
  nicks: string[];
  count: number;
}

export interface Netsplits {
  /** True where the event is kept back: it is told with others. */
  take(event: Quit | Join): boolean;
  /** Something else is about to be said: what is kept back comes before it. */
  flush(): void;
  disconnected(): void;
}

interface Options {
  fold: (name: string) => string;
  /** A line about many. */
  tell: (channel: string, time: number, text: string) => void;
  /** A line about one of few. */
  tellOne: (channel: string, kind: 'quit' | 'join', nick: string, time: number, reason: string) => void;
}

export function createNetsplits({ fold, tell, tellOne }: Options): Netsplits {
  const groups = new Map<string, Group>();
  /** By folded nick: when they left. */
  let gone = new Map<string, number>();
  let timer: NodeJS.Timeout | null = null;

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (groups.size === 0) return;
    const told = [...groups];
    groups.clear();
    for (const [channel, { kind, reason, time, nicks, count }] of told) {
      if (count < FEW) {
        for (const nick of nicks) tellOne(channel, kind === 'left' ? 'quit' : 'join', nick, time, reason);
        continue;
      }
      const more = count > nicks.length ? ` and ${count - nicks.length} more` : '';
      const what = kind === 'left' ? `${count} people left in a netsplit (${reason})` : `${count} people are back from a netsplit`;
      tell(channel, time, `${what}: ${nicks.join(', ')}${more}`);
    }
  };
  const put = (channel: string, kind: Group['kind'], nick: string, time: number, reason: string): void => {
    const group = groups.get(channel);
    if (group?.kind !== kind || group.reason !== reason) {
      if (group) flush();
      groups.set(channel, { kind, reason, time, nicks: [nick], count: 1 });
    } else {
      group.count += 1;
      if (group.nicks.length < MAX_NAMES) group.nicks.push(nick);
    }
  };
  /** Once for each event, not for each of its channels: a split is thousands of them. */
  const arm = (): void => {
    if (timer === null) timer = setTimeout(flush, PAUSE_MS).unref();
    else timer.refresh();
  };

  return {
    take: (event) => {
      if (event.historic) return false;
      const key = fold(event.from.nick);
      if (event.kind === 'join') {
        const left = gone.get(key);
        if (event.self || left === undefined || event.time - left > RETURN_MS) return false;
        put(event.channel, 'back', event.from.nick, event.time, '');
        arm();
        return true;
      }
      const { reason } = event;
      if (reason.length > MAX_REASON || !SPLIT.test(reason)) return false;
      if (gone.size >= MAX_GONE) gone = new Map();
      gone.set(key, event.time);
      for (const channel of event.channels) put(channel, 'left', event.from.nick, event.time, reason);
      arm();
      return true;
    },
    flush,
    disconnected: () => {
      flush();
      gone.clear();
    },
  };
}
