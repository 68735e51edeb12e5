import { ContractError } from '../../contract/errors.ts';
import { done, words, type Command } from './command.ts';

/** UTF-16 units of a nick or mask; the configuration has the same limit. */
const MAX_MASK = 200;

export const ignore: Command = {
  name: 'ignore',
  aliases: [],
  usage: '/ignore [nick-or-mask]',
  help: 'Stops hearing somebody on this server: texts, invitations, CTCP and files. Without a name, lists who is ignored.',
  arguments: ['nick'],
  run: async (args, context) => {
    const [mask] = words(args, 0, 1, ignore);
    if (mask === undefined) {
      const lines = context.ignored().map(({ user, channel }) => (channel === null ? user : `${user} in ${channel}`));
      context.info(lines.length === 0 ? ['Nobody is ignored on this server.'] : lines);
      return done;
    }
    if (mask.length > MAX_MASK || /^[*!@?]*$/.test(mask)) throw new ContractError('badInput', 'Name a nick, or a mask such as *!*@host.');
    const isNew = await context.setIgnored(mask, true);
    return { ...done, note: isNew ? `${mask} is ignored. /unignore ${mask} takes it back.` : `${mask} is ignored already.` };
  },
};

export const unignore: Command = {
  name: 'unignore',
  aliases: [],
  usage: '/unignore nick-or-mask',
  help: 'Hears somebody again.',
  arguments: ['mask'],
  run: async (args, context) => {
    const [mask = ''] = words(args, 1, 1, unignore);
    if (!(await context.setIgnored(mask, false))) throw new ContractError('notFound', `${mask} is not in the list. /ignore shows it.`);
    return { ...done, note: `${mask} is heard again.` };
  },
};
