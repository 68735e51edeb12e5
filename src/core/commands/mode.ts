import { ContractError } from '../../contract/errors.ts';
import { done, usageError, words, type Command } from './command.ts';

/** Parameters of an IRC line without the target and the modes (RFC 1459 2.3). */
const MAX_PARAMS = 13;

export const mode: Command = {
  name: 'mode',
  aliases: ['m'],
  usage: '/mode [#channel-or-nick] [+modes-modes] [parameter …]',
  help: 'Shows or changes the modes of a channel or of yourself.',
  arguments: ['target', 'mode', 'mask', 'mask', 'mask'],
  run: (args, context) => {
    const all = words(args, 0, MAX_PARAMS + 2, mode);
    const [first = ''] = all;
    const isHere = first === '' || /^[+-]/.test(first);
    const target = isHere ? (context.buffer.kind === 'channel' ? context.buffer.name : context.server().nick) : first;
    if (target === null) throw usageError(mode);
    const [modes = '', ...params] = isHere ? all : all.slice(1);
    if (!/^[+-]*[A-Za-z+-]*$/.test(modes)) throw new ContractError('badInput', 'Modes are letters behind + and -.');
    if (params.length > context.isupport().modes && params.length > 3)
      throw new ContractError('limit', `This server takes ${context.isupport().modes} modes with a parameter at a time.`);
    context.act({ kind: 'mode', target, modes, params });
    return Promise.resolve(done);
  },
};
