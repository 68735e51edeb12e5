/** What IRCv3 adds to a line, as it stands in irc.db: JSON, bounded, read with a schema. */
import * as v from 'valibot';
import { MessageId } from '../contract/ids.ts';
import type { Details, Reaction } from '../contract/message.ts';
import { limit } from './errors.ts';
import { MAX_DETAILS_LENGTH, MAX_REACTION_NICKS, MAX_REACTIONS } from './limits.ts';

const schema = v.object({
  replyTo: v.exactOptional(v.object({ message: v.nullable(MessageId), from: v.nullable(v.string()), text: v.string() })),
  reactions: v.exactOptional(v.array(v.object({ text: v.string(), nicks: v.array(v.string()) }))),
  redacted: v.exactOptional(v.object({ by: v.string(), reason: v.string() })),
  bot: v.exactOptional(v.literal(true)),
  relayedBy: v.exactOptional(v.string()),
  oper: v.exactOptional(v.string()),
  status: v.exactOptional(v.string()),
});

/** Undefined where there are none, or none that can be understood. */
export function readDetails(json: string | null): Details | undefined {
  if (json === null) return undefined;
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), json);
  return read.success ? read.output : undefined;
}

/** Throws 'limit' where they are too long. */
export function writeDetails(details: Details | undefined): string | null {
  if (details === undefined || Object.keys(details).length === 0) return null;
  const json = JSON.stringify(details);
  if (json.length > MAX_DETAILS_LENGTH) throw limit('The details of a line are too long to be stored.');
  return json;
}

/** With the reaction of one nick added or taken away; null where that changes nothing, or there is no room for more. */
export function withReaction(
  details: Details | undefined,
  { nick, text, removed }: { nick: string; text: string; removed: boolean },
): Details | null {
  const before = details?.reactions ?? [];
  const found = before.find((reaction) => reaction.text === text);
  const has = found?.nicks.includes(nick) === true;
  if (has !== removed) return null;
  if (removed) {
    const left = before
      .map((reaction): Reaction => (reaction === found ? { text, nicks: reaction.nicks.filter((other) => other !== nick) } : reaction))
      .filter(({ nicks }) => nicks.length > 0);
    const rest = { ...details };
    delete rest.reactions;
    return left.length === 0 ? rest : { ...rest, reactions: left };
  }
  if (found ? found.nicks.length >= MAX_REACTION_NICKS : before.length >= MAX_REACTIONS) return null;
  const reactions = found
    ? before.map((reaction): Reaction => (reaction === found ? { text, nicks: [...reaction.nicks, nick] } : reaction))
    : [...before, { text, nicks: [nick] }];
  const next: Details = { ...details, reactions };
  return JSON.stringify(next).length > MAX_DETAILS_LENGTH ? null : next;
}
