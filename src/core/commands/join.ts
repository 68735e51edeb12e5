import { ContractError } from '../../contract/errors.ts';
import { checkLength, done, firstWord, focusOn, usageError, type Command } from './command.ts';

/** Channels in one command. */
const MAX_CHANNELS = 50;

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
    if (channels.length === 0 || rest.trim().includes(' ')) throw usageError(join);
    if (channels.length > MAX_CHANNELS) throw new ContractError('limit', `At most ${MAX_CHANNELS} channels at once.`);
    const { channelLength, keyLength } = context.isupport();
    const wanted = channels.map((channel, index) => ({
      name: checkLength('The name of a channel', context.isChannel(channel) ? channel : `#${channel}`, channelLength),
      key: checkLength('A key', keys[index] ?? '', keyLength),
    }));
    let result = done;
    for (const { name, key } of wanted) {
      context.act({ kind: 'join', channel: name, key: key === '' ? null : key });
      result = focusOn((await context.openChannel(name)).id);
    }
    return result;
  },
};
