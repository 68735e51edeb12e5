import { ContractError } from '../../contract/errors.ts';
import { done, type Command } from './command.ts';

export const help: Command = {
  name: 'help',
  aliases: ['h'],
  usage: '/help [command]',
  help: 'Lists the commands, or explains one.',
  arguments: ['command'],
  run: (args, context) => {
    const wanted = args.trim().replace(/^\//, '').toLowerCase();
    if (wanted === '') {
      context.info(context.commands.map((command) => `${command.usage}: ${command.help}`));
      return Promise.resolve(done);
    }
    const found = context.commands.find((command) => command.name === wanted || command.aliases.includes(wanted));
    if (!found) throw new ContractError('unknownCommand', `There is no command /${wanted}.`);
    const aliases = found.aliases.length === 0 ? '' : ` Also: ${found.aliases.map((alias) => `/${alias}`).join(', ')}.`;
    context.info([`${found.usage}: ${found.help}${aliases}`]);
    return Promise.resolve(done);
  },
};
