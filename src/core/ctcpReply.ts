import type { IrcEvent } from '../contract/chat.ts';

/** A PING that took longer is not ours, or of no use. */
const MAX_ROUND_TRIP_MS = 10 * 60_000;

/** A sentence for an answer to a CTCP request. A PING's answer is the time it was sent at. */
export function ctcpReplyWords({ from, command, text }: Extract<IrcEvent, { kind: 'ctcpReply' }>, now: number): string {
  const took = command === 'PING' && /^[0-9]{13}$/.test(text) ? now - Number(text) : -1;
  if (took >= 0 && took < MAX_ROUND_TRIP_MS) return `PING of ${from.nick}: ${(took / 1_000).toFixed(2)} s`;
  return `CTCP ${command} of ${from.nick}: ${text === '' ? 'no text' : text}`;
}
