import { ContractError } from '../../contract/errors.ts';
import { focusOn, type Command } from './command.ts';

export const insecure: Command = {
  name: 'insecure',
  aliases: [],
  usage: '/insecure yes',
  help: 'Opens plain IRC beside a private conversation that was begun with /secure. The IRC server can read what is said there.',
  arguments: ['nick'],
  run: async (args, context) => {
    if (args.trim().toLowerCase() !== 'yes')
      throw new ContractError(
        'badInput',
        'This opens plain IRC beside the private conversation: the IRC server can read what you write there, and the nick may be somebody else’s. Type /insecure yes to do it.',
      );
    return focusOn(await context.openPlain());
  },
};
