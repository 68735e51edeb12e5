import { done, firstWord, focusOn, usageError, type Command } from './command.ts';

export const join: Command = {
  name: 'join',
  aliases: ['j'],
  usage: '/join #channel[,#other] [key[,key]]',
  help: 'Joins one or more channels.',
  arguments: ['channel', 'word'],
  run: async (args, context) => {
    const [names, rest] = firstWord(args);
    const keys = rest.trim() === '' ? [] : rest.trim().split(',');
    const channels = names.split(',').filter((name) => name !== '');
    if (channels.length === 0) throw usageError(join);
    let result = done;
    for (const [index, channel] of channels.entries()) {
      const name = context.isChannel(channel) ? channel : `#${channel}`;
      context.act({ kind: 'join', channel: name, key: keys[index] ?? null });
      result = focusOn((await context.openChannel(name)).id);
    }
    return result;
  },
};
