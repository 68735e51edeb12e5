import { changeMode } from './changes.ts';
import { channelArgument, done, firstWord, optional, usageError, type Command } from './command.ts';
import { kickFrom } from './kick.ts';
import { maskFor } from './masks.ts';

export const kickBan: Command = {
  name: 'kickban',
  aliases: ['kb'],
  usage: '/kickban [#channel] nick [reason]',
  help: 'Bans somebody from a channel, by account or host where these are known, and throws them out.',
  arguments: ['nick', 'text'],
  run: (args, context) => {
    const [channel, rest] = channelArgument(args, context, kickBan);
    const [nick, reason] = firstWord(rest);
    if (nick === '' || /[!@*?]/.test(nick)) throw usageError(kickBan);
    changeMode(context, channel, '+', 'b', [maskFor(context, nick)]);
    kickFrom(context, channel, nick, optional(reason));
    return Promise.resolve(done);
  },
};
