import { channelArgument, checkLength, done, optional, type Command } from './command.ts';

export const topic: Command = {
  name: 'topic',
  aliases: ['t'],
  usage: '/topic [#channel] [text]',
  help: 'Shows or sets the topic of a channel. /cleartopic removes it.',
  arguments: ['text'],
  run: (args, context) => {
    const [channel, text] = channelArgument(args, context, topic);
    const wanted = optional(text);
    if (wanted !== null) checkLength('A topic', wanted, context.isupport().topicLength);
    context.act({ kind: 'topic', channel, topic: wanted });
    return Promise.resolve(done);
  },
};
