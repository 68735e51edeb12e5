import { channelArgument, done, type Command } from './command.ts';

export const names: Command = {
  name: 'names',
  aliases: [],
  usage: '/names [#channel]',
  help: 'Asks for the list of people in a channel again.',
  arguments: ['channel'],
  run: (args, context) => {
    const [channel] = channelArgument(args, context, names);
    context.act({ kind: 'names', channel });
    return Promise.resolve(done);
  },
};
