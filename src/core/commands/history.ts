import { ContractError } from '../../contract/errors.ts';
import { done, words, type Command } from './command.ts';

export const history: Command = {
  name: 'history',
  aliases: [],
  usage: '/history',
  help: 'Asks the server for lines older than those that are here.',
  arguments: [],
  run: async (args, context) => {
    words(args, 0, 0, history);
    const { lines, ended } = await context.older();
    const count = lines === 1 ? '1 older line was' : `${lines} older lines were`;
    return { ...done, note: `${count} fetched.${ended ? ' The server has no more.' : ''}` };
  },
};

const SUBCOMMANDS = /^(?:AFTER|AROUND|BEFORE|BETWEEN|LATEST|TARGETS)$/i;

export const chatHistory: Command = {
  name: 'chathistory',
  aliases: [],
  usage: '/chathistory before|after|around|between|latest|targets …',
  help: 'Sends a CHATHISTORY request as it stands. /history asks for older lines of this conversation.',
  arguments: ['word', 'target', 'word', 'word', 'word'],
  run: (args, context) => {
    const [what = '', ...rest] = words(args, 3, 6, chatHistory);
    if (!SUBCOMMANDS.test(what)) throw new ContractError('badInput', `Usage: ${chatHistory.usage}`);
    if (!context.server().features.history) throw new ContractError('unavailable', 'This server keeps no history.');
    context.act({ kind: 'raw', line: ['CHATHISTORY', what.toUpperCase(), ...rest].join(' ') });
    return Promise.resolve(done);
  },
};
