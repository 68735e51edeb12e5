import type { CommandView } from '../../contract/views.ts';
import type { Command } from './command.ts';

/** The commands as pages complete them, the user's own ones (name -> text) first, as they win. */
export function commandViews(commands: readonly Command[], aliases: Readonly<Record<string, string>>): CommandView[] {
  const own = Object.entries(aliases).map(([name, text]): CommandView => ({
    name,
    aliases: [],
    usage: `/${name}`,
    help: `Yours: ${text}`,
    arguments: ['word', 'text'],
  }));
  const ours = commands
    .filter(({ name }) => !Object.hasOwn(aliases, name))
    .map(({ name, aliases: others, usage, help, arguments: kinds }): CommandView => ({
      name,
      aliases: others.filter((other) => !Object.hasOwn(aliases, other)),
      usage,
      help,
      arguments: [...kinds],
    }));
  return [...own, ...ours];
}
