import { firstWord, focusOn, usageError, type Command } from './command.ts';

export const query: Command = {
  name: 'query',
  aliases: ['q'],
  usage: '/query nick [text]',
  help: 'Opens a conversation with a nick on this server.',
  arguments: ['nick', 'text'],
  run: async (args, context) => {
    const [nick, text] = firstWord(args);
    if (nick === '' || context.isChannel(nick)) throw usageError(query);
    if (text.trim() !== '') context.checkNick(nick);
    const opened = await context.openQuery(nick);
    if (text.trim() !== '') await context.say(opened, 'privmsg', text);
    return focusOn(opened.id);
  },
};
