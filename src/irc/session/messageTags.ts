/** What tags say about a text (IRCv3 message-ids, client tags, bot mode, relaymsg, oper-tag). Every value is bounded and cleaned. */
import type { TextTags } from '../../contract/chat.ts';
import { cleanName, cleanText } from '../wire/clean.ts';
import type { Line } from '../wire/line.ts';
import type { Context } from './context.ts';
import { isTagAllowed } from './isupport.ts';

/** UTF-16 units of a msgid; a longer one could not be named in a tag or a command of ours, and is none. */
export const MAX_MSGID = 256;
/** UTF-16 units of a reaction. */
export const MAX_REACTION = 64;
const MAX_OPER = 64;

/** An id that fits as a parameter and as a tag; null for everything else. */
export const readMsgid = (value: string | undefined): string | null =>
  value !== undefined && /^[^:\s\p{Cc}][^\s\p{Cc}]*$/u.test(value) && value.length <= MAX_MSGID ? value : null;

/** The message a line answers: `+reply`, or the name it had as a draft. */
export const readReply = (tags: Line['tags']): string | null => readMsgid(tags.get('+reply')) ?? readMsgid(tags.get('+draft/reply'));

/** A reaction or its withdrawal (react client tag): null where there is none, or both are there. */
export function readReaction(tags: Line['tags']): { msgid: string; text: string; removed: boolean } | null {
  const added = tags.get('+draft/react') ?? tags.get('+react');
  const taken = tags.get('+draft/unreact') ?? tags.get('+unreact');
  const msgid = readReply(tags);
  if (msgid === null || (added === undefined) === (taken === undefined)) return null;
  const text = cleanText(added ?? taken ?? '').trim();
  return text === '' || text.length > MAX_REACTION ? null : { msgid, text, removed: added === undefined };
}

/** All but `channelContext` and `status`, which need the target. */
export function readTextTags(tags: Line['tags']): TextTags {
  const reply = readReply(tags);
  const relayed = tags.get('draft/relaymsg') ?? tags.get('relaymsg');
  const oper = tags.get('draft/oper') ?? tags.get('oper');
  const by = relayed === undefined ? '' : cleanName(relayed);
  const read: TextTags = {};
  if (reply !== null) read.replyTo = reply;
  if (tags.has('bot') || tags.has('draft/bot')) read.bot = true;
  if (by !== '') read.relayedBy = by;
  if (oper !== undefined) read.oper = cleanText(oper).slice(0, MAX_OPER);
  return read;
}

/** May a client-only tag (with its `+`) be sent here? */
export const mayTag = ({ caps, isupport }: Pick<Context, 'caps' | 'isupport'>, tag: string): boolean =>
  caps.has('message-tags') && isTagAllowed(isupport, tag);

/** The name under which a reply is sent: the ratified one, unless the server lets only the draft through. */
export function replyTag(context: Pick<Context, 'caps' | 'isupport'>): '+reply' | '+draft/reply' | null {
  if (mayTag(context, '+reply')) return '+reply';
  return mayTag(context, '+draft/reply') ? '+draft/reply' : null;
}
