import { checkLength, done, optional, type Command, type CommandContext } from './command.ts';

/** Tells server or contacts; `reason` null: back. */
export function setAway(context: CommandContext, reason: string | null): Promise<typeof done> {
  if (context.buffer.kind === 'private') {
    context.setAway(reason !== null);
    const note = reason === null ? 'You are back.' : 'Contacts who see your presence see that you are away.';
    return Promise.resolve({ ...done, note });
  }
  if (reason !== null) checkLength('The reason', reason, context.isupport().awayLength);
  context.act({ kind: 'away', reason });
  return Promise.resolve(done);
}

export const away: Command = {
  name: 'away',
  aliases: [],
  usage: '/away [reason]',
  help: 'Marks you as away; without a reason, as back.',
  arguments: ['text'],
  run: (args, context) => setAway(context, optional(args)),
};
