/** /ban, /unban, /quiet, /unquiet: list modes with a mask made of what is known. */
import { ContractError } from '../../contract/errors.ts';
import { changeMode } from './changes.ts';
import { channelArgument, done, words, type Command } from './command.ts';
import { maskFor, quietOf } from './masks.ts';

/** Masks in one command. */
const MAX_MASKS = 20;

const listMode = (name: string, sign: '+' | '-', kind: 'ban' | 'quiet', help: string): Command => {
  const command: Command = {
    name,
    aliases: [],
    usage: `/${name} [#channel] nick-or-mask [nick-or-mask …]`,
    help,
    arguments: ['mask', 'mask', 'mask', 'mask'],
    run: (args, context) => {
      const [channel, rest] = channelArgument(args, context, command);
      const masks = words(rest, 1, MAX_MASKS, command).map((text) => maskFor(context, text));
      if (kind === 'ban') {
        changeMode(context, channel, sign, 'b', masks);
        return Promise.resolve(done);
      }
      const quiets = masks.map((mask) => quietOf(context, mask)).filter((quiet) => quiet !== null);
      const [first] = quiets;
      if (!first) throw new ContractError('unavailable', 'This server cannot silence somebody without a ban.');
      changeMode(
        context,
        channel,
        sign,
        first.mode,
        quiets.map(({ mask }) => mask),
      );
      return Promise.resolve(done);
    },
  };
  return command;
};

export const ban = listMode('ban', '+', 'ban', 'Bans somebody from a channel: by account or host where these are known.');
export const unban = listMode('unban', '-', 'ban', 'Takes a ban away.');
export const quiet = listMode('quiet', '+', 'quiet', 'Silences somebody in a channel without a ban, where the server can do that.');
export const unquiet = listMode('unquiet', '-', 'quiet', 'Lets somebody speak again.');
