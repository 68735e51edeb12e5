import { done, firstWord, usageError, type Command } from './command.ts';

export const notice: Command = {
  name: 'notice',
  aliases: [],
  usage: '/notice nick-or-#channel text',
  help: 'Sends a notice.',
  arguments: ['target', 'text'],
  run: (args, context) => {
    const [target, text] = firstWord(args);
    if (target === '' || text.trim() === '') throw usageError(notice);
    context.act({ kind: 'text', target, form: 'notice', text });
    return Promise.resolve(done);
  },
};
