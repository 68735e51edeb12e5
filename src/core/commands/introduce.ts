import { done, firstWord, usageError, type Command } from './command.ts';

export const introduce: Command = {
  name: 'introduce',
  aliases: [],
  usage: '/introduce contact [to-contact]',
  help: 'Gives the name, fingerprint and addresses of one of your contacts to the contact of this conversation, or to another one.',
  arguments: ['contact', 'contact'],
  run: async (args, context) => {
    const [contact, rest] = firstWord(args);
    const to = rest.trim();
    if (contact === '' || /\s/.test(to)) throw usageError(introduce);
    return { ...done, note: await context.introduce(contact, to === '' ? null : to) };
  },
};
