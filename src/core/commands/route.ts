import { type Command } from './command.ts';

export const route: Command = {
  name: 'route',
  aliases: [],
  usage: '/route',
  help: 'Copies your route, for somebody who wants to write to you privately.',
  arguments: [],
  run: async (_args, context) => ({ focus: null, copy: await context.ownRoute(), note: 'Your route is on the clipboard.' }),
};
