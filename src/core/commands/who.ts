import { done, usageError, words, type Command } from './command.ts';

export const who: Command = {
  name: 'who',
  aliases: [],
  usage: '/who [#channel-or-mask] [options]',
  help: 'Asks the server who is in a channel, or fits a mask.',
  arguments: ['target', 'word'],
  run: (args, context) => {
    const [named, options] = words(args, 0, 2, who);
    const mask = named ?? (context.buffer.kind === 'channel' ? context.buffer.name : null);
    if (mask === null) throw usageError(who);
    if (options === undefined) context.act({ kind: 'who', mask });
    else context.act({ kind: 'raw', line: `WHO ${mask} ${options}` });
    return Promise.resolve(done);
  },
};
