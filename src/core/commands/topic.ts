import { channelArgument, done, type Command } from './command.ts';

export const topic: Command = {
  name: 'topic',
  aliases: ['t'],
  usage: '/topic [#channel] [text]',
  help: 'Shows or sets the topic of a channel.',
  arguments: ['text'],
  run: (args, context) => {
    const [channel, text] = channelArgument(args, context, topic);
    context.act({ kind: 'topic', channel, topic: text.trim() === '' ? null : text });
    return Promise.resolve(done);
  },
};
