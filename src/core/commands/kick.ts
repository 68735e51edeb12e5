import { channelArgument, checkLength, done, firstWord, optional, usageError, type Command, type CommandContext } from './command.ts';

/** Throws `tooLong`. */
export function kickFrom(context: CommandContext, channel: string, nick: string, reason: string | null): void {
  if (reason !== null) checkLength('The reason', reason, context.isupport().kickLength);
  context.act({ kind: 'kick', channel, nick, reason });
}

export const kick: Command = {
  name: 'kick',
  aliases: ['k'],
  usage: '/kick [#channel] nick [reason]',
  help: 'Throws somebody out of a channel.',
  arguments: ['nick', 'text'],
  run: (args, context) => {
    const [channel, rest] = channelArgument(args, context, kick);
    const [nick, reason] = firstWord(rest);
    if (nick === '') throw usageError(kick);
    kickFrom(context, channel, nick, optional(reason));
    return Promise.resolve(done);
  },
};
