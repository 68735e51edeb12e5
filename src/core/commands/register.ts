import { ContractError } from '../../contract/errors.ts';
import { done, words, type Command, type CommandContext } from './command.ts';

const check = (context: CommandContext): void => {
  if (!context.server().features.accountRegistration)
    throw new ContractError(
      'unavailable',
      'This server does not make accounts that way. On many networks /msg NickServ HELP REGISTER explains it.',
    );
};

export const register: Command = {
  name: 'register',
  aliases: [],
  usage: '/register account|* email|* password',
  help: 'Makes an account on this network. * stands for your nick, or for no address.',
  arguments: ['word', 'word', 'word'],
  run: async (args, context) => {
    const [account = '', email = '', password = ''] = words(args, 3, 3, register);
    check(context);
    const note = await context.register({ account: account === '*' ? null : account, email: email === '*' ? null : email, password });
    return { ...done, note };
  },
};

export const verify: Command = {
  name: 'verify',
  aliases: [],
  usage: '/verify account code',
  help: 'Confirms a new account with the code that came by mail.',
  arguments: ['word', 'word'],
  run: async (args, context) => {
    const [account = '', code = ''] = words(args, 2, 2, verify);
    check(context);
    return { ...done, note: await context.verify({ account, code }) };
  },
};
