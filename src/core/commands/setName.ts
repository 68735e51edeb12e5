import { checkLength, done, usageError, type Command } from './command.ts';

export const setName: Command = {
  name: 'setname',
  aliases: [],
  usage: '/setname real-name',
  help: 'Changes your real name, where the server allows it.',
  arguments: ['text'],
  run: (args, context) => {
    const realname = args.trim();
    if (realname === '') throw usageError(setName);
    context.act({ kind: 'setname', realname: checkLength('A real name', realname, context.isupport().nameLength) });
    return Promise.resolve(done);
  },
};
