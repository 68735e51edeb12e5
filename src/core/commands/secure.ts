import { done, firstWord, focusOn, usageError, type Command } from './command.ts';

export const secure: Command = {
  name: 'secure',
  aliases: [],
  usage: '/secure [nick]',
  help: 'Offers the person of this conversation, or a nick, to go on in private, over Veilid instead of IRC. The offer ends after ten minutes.',
  arguments: ['nick'],
  run: async (args, context) => {
    const [nick, rest] = firstWord(args);
    if (rest.trim() !== '' || (nick !== '' && context.isChannel(nick))) throw usageError(secure);
    const query = nick === '' ? context.buffer : await context.openQuery(nick);
    await context.offerSecure(query.id);
    return query.id === context.buffer.id ? done : focusOn(query.id);
  },
};
