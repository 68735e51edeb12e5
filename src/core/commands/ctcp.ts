import { ContractError } from '../../contract/errors.ts';
import { done, firstWord, usageError, type Command, type CommandContext } from './command.ts';

/** UTF-16 units of a request. */
const MAX_REQUEST = 300;

async function request(context: CommandContext, target: string, command: string, text: string): Promise<typeof done> {
  if (text.length > MAX_REQUEST) throw new ContractError('tooLong', `A CTCP request has at most ${MAX_REQUEST} characters.`);
  if (!context.isChannel(target)) context.checkNick(target);
  // An action is a text: it is shown and goes where texts go.
  if (command === 'ACTION') {
    await context.say(context.isChannel(target) ? await context.openChannel(target) : await context.openQuery(target), 'action', text);
    return done;
  }
  context.act({ kind: 'ctcp', target, command, text: command === 'PING' && text === '' ? String(Date.now()) : text });
  return done;
}

export const ctcp: Command = {
  name: 'ctcp',
  aliases: [],
  usage: '/ctcp nick VERSION|PING|TIME|CLIENTINFO|USERINFO|SOURCE [text]',
  help: 'Sends a request to somebody’s program. The answer stands in the conversation, or in the server’s buffer.',
  arguments: ['target', 'word', 'text'],
  run: (args, context) => {
    const [target, rest] = firstWord(args);
    const [word, text] = firstWord(rest);
    const command = word.toUpperCase();
    if (target === '' || !/^[A-Z0-9_-]{1,32}$/.test(command)) throw usageError(ctcp);
    if (command === 'DCC' || command === 'SOTTO') throw new ContractError('badInput', 'Use /dcc and /secure for these.');
    return request(context, target, command, text);
  },
};

export const ping: Command = {
  name: 'ping',
  aliases: [],
  usage: '/ping nick',
  help: 'Measures how long it takes to somebody and back.',
  arguments: ['nick'],
  run: (args, context) => {
    const [target, rest] = firstWord(args);
    if (target === '' || rest.trim() !== '') throw usageError(ping);
    return request(context, target, 'PING', '');
  },
};
