import type { TextForm } from '../../../contract/chat.ts';
import { cleanText } from '../../wire/clean.ts';
import { isChannel, isMe, nameParam, param, type Context, type Handler, type Handlers, type Incoming } from '../context.ts';
import { messageTarget } from '../isupport.ts';

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
function conversation(context: Context, { from }: Incoming, target: string, self: boolean): string | null {
  if (isChannel(context, target)) return target;
  if (from.server) return null;
  if (self) return target;
  return isMe(context, target) ? from.nick : null;
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
  if (!read) return;
  const target = messageTarget(context.isupport, nameParam(incoming, 0));
  const self = !from.server && isMe(context, from.nick);
  if (self && !historic && !context.outgoing.echoed({ target, ...read })) return;
  const msgid = line.tags.get('msgid');
  context.emit({
    kind: 'text',
    target: conversation(context, incoming, target, self),
    ...read,
    from,
    self,
    msgid: msgid === undefined || msgid === '' ? null : msgid.slice(0, 256),
    time,
    historic,
  });
};

export const messageHandlers: Handlers = { PRIVMSG: text, NOTICE: text };
