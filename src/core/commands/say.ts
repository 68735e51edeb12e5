import { done, usageError, type Command } from './command.ts';

export const say: Command = {
  name: 'say',
  aliases: [],
  usage: '/say text',
  help: 'Says the text as it stands, whatever it looks like.',
  arguments: ['text'],
  run: async (args, context) => {
    if (args.trim() === '') throw usageError(say);
    await context.say(context.buffer, 'privmsg', args);
    return done;
  },
};
