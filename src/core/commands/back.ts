import { setAway } from './away.ts';
import { words, type Command } from './command.ts';

export const back: Command = {
  name: 'back',
  aliases: [],
  usage: '/back',
  help: 'Marks you as back.',
  arguments: [],
  run: (args, context) => {
    words(args, 0, 0, back);
    return setAway(context, null);
  },
};
