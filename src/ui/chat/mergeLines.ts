import type { MessageId } from '../../contract/ids.ts';
import type { Message } from '../../contract/message.ts';

/** By place (design: `time`, then `id`). */
export const inOrder = (one: Message, two: Message): number => one.time - two.time || one.id - two.id;

/** Both lists in order, each line once; of two with one id the one of `second` stays. */
export function merge(first: readonly Message[], second: readonly Message[]): Message[] {
  const last = first.at(-1);
  const next = second[0];
  if (last === undefined || (next !== undefined && inOrder(last, next) < 0)) return [...first, ...second];
  const byId = new Map<MessageId, Message>();
  for (const message of first) byId.set(message.id, message);
  for (const message of second) byId.set(message.id, message);
  return [...byId.values()].sort(inOrder);
}
