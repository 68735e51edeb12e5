import { cpus, freemem, release, totalmem, type, uptime } from 'node:os';
import { ContractError } from '../../contract/errors.ts';
import { done, words, type Command } from './command.ts';

const GIB = 1_024 ** 3;
const gigabytes = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

export const sysinfo: Command = {
  name: 'sysinfo',
  aliases: [],
  usage: '/sysinfo',
  help: 'Says what this computer is: system, processor, memory and how long it runs. Everybody in the conversation reads it.',
  arguments: [],
  run: async (args, context) => {
    words(args, 0, 0, sysinfo);
    const { sysinfo: wanted } = context.settings();
    const all = cpus();
    const hours = Math.floor(uptime() / 3_600);
    const parts = [
      ...(wanted.os ? [`${type()} ${release()}`] : []),
      ...(wanted.cpu ? [`${all[0]?.model.trim() ?? 'unknown processor'} (${all.length} cores)`] : []),
      ...(wanted.memory ? [`${gigabytes(totalmem() - freemem())} of ${gigabytes(totalmem())} used`] : []),
      ...(wanted.uptime ? [`up ${Math.floor(hours / 24)} d ${hours % 24} h`] : []),
    ];
    if (parts.length === 0) throw new ContractError('badInput', 'Everything is switched off under `[buffer.commands.sysinfo]`.');
    await context.say(context.buffer, 'privmsg', parts.join(' · '));
    return done;
  },
};
