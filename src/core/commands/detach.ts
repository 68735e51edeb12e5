import { ContractError } from '../../contract/errors.ts';
import { channelArgument, done, type Command } from './command.ts';

export const detach: Command = {
  name: 'detach',
  aliases: [],
  usage: '/detach [#channel]',
  help: 'Leaves a channel to your bouncer (soju): it stays in it and keeps the history.',
  arguments: ['channel'],
  run: (args, context) => {
    const [channel] = channelArgument(args, context, detach);
    // Elsewhere it would be an ordinary PART.
    if (context.isupport().bouncerNetId === null && !context.server().features.bouncer)
      throw new ContractError('unavailable', 'This server is no bouncer: /part leaves the channel.');
    context.act({ kind: 'part', channel, reason: 'detach' });
    return Promise.resolve(done);
  },
};
