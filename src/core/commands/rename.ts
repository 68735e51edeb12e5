import { ContractError } from '../../contract/errors.ts';
import { channelArgument, checkLength, done, firstWord, optional, usageError, type Command } from './command.ts';

export const rename: Command = {
  name: 'rename',
  aliases: [],
  usage: '/rename #channel #new-name [reason]',
  help: 'Gives a channel another name, where the server allows it.',
  arguments: ['channel', 'channel', 'text'],
  run: (args, context) => {
    const [first] = firstWord(args);
    if (!context.isChannel(first)) throw usageError(rename);
    const [channel, rest] = channelArgument(args, context, rename);
    const [to, reason] = firstWord(rest);
    if (!context.isChannel(to)) throw usageError(rename);
    if (!context.server().features.rename) throw new ContractError('unavailable', 'This server cannot rename channels.');
    context.act({
      kind: 'rename',
      channel,
      to: checkLength('The name of a channel', to, context.isupport().channelLength),
      reason: optional(reason),
    });
    return Promise.resolve(done);
  },
};
