import { ContractError } from '../../contract/errors.ts';
import { done, usageError, type Command } from './command.ts';

export const raw: Command = {
  name: 'raw',
  aliases: ['quote'],
  usage: '/raw line',
  help: 'Sends a line to the server as it stands.',
  arguments: ['text'],
  run: (args, context) => {
    const line = args.trim();
    if (line === '') throw usageError(raw);
    if (/^(?:@\S+ +)?quit\b/i.test(line)) throw new ContractError('badInput', 'Use /quit, so that Sotto does not connect again.');
    context.act({ kind: 'raw', line });
    return Promise.resolve(done);
  },
};
