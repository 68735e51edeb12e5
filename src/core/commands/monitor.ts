import { ContractError } from '../../contract/errors.ts';
import { done, firstWord, usageError, type Command } from './command.ts';

const changes = {
  '+': 'add',
  '-': 'remove',
  add: 'add',
  remove: 'remove',
  c: 'clear',
  clear: 'clear',
  l: 'list',
  list: 'list',
  s: 'status',
  status: 'status',
} as const;
const isChange = (word: string): word is keyof typeof changes => Object.hasOwn(changes, word);

export const monitor: Command = {
  name: 'monitor',
  aliases: [],
  usage: '/monitor +|-|clear|list|status [nick,nick …]',
  help: 'Watches nicks: you are told when they come and go.',
  arguments: ['word', 'nick'],
  run: (args, context) => {
    const [first, rest] = firstWord(args);
    // `+nick` is written together as often as not.
    const joined = /^([+-])(.+)$/.exec(first);
    const word = joined?.[1] ?? first.toLowerCase();
    if (!isChange(word)) throw usageError(monitor);
    const change = changes[word];
    const nicks = `${joined?.[2] ?? ''} ${rest}`.split(/[ ,]+/).filter((nick) => nick !== '');
    if ((change === 'add' || change === 'remove') !== nicks.length > 0) throw usageError(monitor);
    const limit = context.isupport().monitor;
    if (limit === null) throw new ContractError('unavailable', 'This server cannot watch nicks.');
    if (nicks.length > limit) throw new ContractError('limit', `This server watches ${limit} nicks at most.`);
    context.act({ kind: 'monitor', change, nicks });
    return Promise.resolve(done);
  },
};
