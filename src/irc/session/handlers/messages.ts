import type { TextForm } from '../../../contract/chat.ts';
import { cleanName, cleanText } from '../../wire/clean.ts';
import { isChannel, isMe, nameParam, param, type Context, type Handler, type Handlers, type Incoming } from '../context.ts';
import { messageTarget } from '../isupport.ts';
import { readMsgid, readTextTags } from '../messageTags.ts';

const CTCP = '\u0001';

/** What stands behind the word of a CTCP request for Sotto (design §6.4); null for every other line. */
function readSotto(command: string, raw: string): string | null {
  if (command !== 'PRIVMSG' || !raw.startsWith(`${CTCP}SOTTO `)) return null;
  const body = raw.slice(`${CTCP}SOTTO `.length);
  return cleanText(body.endsWith(CTCP) ? body.slice(0, -1) : body);
}

/** ACTION becomes a form; any other CTCP request or reply, DCC too, is dropped: nothing answers it yet. Null: dropped. */
function readForm(command: string, raw: string): { form: TextForm; text: string } | null {
  if (!raw.startsWith(CTCP)) return { form: command === 'NOTICE' ? 'notice' : 'privmsg', text: cleanText(raw) };
  const body = raw.slice(1, raw.endsWith(CTCP) && raw.length > 1 ? -1 : undefined);
  const verb = body.split(' ', 1)[0] ?? '';
  if (command !== 'PRIVMSG' || verb.toUpperCase() !== 'ACTION') return null;
  return { form: 'action', text: cleanText(body.slice(verb.length + 1)) };
}

/** The conversation a text belongs to: channel, the other person, or null for the server buffer. */
export function conversation(context: Context, { from, historyOf }: Pick<Incoming, 'from' | 'historyOf'>, target: string): string | null {
  if (isChannel(context, target)) return target;
  if (from.server) return null;
  if (isMe(context, from.nick)) return target;
  if (isMe(context, target)) return from.nick;
  // One of us had another nick then.
  return historyOf !== null && !isMe(context, historyOf) ? cleanName(historyOf) : null;
}

/** Both are in the channel that a private text says to be about; else anybody could write into any conversation. */
function channelContext(context: Context, { from, line }: Incoming, isPrivate: boolean): string | null {
  const value = line.tags.get('+channel-context') ?? line.tags.get('+draft/channel-context');
  if (!isPrivate || value === undefined || from.server) return null;
  const name = cleanName(value);
  const channel = isChannel(context, name) ? context.roster.channel(name) : undefined;
  return channel && context.roster.membership(channel, from.nick) ? channel.name : null;
}

/** What ZNC says around what it plays back (its own nick, `***!znc@znc.in`); it means nothing to a reader of the history. */
const isPlaybackFrame = ({ from }: Incoming, text: string): boolean =>
  from.nick === '***' && from.host === 'znc.in' && /^(?:Buffer Playback\.\.\.|Playback Complete\.)$/.test(text);

/** Tells a text that is whole: of one line, or of all lines of a draft/multiline message. */
export function tellText(context: Context, incoming: Incoming, { form, text }: { form: TextForm; text: string }): void {
  const { line, from, time, historic } = incoming;
  const addressed = nameParam(incoming, 0);
  const target = messageTarget(context.isupport, addressed);
  const self = !from.server && isMe(context, from.nick);
  if (isPlaybackFrame(incoming, text)) return;
  if (self && !historic && !context.outgoing.echoed({ target, form, text, label: incoming.request?.label ?? null })) return;
  const within = channelContext(context, incoming, !isChannel(context, target));
  const tags = readTextTags(line.tags);
  if (within !== null) tags.channelContext = within;
  if (target !== addressed) tags.status = addressed.slice(0, addressed.length - target.length);
  context.emit({
    kind: 'text',
    target: conversation(context, incoming, target),
    form,
    text,
    from,
    self,
    msgid: readMsgid(line.tags.get('msgid')),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    time,
    historic,
  });
}

const text: Handler = (context, incoming) => {
  const { line, from, time, historic } = incoming;
  const sotto = readSotto(line.command, param(incoming, 1));
  if (sotto !== null) {
    // What was said before, what comes from ourselves and what is said to many is no offer to us.
    const isForUs = isMe(context, nameParam(incoming, 0)) && !isMe(context, from.nick) && !from.server && !historic;
    if (isForUs) context.emit({ kind: 'sotto', from, text: sotto, time });
    return;
  }
  const read = readForm(line.command, param(incoming, 1));
  if (read) tellText(context, incoming, read);
};

export const messageHandlers: Handlers = { PRIVMSG: text, NOTICE: text };
