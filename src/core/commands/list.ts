import { done, words, type Command } from './command.ts';

export const list: Command = {
  name: 'list',
  aliases: [],
  usage: '/list [pattern]',
  help: 'Asks the server for its channels.',
  arguments: ['word'],
  run: (args, context) => {
    const [pattern = null] = words(args, 0, 1, list);
    context.act({ kind: 'list', pattern });
    return Promise.resolve(done);
  },
};
