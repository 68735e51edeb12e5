import { channelArgument, done, optional, type Command } from './command.ts';

export const hop: Command = {
  name: 'hop',
  aliases: ['cycle', 'rejoin'],
  usage: '/hop [#channel] [reason]',
  help: 'Leaves a channel and joins it again; where you are not in it (after a kick), joins it.',
  arguments: ['channel', 'text'],
  run: (args, context) => {
    const [channel, reason] = channelArgument(args, context, hop);
    const isThis = context.buffer.kind === 'channel' && context.buffer.name === channel;
    if (!isThis || context.buffer.joined) context.act({ kind: 'part', channel, reason: optional(reason) });
    context.act({ kind: 'join', channel, key: null });
    return Promise.resolve(done);
  },
};
