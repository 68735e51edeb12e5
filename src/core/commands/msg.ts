import { done, firstWord, focusOn, usageError, type Command } from './command.ts';

export const msg: Command = {
  name: 'msg',
  aliases: [],
  usage: '/msg nick-or-#channel text',
  help: 'Sends a message to a person or a channel.',
  arguments: ['target', 'text'],
  run: async (args, context) => {
    const [target, text] = firstWord(args);
    if (target === '' || text.trim() === '') throw usageError(msg);
    if (context.isChannel(target)) {
      context.act({ kind: 'text', target, form: 'privmsg', text });
      return done;
    }
    context.checkNick(target);
    const query = await context.openQuery(target);
    await context.say(query, 'privmsg', text);
    return focusOn(query.id);
  },
};
