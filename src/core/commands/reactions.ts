/** /react, /unreact, /redact and /reply: about the newest line that can be referred to. */
import { ContractError } from '../../contract/errors.ts';
import type { Message } from '../../contract/message.ts';
import { done, usageError, type Command, type CommandContext } from './command.ts';

async function newest(context: CommandContext, fits: (message: Message) => boolean): Promise<Message> {
  const found = (await context.newest()).findLast((message) => message.isReferable === true && fits(message));
  if (!found) throw new ContractError('notFound', 'There is no line here that the server lets one refer to.');
  return found;
}

const reaction = (name: string, removed: boolean, help: string): Command => {
  const command: Command = {
    name,
    aliases: [],
    usage: `/${name} emoji`,
    help,
    arguments: ['word'],
    run: async (args, context) => {
      const text = args.trim();
      if (text === '' || text.length > 64) throw usageError(command);
      await context.react((await newest(context, ({ self }) => !self)).id, text, removed);
      return done;
    },
  };
  return command;
};

export const react = reaction('react', false, 'Reacts to the newest line of somebody else.');
export const unreact = reaction('unreact', true, 'Takes a reaction to that line back.');

export const redact: Command = {
  name: 'redact',
  aliases: [],
  usage: '/redact [reason]',
  help: 'Takes your newest line back, where the server allows it. Others may have read it.',
  arguments: ['text'],
  run: async (args, context) => {
    await context.redact((await newest(context, ({ self }) => self)).id, args.trim());
    return done;
  },
};

export const reply: Command = {
  name: 'reply',
  aliases: [],
  usage: '/reply text',
  help: 'Answers the newest line of somebody else.',
  arguments: ['text'],
  run: async (args, context) => {
    if (args.trim() === '') throw usageError(reply);
    await context.say(context.buffer, 'privmsg', args, (await newest(context, ({ self }) => !self)).id);
    return done;
  },
};
