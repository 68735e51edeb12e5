import { ContractError } from '../../contract/errors.ts';
import { done, firstWord, optional, usageError, type Command } from './command.ts';

export const metadata: Command = {
  name: 'metadata',
  aliases: [],
  usage: '/metadata set key value, or /metadata clear key',
  help: 'Tells others something about you, where the server keeps it: display-name, status, pronouns, homepage, avatar, color.',
  arguments: ['word', 'word', 'text'],
  run: (args, context) => {
    const [what, rest] = firstWord(args);
    const [key, text] = firstWord(rest);
    const value = optional(text);
    if (!/^[a-z0-9_./-]{1,64}$/.test(key) || !(what === 'set' ? value !== null : what === 'clear' && value === null))
      throw usageError(metadata);
    if (!context.server().features.metadata) throw new ContractError('unavailable', 'This server does not keep such things.');
    context.act({ kind: 'metadata', target: '*', key, value });
    return Promise.resolve(done);
  },
};
