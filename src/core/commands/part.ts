import { channelArgument, done, type Command } from './command.ts';

export const part: Command = {
  name: 'part',
  aliases: ['leave'],
  usage: '/part [#channel] [reason]',
  help: 'Leaves a channel; its lines stay readable.',
  arguments: ['channel', 'text'],
  run: (args, context) => {
    const [channel, reason] = channelArgument(args, context, part);
    context.act({ kind: 'part', channel, reason: reason.trim() === '' ? null : reason });
    return Promise.resolve(done);
  },
};
