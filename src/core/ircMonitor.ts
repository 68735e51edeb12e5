/**
 * Whom a server watches for us (MONITOR): the nicks that stand for a contact first, then the configured ones and those of `/monitor`, then
 * those of open conversations, as far as the server's limit goes.
 */
import type { Action } from '../contract/chat.ts';

/** Nicks of open conversations and of `/monitor`. */
const MAX_OWN = 500;
/** Conversations that open and close in a row cost one change. */
const PAUSE_MS = 200;

export interface IrcMonitor {
  /** The connection is there and the server knows MONITOR. */
  ready(): void;
  /** Conversations were opened, closed or renamed, or a nick stands for a contact now. */
  changed(): void;
  /** A nick came or went: which lines say so. */
  told(nick: string, online: boolean): { server: boolean; conversation: boolean };
  /** `/monitor` was used. */
  acted(action: Extract<Action, { kind: 'monitor' }>): void;
  /** The connection is gone. */
  disconnected(): void;
  stop(): void;
}

interface Options {
  act: (action: Action) => void;
  fold: (nick: string) => string;
  /** Nicks that stand for a contact. */
  bound: () => readonly string[];
  /** Nicks of open conversations. */
  conversations: () => readonly string[];
  configured: readonly string[];
}

export function createIrcMonitor({ act, fold, bound, conversations, configured }: Options): IrcMonitor {
  /** Of `/monitor`, kept over reconnects. */
  let chosen: string[] = [];
  /** Watched for a conversation's sake. */
  let watched: string[] = [];
  /** By folded nick, of this connection. At most what the session reports: nicks we asked for. */
  const known = new Map<string, boolean>();
  let isReady = false;
  let timer: NodeJS.Timeout | null = null;

  const has = (nicks: readonly string[], nick: string): boolean => nicks.some((other) => fold(other) === fold(nick));
  const isAskedFor = (nick: string): boolean => has(configured, nick) || has(chosen, nick);
  const change = (kind: 'add' | 'remove', nicks: string[]): void => {
    if (nicks.length > 0) act({ kind: 'monitor', change: kind, nicks });
  };
  const update = (): void => {
    timer = null;
    if (!isReady) return;
    const keys = new Set(configured.concat(chosen).map(fold));
    const wanted = new Map([...bound(), ...conversations()].slice(0, MAX_OWN).map((nick) => [fold(nick), nick] as const));
    for (const key of keys) wanted.delete(key);
    const before = new Set(watched.map(fold));
    const gone = watched.filter((nick) => !wanted.has(fold(nick)) && !isAskedFor(nick));
    for (const nick of gone) known.delete(fold(nick));
    watched = [...wanted.values()];
    change('remove', gone);
    change(
      'add',
      watched.filter((nick) => !before.has(fold(nick))),
    );
  };

  return {
    ready: () => {
      if (isReady) return;
      isReady = true;
      watched = [];
      // The configured ones were asked for by the session itself.
      change('add', [...bound()]);
      change('add', chosen);
      update();
    },
    changed: () => {
      if (isReady) timer ??= setTimeout(update, PAUSE_MS).unref();
    },
    told: (nick, online) => {
      const before = known.get(fold(nick));
      known.set(fold(nick), online);
      const isNews = before !== undefined && before !== online;
      return { server: isAskedFor(nick) && (isNews || (online && before === undefined)), conversation: isNews };
    },
    acted: ({ change: kind, nicks }) => {
      if (kind === 'add') chosen = [...chosen.filter((nick) => !has(nicks, nick)), ...nicks].slice(-MAX_OWN);
      if (kind === 'remove') chosen = chosen.filter((nick) => !has(nicks, nick));
      if (kind === 'clear') chosen = [];
      if (kind === 'clear') watched = [];
    },
    disconnected: () => {
      isReady = false;
      watched = [];
      known.clear();
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
