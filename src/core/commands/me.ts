import { done, usageError, type Command } from './command.ts';

export const me: Command = {
  name: 'me',
  aliases: ['describe'],
  usage: '/me text',
  help: 'Says what you do, as an action.',
  arguments: ['text'],
  run: async (args, context) => {
    if (args.trim() === '') throw usageError(me);
    await context.say(context.buffer, 'action', args);
    return done;
  },
};
