import { done, usageError, type Command } from './command.ts';

export const nick: Command = {
  name: 'nick',
  aliases: [],
  usage: '/nick new-nick',
  help: 'Changes your nick on this server.',
  arguments: ['word'],
  run: (args, context) => {
    const wanted = args.trim();
    if (wanted === '' || wanted.includes(' ')) throw usageError(nick);
    context.act({ kind: 'nick', nick: wanted });
    return Promise.resolve(done);
  },
};
