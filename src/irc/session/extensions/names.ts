/** Nick lists where the server does not send them by itself (IRCv3 no-implicit-names): one NAMES after the other, never a burst. */
import { emitMembers, type CreateExtension } from '../context.ts';
import { sortPrefix } from '../isupport.ts';

/** A server that never says that the list is over does not keep the others waiting longer. */
const ANSWER_MS = 30_000;
const CAPABILITIES = ['no-implicit-names', 'draft/no-implicit-names', 'soju.im/no-implicit-names'];

export const createNames: CreateExtension = (context) => {
  let waiting: string[] = [];
  let asked: string | null = null;
  let cancel: (() => void) | null = null;
  let { prefixes } = context.isupport;

  const key = (name: string): string => context.roster.channelKey(name);
  const next = (): void => {
    cancel?.();
    cancel = null;
    asked = waiting.shift() ?? null;
    if (asked === null) return;
    cancel = context.clock.after(ANSWER_MS, next);
    context.send('background', 'NAMES', [asked]);
  };
  const forget = (channel: string): void => {
    waiting = waiting.filter((name) => key(name) !== key(channel));
    if (asked !== null && key(asked) === key(channel)) next();
  };

  return {
    onEvent: (event) => {
      if (event.kind === 'join') {
        if (!event.self || event.historic || !CAPABILITIES.some((name) => context.caps.has(name))) return;
        // Both lists are bounded by the channels one may be in.
        waiting.push(event.channel);
        if (asked === null) next();
      } else if (event.kind === 'part' || event.kind === 'kick') {
        if (event.self && !event.historic) forget(event.channel);
      } else if (event.kind === 'members') {
        if (asked !== null && key(asked) === key(event.channel)) next();
      } else if (event.kind === 'rename') {
        waiting = waiting.map((name) => (key(name) === key(event.from) ? event.to : name));
        if (asked !== null && key(asked) === key(event.from)) asked = event.to;
      }
    },
    onIsupport: () => {
      if (context.isupport.prefixes === prefixes) return;
      prefixes = context.isupport.prefixes;
      // Status characters that mean nothing any more, or stand in another order now.
      for (const channel of context.roster.channels()) {
        for (const membership of channel.members.values()) membership.prefix = sortPrefix(context.isupport, membership.prefix);
        if (channel.members.size > 0) emitMembers(context, channel);
      }
    },
    onClose: () => {
      cancel?.();
      cancel = null;
      waiting = [];
      asked = null;
    },
  };
};
