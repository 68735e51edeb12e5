import { nickOfQuery } from '../secure/mark.ts';
import { done, firstWord, usageError, type Command } from './command.ts';

export const whois: Command = {
  name: 'whois',
  aliases: [],
  usage: '/whois [nick]',
  help: 'Asks the server about a nick.',
  arguments: ['nick'],
  run: (args, context) => {
    const [word] = firstWord(args);
    const nick = word === '' && context.buffer.kind === 'query' ? nickOfQuery(context.buffer.name) : word;
    if (nick === '') throw usageError(whois);
    context.act({ kind: 'whois', nick });
    const elsewhere = context.buffer.kind !== 'server' && context.buffer.server !== null;
    return Promise.resolve(elsewhere ? { ...done, note: `The answer stands in ${context.buffer.server}.` } : done);
  },
};
