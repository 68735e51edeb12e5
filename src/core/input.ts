import { ContractError } from '../contract/errors.ts';
import type { InputResult } from '../contract/views.ts';
import { done, type Command, type CommandContext } from './commands/command.ts';

/** Lines of one input: a paste beyond this is refused, not cut. */
export const MAX_INPUT_LINES = 200;

/** `whole` is the text as typed, for a private message; `lines` are its non-empty lines, for IRC. */
export type Input = { kind: 'command'; name: string; args: string } | { kind: 'text'; lines: string[]; whole: string };

/**
 * Reads what was typed. `/name args` is a command, `//text` says "/text". A line that would be a command but for a space
 * before it is refused: it is a slip that has sent passwords to channels.
 */
export function parseInput(text: string): Input {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const first = lines[0];
  if (first === undefined) throw new ContractError('badInput', 'There is nothing to send.');
  if (lines.length > MAX_INPUT_LINES) throw new ContractError('tooLong', `That is more than ${MAX_INPUT_LINES} lines.`);
  if (/^\s+\/[a-z]/i.test(first)) {
    throw new ContractError('badInput', 'This looks like a command behind a space. Remove the space, or write // to say it.');
  }
  if (first.startsWith('/') && !first.startsWith('//')) {
    if (lines.length > 1) throw new ContractError('badInput', 'A command has to stand on one line.');
    const end = first.indexOf(' ');
    const name = first.slice(1, end === -1 ? undefined : end).toLowerCase();
    return { kind: 'command', name, args: end === -1 ? '' : first.slice(end + 1) };
  }
  if (!first.startsWith('//')) return { kind: 'text', lines, whole: text };
  return { kind: 'text', lines: [first.slice(1), ...lines.slice(1)], whole: text.trimStart().slice(1) };
}

/** Runs one input for a buffer. Errors are sentences for the person who typed. */
export async function runInput(text: string, context: CommandContext): Promise<InputResult> {
  const input = parseInput(text);
  if (input.kind === 'command') {
    const command = findCommand(context.commands, input.name);
    if (!command) throw new ContractError('unknownCommand', `There is no command /${input.name}. /help lists them all.`);
    return command.run(input.args, context);
  }
  if (context.buffer.kind === 'server') {
    throw new ContractError('badInput', 'This is the server itself: join a channel or open a conversation to talk.');
  }
  // A private message carries its line breaks; IRC has one line a message.
  const parts = context.buffer.kind === 'private' ? [input.whole] : input.lines;
  for (const line of parts) await context.say(context.buffer, 'privmsg', line);
  return done;
}

const findCommand = (commands: readonly Command[], name: string): Command | undefined =>
  commands.find((command) => command.name === name || command.aliases.includes(name));
