/** Who of some nicks is online (IRCv3 monitor, extended-monitor): the list, within what the server allows, and its answers. */
import { IrcError } from '../../errors.ts';
import { createNickMap } from '../../state/nickMap.ts';
import { cleanName } from '../../wire/clean.ts';
import { byteLength } from '../../wire/encode.ts';
import { source } from '../../wire/parse.ts';
import { param, say, type CreateExtension, type Incoming } from '../context.ts';

/** Nicks watched at most, however many the server would take. */
export const MAX_WATCHED = 1_000;
/** Names looked at in one line of the server. */
const MAX_NAMES_A_LINE = 512;
/** Bytes of nicks in one MONITOR line: 510 less the command and its sign. */
const ROOM = 480;
/** Answers within this time after /monitor status are shown. */
const STATUS_SHOWN_MS = 10_000;
const SENDABLE = /^[^\s,!@*?:]{1,64}$/;

/** Comma-separated, each part no longer than a line takes. */
function pack(nicks: readonly string[]): string[] {
  const parts: string[] = [];
  let part = '';
  for (const nick of nicks) {
    if (part !== '' && byteLength(part) + byteLength(nick) + 1 > ROOM) {
      parts.push(part);
      part = '';
    }
    part = part === '' ? nick : `${part},${nick}`;
  }
  return part === '' ? parts : [...parts, part];
}

const names = (incoming: Incoming, index: number): string[] =>
  param(incoming, index)
    .split(',', MAX_NAMES_A_LINE)
    .map((entry) => cleanName(source(entry).nick))
    .filter((nick) => nick !== '');

export const createMonitor: CreateExtension = (context) => {
  /** Null: not known yet. */
  const watched = createNickMap<boolean | null>(context.roster);
  let fullAt = Infinity;
  let isFullTold = false;
  let shownUntil = 0;

  const limit = (): number => Math.min(MAX_WATCHED, fullAt, context.isupport.monitor ?? 0);
  const tellFull = (nicks: readonly string[]): void => {
    if (isFullTold || nicks.length === 0) return;
    isFullTold = true;
    context.emit({
      kind: 'server',
      target: null,
      text: `This server watches ${watched.size()} nicks for you at most; it does not watch: ${nicks.slice(0, 20).join(', ')}.`,
      severity: 'info',
      time: context.wallClock(),
      historic: false,
    });
  };
  const send = (sign: '+' | '-', nicks: readonly string[]): void => {
    for (const part of pack(nicks)) context.send('background', 'MONITOR', [sign, part]);
  };
  const add = (nicks: readonly string[]): void => {
    const taken: string[] = [];
    const left: string[] = [];
    for (const nick of nicks) {
      if (!SENDABLE.test(nick) || watched.get(nick) !== undefined) continue;
      if (watched.size() >= limit()) {
        left.push(nick);
        continue;
      }
      watched.set(nick, null);
      taken.push(nick);
    }
    send('+', taken);
    tellFull(left);
  };
  const status = (incoming: Incoming, online: boolean): void => {
    const told = names(incoming, 1);
    if (context.clock.now() < shownUntil) say(context, incoming, null, `${online ? 'Online' : 'Offline'}: ${told.join(', ')}`);
    for (const nick of told) {
      const before = watched.get(nick);
      // Whom we do not watch is none of our business: nothing is kept of them.
      if (before === undefined || before === online) continue;
      watched.set(nick, online);
      context.emit({ kind: 'monitor', nick, online });
    }
  };

  return {
    onReady: () => {
      if (context.isupport.monitor !== null) add(context.options.monitor);
    },
    act: (action) => {
      if (action.kind !== 'monitor') return false;
      if (context.isupport.monitor === null) throw new IrcError('unsupported', 'This server cannot watch nicks (it has no MONITOR).');
      switch (action.change) {
        case 'add':
          add(action.nicks);
          return true;
        case 'remove': {
          const known = action.nicks.filter((nick) => watched.get(nick) !== undefined);
          for (const nick of known) watched.delete(nick);
          send('-', known);
          return true;
        }
        case 'clear':
          watched.clear();
          context.send('user', 'MONITOR', ['C']);
          return true;
        case 'list':
          context.send('user', 'MONITOR', ['L']);
          return true;
        case 'status':
          shownUntil = context.clock.now() + STATUS_SHOWN_MS;
          context.send('user', 'MONITOR', ['S']);
          return true;
      }
    },
    handlers: {
      '730': (_context, incoming) => {
        status(incoming, true);
      },
      '731': (_context, incoming) => {
        status(incoming, false);
      },
      '732': (_context, incoming) => {
        say(context, incoming, null, `Watched: ${names(incoming, 1).join(', ')}`);
      },
      '733': () => undefined,
      '734': (_context, incoming) => {
        const refused = names(incoming, 2);
        for (const nick of refused) watched.delete(nick);
        fullAt = Math.min(fullAt, watched.size());
        tellFull(refused);
      },
    },
  };
};
