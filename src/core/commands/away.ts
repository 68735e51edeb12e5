import { done, type Command } from './command.ts';

export const away: Command = {
  name: 'away',
  aliases: [],
  usage: '/away [reason]',
  help: 'Marks you as away; without a reason, as back.',
  run: (args, context) => {
    context.act({ kind: 'away', reason: args.trim() === '' ? null : args.trim() });
    return Promise.resolve(done);
  },
};
