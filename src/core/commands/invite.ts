import { done, usageError, words, type Command } from './command.ts';

export const invite: Command = {
  name: 'invite',
  aliases: [],
  usage: '/invite nick [#channel]',
  help: 'Invites somebody to a channel.',
  arguments: ['nick', 'channel'],
  run: (args, context) => {
    const [nick = '', named] = words(args, 1, 2, invite);
    const channel = named ?? (context.buffer.kind === 'channel' ? context.buffer.name : '');
    if (!context.isChannel(channel)) throw usageError(invite);
    context.act({ kind: 'invite', nick, channel });
    return Promise.resolve(done);
  },
};
