/** The rows of a channel list that fit a filter: those named so come before those that only talk about it. Pure. */
import type { ListedChannel } from '../../contract/chat.ts';

export function filterChannels(channels: readonly ListedChannel[], filter: string): readonly ListedChannel[] {
  const wanted = filter.trim().toLowerCase();
  if (wanted === '') return channels;
  const named: ListedChannel[] = [];
  const about: ListedChannel[] = [];
  for (const channel of channels) {
    if (channel.name.toLowerCase().includes(wanted)) named.push(channel);
    else if (channel.topic.toLowerCase().includes(wanted)) about.push(channel);
  }
  return [...named, ...about];
}
