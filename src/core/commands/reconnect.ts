import { done, words, type Command } from './command.ts';

export const reconnect: Command = {
  name: 'reconnect',
  aliases: [],
  usage: '/reconnect',
  help: 'Connects to this server again.',
  arguments: [],
  run: async (args, context) => {
    words(args, 0, 0, reconnect);
    await context.reconnect();
    return done;
  },
};
