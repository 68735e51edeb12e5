import { channelArgument, done, optional, type Command } from './command.ts';

export const part: Command = {
  name: 'part',
  aliases: ['leave'],
  usage: '/part [#channel] [reason]',
  help: 'Leaves a channel; its lines stay readable.',
  arguments: ['channel', 'text'],
  run: (args, context) => {
    const [channel, reason] = channelArgument(args, context, part);
    context.act({ kind: 'part', channel, reason: optional(reason) ?? optional(context.settings().partReason) });
    return Promise.resolve(done);
  },
};
