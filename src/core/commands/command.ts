import type { CommandsConfig, IgnoreConfig } from '../../config/config.ts';
import type { Action, Origin, TextForm } from '../../contract/chat.ts';
import { ContractError } from '../../contract/errors.ts';
import type { BufferId, MessageId } from '../../contract/ids.ts';
import type { Message } from '../../contract/message.ts';
import type { ArgumentKind, BufferView, InputResult, ServerView, TransferView } from '../../contract/views.ts';
import type { Isupport } from '../../irc/session/isupport.ts';

/** What a command may do. Everything acts for the buffer in which it was typed. */
export interface CommandContext {
  readonly buffer: BufferView;
  readonly commands: readonly Command[];
  readonly signal: AbortSignal;
  /** To the IRC server of this buffer. Throws `notConnected` or `badInput`. */
  act(action: Action): void;
  /** For contacts who see our presence. */
  setAway(away: boolean): void;
  isChannel(name: string): boolean;
  /** Says something in a buffer: over IRC or privately, as the buffer is. */
  say(buffer: BufferView, form: TextForm, text: string, replyTo?: MessageId | null): Promise<void>;
  /** The query with a nick, or the private conversation that stands in its place. */
  openQuery(nick: string): Promise<BufferView>;
  /** Throws `held` where the user has to say first for whom something said to this nick is. */
  checkNick(nick: string): void;
  /** Offers a private conversation to the nick of a query. */
  offerSecure(query: BufferId): Promise<void>;
  /** Plain IRC beside the private conversation of this buffer, which the user has confirmed. Resolves to its buffer. */
  openPlain(): Promise<BufferId>;
  /** Gives a contact's name, fingerprint and addresses to another one. Both by name. Resolves to a sentence. */
  introduce(contact: string, to: string | null): Promise<string>;
  /** Opens the buffer of a channel before the server has answered, so that it can be shown. */
  openChannel(name: string): Promise<BufferView>;
  closeBuffer(buffer: BufferId): Promise<void>;
  disconnect(reason: string | null): Promise<void>;
  connectContact(text: string): Promise<BufferId>;
  ownRoute(): Promise<string>;
  /** A new identity for this profile; every contact is told. */
  rotateIdentity(): Promise<void>;
  /** What the server of this buffer says about itself; standard values where there is none. */
  isupport(): Isupport;
  /** The server of this buffer as pages see it. Throws `notConnected` where there is none. */
  server(): ServerView;
  /** What is known of a user of the server; null for nothing. */
  userOf(nick: string): Pick<Origin, 'user' | 'host' | 'account'> | null;
  /** What the configuration says about commands. */
  settings(): CommandsConfig;
  /** Leaves the server, if it is there, and connects again. */
  reconnect(): Promise<void>;
  /** Set while `on_connect` runs. */
  readonly isOnConnect: boolean;
  /** The newest lines of this buffer, oldest first. */
  newest(): Promise<Message[]>;
  react(message: MessageId, text: string, removed: boolean): Promise<void>;
  redact(message: MessageId, reason: string): Promise<void>;
  /** Asks the server for older lines of this buffer. */
  older(): Promise<{ lines: number; ended: boolean }>;
  /** Makes an account on the network, or confirms it. Resolves to what the server says. */
  register(request: { account: string | null; email: string | null; password: string }): Promise<string>;
  verify(request: { account: string; code: string }): Promise<string>;
  ignored(): readonly IgnoreConfig[];
  /** Adds or takes away masks of the server's ignore list, in the configuration file. False: nothing had to be changed. */
  setIgnored(mask: string, isIgnored: boolean): Promise<boolean>;
  transfers(): TransferView[];
  transfer(id: number, what: 'accept' | 'cancel'): void;
  /** Lines shown in this buffer only, never stored. */
  info(lines: readonly string[]): void;
}

export interface Command {
  /** Without the slash, lower case. */
  name: string;
  aliases: readonly string[];
  usage: string;
  help: string;
  /** What its arguments are, in order, for completion. */
  arguments: readonly ArgumentKind[];
  /** `args` is what follows the name and one space; nothing is trimmed from its end. */
  run(args: string, context: CommandContext): Promise<InputResult>;
}

export const done: InputResult = { focus: null, copy: null, note: null };
export const focusOn = (buffer: BufferId): InputResult => ({ ...done, focus: buffer });

/** Splits off the first word. The rest keeps its inner and trailing spaces. */
export function firstWord(args: string): [word: string, rest: string] {
  const trimmed = args.trimStart();
  const end = trimmed.indexOf(' ');
  return end === -1 ? [trimmed, ''] : [trimmed.slice(0, end), trimmed.slice(end + 1)];
}

/** The words of the arguments; between `min` and `max` of them, else the usage is told. */
export function words(args: string, min: number, max: number, command: Pick<Command, 'usage'>): string[] {
  const found = args.split(' ').filter((word) => word !== '');
  if (found.length < min || found.length > max) throw usageError(command);
  return found;
}

/** The text of a last argument: null where there is none. */
export const optional = (text: string): string | null => (text.trim() === '' ? null : text.trim());

const encoder = new TextEncoder();
/** Throws `tooLong` for more bytes than the server takes; null: it sets no limit. */
export function checkLength(what: string, text: string, limit: number | null): string {
  const length = encoder.encode(text).length;
  if (limit !== null && length > limit)
    throw new ContractError('tooLong', `${what} may have ${limit} bytes on this server; this one has ${length}.`);
  return text;
}

export const usageError = (command: Pick<Command, 'usage'>): ContractError => new ContractError('badInput', `Usage: ${command.usage}`);

/** The channel a command is about: its first argument if that names one, else this buffer. */
export function channelArgument(args: string, context: CommandContext, command: Pick<Command, 'usage'>): [channel: string, rest: string] {
  const [word, rest] = firstWord(args);
  if (word !== '' && context.isChannel(word)) return [word, rest];
  if (context.buffer.kind !== 'channel') throw usageError(command);
  return [context.buffer.name, args];
}
