import { done, words, type Command } from './command.ts';

export const clear: Command = {
  name: 'clear',
  aliases: [],
  usage: '/clear',
  help: 'Empties the view of this conversation. Its lines stay stored, and are there when it is opened again.',
  arguments: [],
  run: (args) => {
    words(args, 0, 0, clear);
    return Promise.resolve({ ...done, clear: true });
  },
};
