/** soju.im/search: the bouncer looks through its history. What it finds is shown as lines where it was asked; nothing becomes new. */
import { IrcError } from '../../errors.ts';
import { cleanName, cleanText } from '../../wire/clean.ts';
import type { Batch } from '../batches.ts';
import type { BatchHandler, CreateExtension } from '../context.ts';
import { labelTag } from '../labels.ts';

/** Lines asked for, and taken. */
export const MAX_FOUND = 50;
/** Answers that may come at the same time. */
const MAX_OPEN_SEARCHES = 8;

/** A value of the attribute list, which is written as a tag section is. */
const escape = (value: string): string =>
  value.replace(/[; \\]/g, (character) => (character === ';' ? '\\:' : character === ' ' ? '\\s' : '\\\\'));

export const createSearch: CreateExtension = (context) => {
  const found = new Map<Batch, string[]>();
  let asked: { target: string | null; text: string } | null = null;

  const tell = (target: string | null, text: string): void => {
    context.emit({ kind: 'server', target, text, severity: 'info', time: context.wallClock(), historic: false });
  };
  const results: BatchHandler = {
    opened: (_incoming, batch) => {
      if (found.size < MAX_OPEN_SEARCHES) found.set(batch, []);
    },
    line: ({ line, time, from }, batch) => {
      const lines = found.get(batch);
      if (!lines || lines.length >= MAX_FOUND || (line.command !== 'PRIVMSG' && line.command !== 'NOTICE')) return true;
      const when = new Date(time).toISOString().slice(0, 16).replace('T', ' ');
      const where = cleanName(line.params[0] ?? '');
      lines.push(`${when} ${where} <${from.nick}> ${cleanText(line.params[1] ?? '')}`);
      return true;
    },
    closed: (_incoming, batch) => {
      const lines = found.get(batch);
      found.delete(batch);
      if (!lines || asked === null) return;
      const { target, text } = asked;
      asked = null;
      tell(target, lines.length === 0 ? `Nothing was found for “${text}”.` : `Found for “${text}” (times in UTC):`);
      for (const line of lines) tell(target, line);
    },
  };
  return {
    batches: { 'soju.im/search': results },
    act: (action) => {
      if (action.kind !== 'search') return false;
      if (!context.caps.has('soju.im/search')) throw new IrcError('unsupported', 'This server cannot search its history.');
      const attributes = [
        ...(action.target === null ? [] : [`in=${escape(action.target)}`]),
        `text=${escape(action.text)}`,
        `limit=${MAX_FOUND}`,
      ];
      asked = { target: action.target, text: action.text };
      context.send('user', 'SEARCH', [attributes.join(';')], labelTag(context.labels.begin(action.target)));
      return true;
    },
    onClose: () => {
      found.clear();
    },
  };
};
