import { done, usageError, words, type Command } from './command.ts';

export const dcc: Command = {
  name: 'dcc',
  aliases: [],
  usage: '/dcc [list|get number|close number]',
  help: 'Lists the files on their way, takes one that is offered, or ends one. A file is offered with the button of a conversation.',
  arguments: ['word', 'word'],
  run: (args, context) => {
    const [what = 'list', number] = words(args, 0, 2, dcc);
    if (what === 'list' && number === undefined) {
      const lines = context.transfers().map(({ id, direction, nick, name, size, done: bytes, state, text }) => {
        const much = size === null ? `${bytes} bytes` : `${bytes} of ${size} bytes`;
        return `${id}: ${name} ${direction === 'receive' ? 'from' : 'to'} ${nick}, ${much}, ${state}. ${text}`;
      });
      context.info(lines.length === 0 ? ['No file is on its way.'] : lines);
      return Promise.resolve(done);
    }
    const id = Number(number);
    if (!Number.isInteger(id) || (what !== 'get' && what !== 'close')) throw usageError(dcc);
    context.transfer(id, what === 'get' ? 'accept' : 'cancel');
    return Promise.resolve(done);
  },
};
