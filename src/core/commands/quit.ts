import { done, optional, type Command } from './command.ts';

export const quit: Command = {
  name: 'quit',
  aliases: ['disconnect'],
  usage: '/quit [reason]',
  help: 'Disconnects from this server. To end Sotto use Quit in the palette (Ctrl+K).',
  arguments: ['text'],
  run: async (args, context) => {
    await context.disconnect(optional(args) ?? optional(context.settings().quitReason));
    return done;
  },
};
