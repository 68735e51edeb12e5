/** LIST: rows as they come, in portions, never all of them in memory here. */
import type { ListedChannel } from '../../../contract/chat.ts';
import { IrcError } from '../../errors.ts';
import { cleanText } from '../../wire/clean.ts';
import { matchesMask } from '../../wire/mask.ts';
import { nameParam, param, say, type CreateExtension } from '../context.ts';

const PORTION = 500;
/** Rows of one LIST that are looked at. */
const MAX_ROWS = 200_000;
const MAX_TOPIC = 400;
/** A LIST without a row for so long is over, whatever the server thinks. */
const SILENCE_MS = 60_000;

export const createList: CreateExtension = (context) => {
  let running: { fits: (name: string) => boolean; rows: number; heard: number } | null = null;
  let waiting: ListedChannel[] = [];

  const flush = (done: boolean): void => {
    const channels = waiting;
    waiting = [];
    if (done) running = null;
    context.emit({ kind: 'list', channels, done });
  };
  const all = (): boolean => true;

  return {
    act: (action) => {
      if (action.kind !== 'list') return false;
      if (running && context.clock.now() - running.heard < SILENCE_MS)
        throw new IrcError('busy', 'A channel list is on its way already. Wait until it is complete.');
      const pattern = action.pattern?.trim() ?? '';
      const { elist } = context.isupport;
      // Conditions such as >100 or C<10 are the server's; a mask is, where it says so, and else is ours.
      const isCondition = /^(?:[<>]|[CT][<>])[0-9]{1,9}$/i.test(pattern);
      const isMask = !isCondition && pattern !== '';
      const mask = /[*?]/.test(pattern) ? pattern : `*${pattern}*`;
      if (/\s/.test(pattern)) throw new IrcError('badInput', 'A pattern for channels holds no spaces.');
      const fold = (name: string): string => context.roster.channelKey(name);
      const folded = fold(mask);
      running = {
        fits: isMask ? (name) => matchesMask(folded, fold(name)) : all,
        rows: 0,
        heard: context.clock.now(),
      };
      waiting = [];
      const isAsked = isCondition || (isMask && elist.includes('M'));
      context.send('user', 'LIST', isAsked ? [isCondition ? pattern : mask] : []);
      return true;
    },
    handlers: {
      '321': () => undefined,
      '322': (_context, incoming) => {
        running ??= { fits: all, rows: 0, heard: 0 };
        running.heard = context.clock.now();
        running.rows += 1;
        const name = nameParam(incoming, 1);
        if (running.rows > MAX_ROWS || name === '' || !running.fits(name)) return;
        const count = param(incoming, 2);
        const users = /^[0-9]{1,9}$/.test(count) ? Number(count) : 0;
        // A copy, so that the line it is cut from can go.
        waiting.push({ name, users, topic: ` ${cleanText(param(incoming, 3).slice(0, MAX_TOPIC))}`.slice(1) });
        if (waiting.length >= PORTION) flush(false);
      },
      '323': () => {
        flush(true);
      },
      '263': (_context, incoming) => {
        const command = nameParam(incoming, 1);
        const isList = command.toUpperCase() === 'LIST';
        if (command.toUpperCase() === 'WHO') return;
        const reason = cleanText(incoming.line.params.at(-1) ?? '');
        say(context, incoming, null, `The server is too busy for ${command}: ${reason} Try again in a minute.`, 'error');
        if (isList && running) flush(true);
      },
    },
    onClose: () => {
      if (running) flush(true);
    },
  };
};
