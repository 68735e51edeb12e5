/**
 * IRCv3 typing client tag. Ours is sent where the configuration says so and the server lets it through, and never within three
 * seconds of another one for the same conversation; theirs is told unless it is switched off. Histories say nothing here.
 */
import type { TypingState } from '../../../contract/chat.ts';
import { isChannel, isMe, nameParam, type CreateExtension } from '../context.ts';
import { conversation } from '../handlers/messages.ts';
import { messageTarget } from '../isupport.ts';
import { mayTag } from '../messageTags.ts';

/** The specification's least time between two notifications for one target. */
export const TYPING_INTERVAL_MS = 3_000;
/** Conversations whose last notification is remembered. */
const MAX_TYPING_TARGETS = 256;
/** The same state of the same person is told again after this. */
const REPEAT_MS = 1_000;

interface Told {
  state: TypingState;
  at: number;
  /** A notification that waits for the interval to be over. */
  cancel: (() => void) | null;
}

const isState = (value: string | undefined): value is TypingState => value === 'active' || value === 'paused' || value === 'done';

export const createTyping: CreateExtension = (context) => {
  const told = new Map<string, Told>();
  const heard = new Map<string, { state: TypingState; at: number }>();
  const key = (name: string): string => (isChannel(context, name) ? context.roster.channelKey(name) : context.roster.nickKey(name));
  const remember = <T>(map: Map<string, T>, id: string, entry: T): void => {
    map.delete(id);
    map.set(id, entry);
    for (const [first] of map) if (map.size > MAX_TYPING_TARGETS) map.delete(first);
  };

  const notify = (target: string, state: TypingState): void => {
    if (!mayTag(context, '+typing') || context.waiting('background') > 0) return;
    remember(told, key(target), { state, at: context.clock.now(), cancel: null });
    context.send('background', 'TAGMSG', [target], { '+typing': state });
  };

  const share = (target: string, state: TypingState): void => {
    const before = told.get(key(target));
    // Paused and done are said once, and only after something was said.
    if (state !== 'active' && (before === undefined || before.state === state || before.state === 'done')) return;
    before?.cancel?.();
    const wait = before === undefined ? 0 : before.at + TYPING_INTERVAL_MS - context.clock.now();
    if (wait <= 0) notify(target, state);
    else if (before)
      before.cancel =
        state === 'active' && before.state === 'active'
          ? null
          : context.clock.after(wait, () => {
              notify(target, state);
            });
  };

  return {
    handlers: {
      TAGMSG: (_context, incoming) => {
        const state = incoming.line.tags.get('+typing') ?? incoming.line.tags.get('+draft/typing');
        const { from } = incoming;
        if (!context.options.typing().show || !isState(state) || from.server || isMe(context, from.nick)) return;
        const target = conversation(context, incoming, messageTarget(context.isupport, nameParam(incoming, 0)));
        if (target === null) return;
        const id = `${key(target)} ${key(from.nick)}`;
        const before = heard.get(id);
        const now = context.clock.now();
        if (before?.state === state && now - before.at < REPEAT_MS) return;
        remember(heard, id, { state, at: now });
        context.emit({ kind: 'typing', target, from, state });
      },
    },
    act: (action) => {
      if (action.kind === 'text') {
        // The text itself says that we are done; what waited to be said is old.
        const before = told.get(key(action.target));
        before?.cancel?.();
        if (before) Object.assign(before, { state: 'done', cancel: null });
        return false;
      }
      if (action.kind !== 'typing') return false;
      if (context.options.typing().share) share(action.target, action.state);
      return true;
    },
    onClose: () => {
      for (const { cancel } of told.values()) cancel?.();
      told.clear();
      heard.clear();
    },
  };
};
