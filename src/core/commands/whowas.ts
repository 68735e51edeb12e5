import { done, words, type Command } from './command.ts';

export const whowas: Command = {
  name: 'whowas',
  aliases: [],
  usage: '/whowas nick',
  help: 'Asks the server who had a nick before.',
  arguments: ['nick'],
  run: (args, context) => {
    const [nick = ''] = words(args, 1, 1, whowas);
    context.act({ kind: 'whowas', nick });
    return Promise.resolve(done);
  },
};
