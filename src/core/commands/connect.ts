import { focusOn, usageError, type Command } from './command.ts';

export const connect: Command = {
  name: 'connect',
  aliases: [],
  usage: '/connect route-or-invite',
  help: 'Starts a private conversation with the person whose route or invite you were given.',
  arguments: ['word'],
  run: async (args, context) => {
    if (args.trim() === '') throw usageError(connect);
    return focusOn(await context.connectContact(args.trim()));
  },
};
