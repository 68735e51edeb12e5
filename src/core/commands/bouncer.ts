import { ContractError } from '../../contract/errors.ts';
import { done, usageError, words, type Command } from './command.ts';

/** Attributes of one change. */
const MAX_ATTRIBUTES = 20;

/** `key=value` words. */
function attributesOf(list: readonly string[], command: Command): Record<string, string> {
  return Object.fromEntries(
    list.map((word) => {
      const cut = word.indexOf('=');
      if (cut < 1 || !/^[a-z][a-z0-9-]*$/.test(word.slice(0, cut))) throw usageError(command);
      return [word.slice(0, cut), word.slice(cut + 1)];
    }),
  );
}

export const bouncer: Command = {
  name: 'bouncer',
  aliases: [],
  usage: '/bouncer list, add key=value …, change id key=value …, or delete id',
  help: 'Lists and changes the networks of a bouncer (soju).',
  arguments: ['word', 'word', 'word', 'word'],
  run: (args, context) => {
    const [what = 'list', ...rest] = words(args, 0, MAX_ATTRIBUTES + 2, bouncer);
    const { features, bouncerNetworks } = context.server();
    if (!features.bouncer) throw new ContractError('unavailable', 'This server is no bouncer that Sotto can set up.');
    if (what === 'list') {
      context.info(
        bouncerNetworks.length === 0 ? ['No network yet.'] : bouncerNetworks.map(({ id, name, state }) => `${id}: ${name}, ${state}`),
      );
    } else if (what === 'add' && rest.length > 0) {
      context.act({ kind: 'bouncer', change: 'add', id: null, attributes: attributesOf(rest, bouncer) });
    } else if (what === 'change' && rest.length > 1) {
      context.act({ kind: 'bouncer', change: 'change', id: rest[0] ?? null, attributes: attributesOf(rest.slice(1), bouncer) });
    } else if (what === 'delete' && rest.length === 1) {
      context.act({ kind: 'bouncer', change: 'delete', id: rest[0] ?? null, attributes: {} });
    } else throw usageError(bouncer);
    return Promise.resolve(done);
  },
};
