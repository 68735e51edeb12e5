/** Texts with and without formatting: /format says marks as formatting, /plain says them as they stand. */
import { done, firstWord, focusOn, usageError, type Command } from './command.ts';
import { withFormatting } from './markup.ts';

type Where = 'here' | 'me' | 'msg' | 'notice';
const usages: Readonly<Record<Where, string>> = { here: 'text', me: 'text', msg: 'nick-or-#channel text', notice: 'nick-or-#channel text' };
const does: Readonly<Record<Where, string>> = {
  here: 'Says a text',
  me: 'Says what you do',
  msg: 'Sends a message',
  notice: 'Sends a notice',
};

const formatted = (name: string, aliases: readonly string[], where: Where, isPlain: boolean): Command => {
  const command: Command = {
    name,
    aliases,
    usage: `/${name} ${usages[where]}`,
    help: `${does[where]} ${isPlain ? 'as it stands, marks included' : 'with **bold**, *italic*, __underline__, ~~strike~~, `code`, ||spoiler|| and $c4,1 colours'}.`,
    arguments: where === 'here' || where === 'me' ? ['text'] : ['target', 'text'],
    run: async (args, context) => {
      const shape = isPlain ? (text: string): string => text : withFormatting;
      if (where === 'here' || where === 'me') {
        if (args.trim() === '') throw usageError(command);
        await context.say(context.buffer, where === 'me' ? 'action' : 'privmsg', shape(args));
        return done;
      }
      const [target, text] = firstWord(args);
      if (target === '' || text.trim() === '') throw usageError(command);
      if (where === 'notice' || context.isChannel(target)) {
        context.act({ kind: 'text', target, form: where === 'notice' ? 'notice' : 'privmsg', text: shape(text) });
        return done;
      }
      context.checkNick(target);
      const query = await context.openQuery(target);
      await context.say(query, 'privmsg', shape(text));
      return focusOn(query.id);
    },
  };
  return command;
};

export const formatCommands: readonly Command[] = [
  formatted('format', ['f'], 'here', false),
  formatted('format-me', [], 'me', false),
  formatted('format-msg', [], 'msg', false),
  formatted('format-notice', [], 'notice', false),
  formatted('plain', ['p'], 'here', true),
  formatted('plain-me', [], 'me', true),
  formatted('plain-msg', [], 'msg', true),
  formatted('plain-notice', [], 'notice', true),
];
