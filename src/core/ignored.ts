/** People whom the configuration ignores (`servers.<name>.filters.ignore`): what they say is dropped before anything looks at it. */
import type { IgnoreConfig } from '../config/config.ts';
import type { IrcEvent, Origin } from '../contract/chat.ts';
import { fullMask, matchesMask } from '../irc/wire/mask.ts';

/** Says whether somebody is ignored; `target`: the channel or nick it was said to, null for none. */
export type Ignored = (from: Origin, target: string | null) => boolean;

/** `fold` is the server's: make a new one when it changes. */
export function createIgnored(entries: readonly IgnoreConfig[], fold: (name: string) => string): Ignored {
  const nicks = new Set<string>();
  const masks: { mask: string; channel: string | null }[] = [];
  for (const { user, channel } of entries) {
    if (channel === null && !/[!@*?]/.test(user)) nicks.add(fold(user));
    else masks.push({ mask: fold(fullMask(user)), channel: channel === null ? null : fold(channel) });
  }
  if (nicks.size === 0 && masks.length === 0) return () => false;
  return (from, target) => {
    if (from.server) return false;
    if (nicks.has(fold(from.nick))) return true;
    if (masks.length === 0) return false;
    const who = fold(`${from.nick}!${from.user ?? ''}@${from.host ?? ''}`);
    const where = target === null ? null : fold(target);
    return masks.some(({ mask, channel }) => (channel === null || channel === where) && matchesMask(mask, who));
  };
}

/** Whether an event is something that an ignored person said. Their coming and going is still seen, as the lists of members need it. */
export function isFromIgnored(event: IrcEvent, ignored: Ignored): boolean {
  if (event.kind === 'text' || event.kind === 'react') return !event.self && ignored(event.from, event.target);
  if (event.kind === 'typing') return ignored(event.from, event.target);
  if (event.kind === 'invite') return ignored(event.from, event.channel);
  const isAlone = event.kind === 'sotto' || event.kind === 'dcc' || event.kind === 'dccResume' || event.kind === 'ctcpReply';
  return isAlone && ignored(event.from, null);
}
