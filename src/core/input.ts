import { ContractError } from '../contract/errors.ts';
import type { InputResult } from '../contract/views.ts';
import { expandAlias } from './aliases.ts';
import { done, type Command, type CommandContext } from './commands/command.ts';
import { nearestName } from '../config/keyNames.ts';
import { nickOfQuery } from './secure/mark.ts';

/** Lines of one input: a paste beyond this is refused, not cut. */
export const MAX_INPUT_LINES = 200;

/** `whole` is the text as typed, for a private message; `lines` are its non-empty lines, for IRC. */
export type Input = { kind: 'command'; name: string; args: string } | { kind: 'text'; lines: string[]; whole: string };

/** What is meant for services and would give a password away: a command without its slash, or one of NickServ's on its own. */
const MEANT_FOR_SERVICES = [
  /^\s*(?:msg|m|query|q|notice|privmsg|squery|raw|quote)\s+(?:privmsg\s+)?[\w-]*serv(?:@\S+)?\s+\S/i,
  /^\s*(?:ns|cs|nickserv|chanserv)\s+(?:id|identify|login|register|ghost|regain|recover|release|group|set|drop|verify)\b/i,
  /^\s*(?:identify|sidentify)\s+\S+(?:\s+\S+)?\s*$/i,
];

/**
 * Reads what was typed. `/name args` is a command, `//text` says "/text". A line that would be a command but for a space
 * before it is refused, and so is one that looks like a password for services: these are slips that have sent passwords to channels. `/say` says them.
 */
export function parseInput(text: string): Input {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const first = lines[0];
  if (first === undefined) throw new ContractError('badInput', 'There is nothing to send.');
  if (lines.length > MAX_INPUT_LINES) throw new ContractError('tooLong', `That is more than ${MAX_INPUT_LINES} lines.`);
  if (lines.some((line) => /^\s+\/[a-z]/i.test(line) && (line === first || looksSecret(line.trimStart().slice(1)))))
    throw new ContractError('badInput', 'This looks like a command behind a space. Remove the space, or write // to say it.');
  if (first.startsWith('/') && !first.startsWith('//')) {
    if (lines.length > 1) throw new ContractError('badInput', 'A command has to stand on one line.');
    const end = first.indexOf(' ');
    const name = first.slice(1, end === -1 ? undefined : end).toLowerCase();
    return { kind: 'command', name, args: end === -1 ? '' : first.slice(end + 1) };
  }
  if (lines.some(looksSecret))
    throw new ContractError(
      'badInput',
      'This looks like a command for services, perhaps with a password. Begin it with /, or write /say before it to say it here.',
    );
  if (!first.startsWith('//')) return { kind: 'text', lines, whole: text };
  return { kind: 'text', lines: [first.slice(1), ...lines.slice(1)], whole: text.trimStart().slice(1) };
}

/** Blank lines stay between others: draft/multiline carries them, and where each line is a message they are left out. */
const paragraphs = (text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => (line.trim() === '' ? '' : line))
    .join('\n')
    .replace(/^\n+|\n+$/g, '');

const looksSecret = (line: string): boolean => MEANT_FOR_SERVICES.some((pattern) => pattern.test(line));

/** Runs one input for a buffer. Errors are sentences for the person who typed. */
export async function runInput(text: string, context: CommandContext): Promise<InputResult> {
  const typed = parseInput(text);
  const input = typed.kind === 'command' ? withoutAlias(typed, context) : typed;
  if (input.kind === 'command') {
    const command = findCommand(context.commands, input.name);
    if (!command) throw unknown(input.name, context.commands);
    return command.run(input.args, context);
  }
  if (context.buffer.kind === 'server') {
    throw new ContractError('badInput', 'This is the server itself: join a channel or open a conversation to talk.');
  }
  // Breaks go out as they are where draft/multiline is spoken, else as one message a line.
  await context.say(context.buffer, 'privmsg', context.buffer.kind === 'private' ? input.whole : paragraphs(input.whole));
  return done;
}

/** The user's own commands win over ours; what they stand for is not looked up among them again. */
function withoutAlias(input: Extract<Input, { kind: 'command' }>, context: CommandContext): Input {
  const { aliases } = context.settings();
  const alias = Object.hasOwn(aliases, input.name) ? aliases[input.name] : undefined;
  if (alias === undefined) return input;
  const { buffer } = context;
  const expanded = expandAlias(input.name, alias, input.args, {
    nick: buffer.server === null ? null : context.server().nick,
    channel: buffer.kind === 'channel' ? buffer.name : buffer.kind === 'query' ? nickOfQuery(buffer.name) : null,
    server: buffer.server,
  });
  return parseInput(expanded);
}

/** Unknown commands never reach the server: a slip may hold a password, and /raw is there for those who mean it. */
function unknown(name: string, commands: readonly Command[]): ContractError {
  const near = nearestName(
    name,
    commands.flatMap((command) => [command.name, ...command.aliases]),
  );
  const guess = near === null ? '' : ` Did you mean /${near}?`;
  return new ContractError(
    'unknownCommand',
    `There is no command /${name}.${guess} /help lists them all; /raw sends a line to the server as it stands.`,
  );
}

const findCommand = (commands: readonly Command[], name: string): Command | undefined =>
  commands.find((command) => command.name === name || command.aliases.includes(name));
