import { channelArgument, done, usageError, type Command } from './command.ts';

export const clearTopic: Command = {
  name: 'cleartopic',
  aliases: ['ct'],
  usage: '/cleartopic [#channel]',
  help: 'Removes the topic of a channel.',
  arguments: ['channel'],
  run: (args, context) => {
    const [channel, rest] = channelArgument(args, context, clearTopic);
    if (rest.trim() !== '') throw usageError(clearTopic);
    context.act({ kind: 'topic', channel, topic: '' });
    return Promise.resolve(done);
  },
};
