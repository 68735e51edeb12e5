import { ContractError } from '../../contract/errors.ts';
import { nickOfQuery } from '../secure/mark.ts';
import { done, optional, usageError, type Command } from './command.ts';

export const search: Command = {
  name: 'search',
  aliases: [],
  usage: '/search text',
  help: 'Searches the history that a bouncer keeps of this conversation.',
  arguments: ['text'],
  run: (args, context) => {
    const text = optional(args);
    if (text === null) throw usageError(search);
    if (!context.server().features.search) throw new ContractError('unavailable', 'This server cannot search its history.');
    const { kind, name } = context.buffer;
    context.act({ kind: 'search', target: kind === 'channel' ? name : kind === 'query' ? nickOfQuery(name) : null, text });
    return Promise.resolve(done);
  },
};
