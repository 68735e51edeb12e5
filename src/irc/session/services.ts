/**
 * What Sotto says to NickServ by itself: IDENTIFY where SASL has not logged in, and what takes a nick back. Passwords go to the
 * services only: by the server's own NICKSERV command, which no user can stand in for; where a server does not know it, to
 * NickServ once WHOIS shows that it is a service.
 */
import type { NetworkOptions } from '../options.ts';
import type { Clock } from './flood.ts';

export interface Services {
  /** Registered. */
  start(): void;
  /** Looks at a numeric and its parameters (the first is our nick). */
  numeric(command: string, params: readonly string[]): void;
  stop(): void;
}

interface Deps {
  options: Pick<NetworkOptions, 'nick' | 'nickPassword' | 'nickIdentifySyntax' | 'shouldGhost' | 'ghostSequence'>;
  clock: Clock;
  send: (command: string, ...params: string[]) => void;
  warn: (text: string) => void;
  isMe: (nick: string) => boolean;
  loggedIn: () => boolean;
  /** Null: the password may be said; else why not. */
  forbidden: () => string | null;
}

const SERVICE = 'nickserv';
/** Services take their time to free a nick. */
const TAKE_NICK_MS = 3_000;
const TAKE_NICK_TIMES = 3;
/** Commands of NickServ in `ghost_sequence`. */
const MAX_SEQUENCE = 8;
const WORD = /^[A-Za-z]{1,20}$/;

/** A WHOIS reply (numeric, its third parameter) that no user can have about themselves. */
const provesService = (command: string, server: string): boolean =>
  command === '313' || (command === '312' && /(?:^|[.-])services?(?:[.-]|$)/i.test(server));

export function createServices({ options, clock, send, warn, isMe, loggedIn, forbidden }: Deps): Services {
  const { nickPassword } = options;
  let waiting: string[] = [];
  let way: 'command' | 'looking' | 'message' | 'none' = 'command';
  let cancel: (() => void) | null = null;

  const say = (text: string): void => {
    if (way === 'none') return;
    if (way === 'message') {
      send('PRIVMSG', 'NickServ', text);
      return;
    }
    waiting.push(text);
    if (way === 'command') send('NICKSERV', ...text.split(' '));
  };

  const identify = (): string => {
    const syntax = options.nickIdentifySyntax ?? (isMe(options.nick) ? null : 'nick-password');
    if (syntax === null) return `IDENTIFY ${nickPassword ?? ''}`;
    const words = syntax === 'nick-password' ? [options.nick, nickPassword] : [nickPassword, options.nick];
    return ['IDENTIFY', ...words].join(' ');
  };

  const takeNick = (left: number): void => {
    cancel = clock.after(TAKE_NICK_MS, () => {
      if (isMe(options.nick) || left === 0) return;
      send('NICK', options.nick);
      takeNick(left - 1);
    });
  };

  return {
    start: () => {
      const needsPassword = nickPassword !== null && !loggedIn();
      if (needsPassword) {
        const reason = forbidden();
        if (reason !== null) {
          warn(`The NickServ password was not sent: ${reason}.`);
          return;
        }
        say(identify());
      }
      if (!options.shouldGhost || isMe(options.nick) || (nickPassword === null && !loggedIn())) return;
      for (const command of options.ghostSequence.filter((word) => WORD.test(word)).slice(0, MAX_SEQUENCE))
        say(loggedIn() || nickPassword === null ? `${command} ${options.nick}` : `${command} ${options.nick} ${nickPassword}`);
      takeNick(TAKE_NICK_TIMES);
    },
    numeric: (command, params) => {
      const subject = params[1]?.toLowerCase();
      if (subject !== SERVICE) return;
      if (way === 'command' && command === '421' && waiting.length > 0) {
        way = 'looking';
        send('WHOIS', 'NickServ');
      } else if (way === 'looking') {
        if (provesService(command, params[2] ?? '')) {
          way = 'message';
          for (const text of waiting.splice(0)) say(text);
        } else if (command === '401' || command === '318') {
          way = 'none';
          waiting = [];
          warn('The NickServ password was not sent: this network has no NickServ that is recognisably a service.');
        }
      }
    },
    stop: () => {
      cancel?.();
    },
  };
}
