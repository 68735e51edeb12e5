import { done, type Command } from './command.ts';

export const away: Command = {
  name: 'away',
  aliases: [],
  usage: '/away [reason]',
  help: 'Marks you as away; without a reason, as back.',
  arguments: ['text'],
  run: (args, context) => {
    if (context.buffer.kind === 'private') {
      const away = args.trim() !== '';
      context.setAway(away);
      return Promise.resolve({ ...done, note: away ? 'Contacts who see your presence see that you are away.' : 'You are back.' });
    }
    context.act({ kind: 'away', reason: args.trim() === '' ? null : args.trim() });
    return Promise.resolve(done);
  },
};
