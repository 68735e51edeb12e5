import { channelArgument, done, firstWord, optional, usageError, type Command } from './command.ts';

export const knock: Command = {
  name: 'knock',
  aliases: [],
  usage: '/knock #channel [text]',
  help: 'Asks to be invited to a channel.',
  arguments: ['channel', 'text'],
  run: (args, context) => {
    const [named] = firstWord(args);
    if (!context.isChannel(named)) throw usageError(knock);
    const [channel, text] = channelArgument(args, context, knock);
    context.act({ kind: 'knock', channel, text: optional(text) });
    return Promise.resolve(done);
  },
};
