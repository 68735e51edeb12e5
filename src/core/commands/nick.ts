import { checkLength, done, words, type Command } from './command.ts';

export const nick: Command = {
  name: 'nick',
  aliases: [],
  usage: '/nick new-nick',
  help: 'Changes your nick on this server.',
  arguments: ['word'],
  run: (args, context) => {
    const [wanted = ''] = words(args, 1, 1, nick);
    context.act({ kind: 'nick', nick: checkLength('A nick', wanted, context.isupport().nickLength) });
    return Promise.resolve(done);
  },
};
