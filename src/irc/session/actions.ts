/** What is wanted, as lines. Throws IrcError before anything is sent where an action cannot be said on IRC. */
import { assertNever, type Action } from '../../contract/chat.ts';
import { IrcError } from '../errors.ts';
import { byteLength, encodeLine } from '../wire/encode.ts';
import { splitText } from '../wire/split.ts';
import type { Context } from './context.ts';
import { isChannelName } from './isupport.ts';
import type { OwnText } from './outgoing.ts';

/** Bytes a server may put before our text where it has not told us: user name and host of RFC length. */
const MAX_USER_BYTES = 12;
const MAX_HOST_BYTES = 64;

/** Bytes of tags a client may send, with @ and space (IRCv3 message-tags). */
const MAX_TAG_SECTION = 4_096;
/** Lines of one text; the page's own limit is lower. */
const MAX_TEXT_LINES = 500;

export interface Outbound {
  line: string;
  /** Set for a text of ours: it has to be shown. */
  own: OwnText | null;
}

const name = (text: string): string => {
  if (text === '' || /[\s,]/.test(text)) throw new IrcError('badInput', 'A name on IRC cannot be empty, hold spaces or commas.');
  return text;
};
const channelName = (context: Context, text: string): string => {
  if (!isChannelName(context.isupport, text))
    throw new IrcError(
      'badInput',
      `Channel names begin with one of ${context.isupport.chanTypes === '' ? '#' : context.isupport.chanTypes} here.`,
    );
  return name(text);
};

/** Bytes of text that fit into one line to this target when the server sends it on with our source before it. */
function textBudget(context: Context, command: string, target: string): number {
  const { nick, user, host } = context.me;
  const source =
    byteLength(nick) + (user === null ? MAX_USER_BYTES : byteLength(user)) + (host === null ? MAX_HOST_BYTES : byteLength(host));
  return context.isupport.lineLength - 2 - byteLength(`:!@ ${command} ${target} :`) - source;
}

/** A line as typed, its end and outer spaces apart. Throws IrcError `badInput`, `tooLong`. */
function rawLine(text: string, limit: number): string {
  // eslint-disable-next-line no-control-regex -- exactly these three are meant
  if (/[\r\n\u0000]/.test(text)) throw new IrcError('badInput', 'Line breaks and NUL cannot be sent over IRC.');
  const line = text.trim();
  const [, tags = '', rest = ''] = /^(@[^ ]+ +)?(.*)$/.exec(line) ?? [];
  if (!/^[A-Za-z0-9]+(?: |$)/.test(rest)) throw new IrcError('badInput', 'A line to the server begins with a command.');
  if (byteLength(tags) > MAX_TAG_SECTION || byteLength(rest) > limit) throw new IrcError('tooLong', 'This is too long for one IRC line.');
  return line;
}

export function encodeAction(context: Context, action: Exclude<Action, { kind: 'quit' }>): Outbound[] {
  const single = (command: string, ...params: string[]): Outbound[] => [{ line: encodeLine(command, params), own: null }];
  switch (action.kind) {
    case 'text': {
      const { form, text } = action;
      const target = name(action.target);
      const command = form === 'notice' ? 'NOTICE' : 'PRIVMSG';
      if (text.includes('\u0000')) throw new IrcError('badInput', 'NUL cannot be sent over IRC.');
      // 01 would make a CTCP request of a text that somebody was made to paste.
      const lines = text
        .toWellFormed()
        .replaceAll('\u0001', '')
        .split(/\r\n|\r|\n/);
      const said = lines.filter((line) => line.trim() !== '');
      if (said.length === 0) throw new IrcError('badInput', 'There is no text to send.');
      if (said.length > MAX_TEXT_LINES) throw new IrcError('tooLong', `These are more than ${MAX_TEXT_LINES} lines.`);
      const [open, close] = form === 'action' ? ['\u0001ACTION ', '\u0001'] : ['', ''];
      const room = textBudget(context, command, target) - byteLength(open + close);
      if (room < 16) throw new IrcError('tooLong', 'This name leaves no room for text in a line.');
      // All are made before one is sent: no piece may go out if one cannot.
      return said.flatMap((line) =>
        splitText(line, room).map((piece) => ({
          line: encodeLine(command, [target, open + piece + close], context.isupport.lineLength - 2),
          own: { target, form, text: piece },
        })),
      );
    }
    case 'sotto': {
      const target = name(action.target);
      // No part may go out if one cannot.
      return action.parts.map((part) => ({
        line: encodeLine('PRIVMSG', [target, `\u0001SOTTO ${part}\u0001`], context.isupport.lineLength - 2),
        own: null,
      }));
    }
    case 'join':
      return action.key === null
        ? single('JOIN', channelName(context, action.channel))
        : single('JOIN', channelName(context, action.channel), name(action.key));
    case 'part':
      return action.reason === null
        ? single('PART', channelName(context, action.channel))
        : single('PART', channelName(context, action.channel), action.reason);
    case 'nick':
      return single('NICK', name(action.nick));
    case 'topic':
      return action.topic === null
        ? single('TOPIC', channelName(context, action.channel))
        : single('TOPIC', channelName(context, action.channel), action.topic);
    case 'away':
      return action.reason === null ? single('AWAY') : single('AWAY', action.reason);
    case 'whois':
      return single('WHOIS', name(action.nick), name(action.nick));
    case 'whowas':
      return single('WHOWAS', name(action.nick));
    case 'who':
      return single('WHO', name(action.mask));
    case 'names':
      return single('NAMES', channelName(context, action.channel));
    case 'list':
      return action.pattern === null ? single('LIST') : single('LIST', action.pattern);
    case 'mode':
      return action.modes === ''
        ? single('MODE', name(action.target))
        : single('MODE', name(action.target), action.modes, ...action.params);
    case 'masks':
      return single('MODE', channelName(context, action.channel), `+${action.mode}`);
    case 'kick':
      return action.reason === null
        ? single('KICK', channelName(context, action.channel), name(action.nick))
        : single('KICK', channelName(context, action.channel), name(action.nick), action.reason);
    case 'invite':
      return single('INVITE', name(action.nick), channelName(context, action.channel));
    case 'knock':
      return action.text === null
        ? single('KNOCK', channelName(context, action.channel))
        : single('KNOCK', channelName(context, action.channel), action.text);
    case 'setname':
      return single('SETNAME', action.realname);
    case 'ctcp': {
      const command = action.command.toUpperCase();
      if (!/^[A-Z0-9_-]+$/.test(command) || action.text.includes('\u0001'))
        throw new IrcError('badInput', 'This cannot be sent as a CTCP request.');
      const text = action.text === '' ? command : `${command} ${action.text}`;
      return single('PRIVMSG', name(action.target), `\u0001${text}\u0001`);
    }
    case 'raw':
      return [{ line: rawLine(action.line, context.isupport.lineLength - 2), own: null }];
    case 'rename':
    case 'monitor':
    case 'react':
    case 'redact':
    case 'typing':
    case 'markRead':
    case 'history':
    case 'missed':
    case 'search':
    case 'metadata':
    case 'registerAccount':
    case 'verifyAccount':
    case 'bouncer':
      // An extension takes these where the server can do it.
      throw new IrcError('unsupported', 'This server cannot do that.');
    default:
      return assertNever(action);
  }
}

/** JOIN lines for many channels: comma-packed, those with a key first, as keys belong to the first channels. */
export function packJoins(
  context: Pick<Context, 'isupport'>,
  channels: readonly { name: string; key: string | null }[],
  limit = 510,
): string[] {
  const lines: string[] = [];
  let names: string[] = [];
  let keys: string[] = [];
  const params = (): string[] => (keys.length > 0 ? [names.join(','), keys.join(',')] : [names.join(',')]);
  const flush = (): void => {
    if (names.length > 0) lines.push(encodeLine('JOIN', params(), limit));
    names = [];
    keys = [];
  };
  const usable = channels.filter(
    (channel) => isChannelName(context.isupport, channel.name) && !/[\s,]/.test(channel.name + (channel.key ?? '')),
  );
  for (const channel of [...usable.filter(({ key }) => key !== null), ...usable.filter(({ key }) => key === null)]) {
    const length = byteLength(['JOIN', ...params(), channel.name, channel.key ?? ''].join(' ')) + 2;
    if (names.length >= context.isupport.joinTargets || length > limit) flush();
    names.push(channel.name);
    if (channel.key !== null) keys.push(channel.key);
  }
  flush();
  return lines;
}
