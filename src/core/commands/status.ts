/** /op and its kin: one command for each way to give or take a status. */
import { ContractError } from '../../contract/errors.ts';
import { changeMode } from './changes.ts';
import { channelArgument, done, words, type Command } from './command.ts';

/** Nicks in one command. */
const MAX_NICKS = 50;

const status = (name: string, sign: '+' | '-', mode: string, what: string): Command => {
  const command: Command = {
    name,
    aliases: [],
    usage: `/${name} [#channel] nick [nick …]`,
    help: `${sign === '+' ? 'Gives' : 'Takes'} ${what} in a channel.`,
    arguments: ['nick', 'nick', 'nick', 'nick'],
    run: (args, context) => {
      const [channel, rest] = channelArgument(args, context, command);
      const nicks = words(rest, 1, MAX_NICKS, command);
      if (!context.isupport().prefixes.some((prefix) => prefix.mode === mode))
        throw new ContractError('unavailable', `This server has no mode for it (${mode}).`);
      changeMode(context, channel, sign, mode, nicks);
      return Promise.resolve(done);
    },
  };
  return command;
};

export const statusCommands: readonly Command[] = [
  status('op', '+', 'o', 'operator status'),
  status('deop', '-', 'o', 'operator status'),
  status('voice', '+', 'v', 'voice'),
  status('devoice', '-', 'v', 'voice'),
  status('halfop', '+', 'h', 'half-operator status'),
  status('dehalfop', '-', 'h', 'half-operator status'),
  status('protect', '+', 'a', 'protection'),
  status('deprotect', '-', 'a', 'protection'),
  status('owner', '+', 'q', 'ownership'),
  status('deowner', '-', 'q', 'ownership'),
];
