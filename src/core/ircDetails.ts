/** What tags of a text mean for the line that is shown: the line it answers, who passed it on, and marks of the sender. */
import type { TextTags } from '../contract/chat.ts';
import type { BufferId } from '../contract/ids.ts';
import type { Details, Message } from '../contract/message.ts';
import type { Store } from '../store/store.ts';

/** UTF-16 units of the answered text that are kept with the answer. */
const MAX_QUOTE = 200;

const shortened = (text: string): string => (text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE - 1).toWellFormed()}…` : text);

function quote(answered: Message | null): NonNullable<Details['replyTo']> {
  if (answered === null) return { message: null, from: null, text: '' };
  return { message: answered.id, from: answered.from, text: shortened(answered.text) };
}

/** Undefined where there is nothing to keep. A promise only where the store has to be asked for the line that is answered. */
export function detailsOf(
  tags: TextTags | undefined,
  buffer: BufferId,
  store: Pick<Store, 'findLine'>,
): Details | Promise<Details> | undefined {
  if (tags === undefined) return undefined;
  const { replyTo, bot, relayedBy, oper, status } = tags;
  const rest: Details = {
    ...(bot === undefined ? {} : { bot }),
    ...(relayedBy === undefined ? {} : { relayedBy }),
    ...(oper === undefined ? {} : { oper }),
    ...(status === undefined ? {} : { status }),
  };
  if (replyTo !== undefined) return store.findLine({ buffer, msgid: replyTo }).then((answered) => ({ ...rest, replyTo: quote(answered) }));
  return Object.keys(rest).length === 0 ? undefined : rest;
}
