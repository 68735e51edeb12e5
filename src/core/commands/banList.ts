import { ContractError } from '../../contract/errors.ts';
import { channelArgument, done, words, type Command } from './command.ts';

export const banList: Command = {
  name: 'banlist',
  aliases: ['bans'],
  usage: '/banlist [#channel] [mode]',
  help: 'Lists the bans of a channel, or another of its lists (e for exceptions, I for invitations, q for silenced).',
  arguments: ['channel', 'mode'],
  run: (args, context) => {
    const [channel, rest] = channelArgument(args, context, banList);
    const [mode = 'b'] = words(rest, 0, 1, banList);
    if (mode.length !== 1 || !context.isupport().chanModes.list.includes(mode))
      throw new ContractError('badInput', `This server’s lists are: ${Array.from(context.isupport().chanModes.list).join(', ')}.`);
    context.act({ kind: 'masks', channel, mode });
    return Promise.resolve(done);
  },
};
