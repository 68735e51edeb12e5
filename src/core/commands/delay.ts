import { setTimeout as sleep } from 'node:timers/promises';
import { ContractError } from '../../contract/errors.ts';
import { done, words, type Command } from './command.ts';

const MAX_SECONDS = 300;

export const delay: Command = {
  name: 'delay',
  aliases: [],
  usage: '/delay seconds',
  help: 'Waits before the next command of `on_connect`. It works only there.',
  arguments: ['word'],
  run: async (args, context) => {
    const [text = ''] = words(args, 1, 1, delay);
    const seconds = Number(text);
    if (!context.isOnConnect) throw new ContractError('badInput', '/delay works only in `on_connect`.');
    if (!(seconds > 0 && seconds <= MAX_SECONDS)) throw new ContractError('badInput', `Between 0 and ${MAX_SECONDS} seconds.`);
    await sleep(seconds * 1_000, undefined, { signal: context.signal });
    return done;
  },
};
