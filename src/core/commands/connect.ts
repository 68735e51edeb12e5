import { ContractError } from '../../contract/errors.ts';
import { done, focusOn, usageError, type Command } from './command.ts';

export const connect: Command = {
  name: 'connect',
  aliases: [],
  usage: '/connect [route-or-invite]',
  help: 'Starts a private conversation with the person whose route or invite you were given. Without one, connects this server again.',
  arguments: ['word'],
  run: async (args, context) => {
    const text = args.trim();
    if (/^ircs?:/i.test(text))
      throw new ContractError(
        'badInput',
        'Servers stand in the configuration file: add one under [servers.name], and it is connected at once.',
      );
    if (text !== '') return focusOn(await context.connectContact(text));
    if (context.buffer.server === null) throw usageError(connect);
    await context.reconnect();
    return done;
  },
};
