/** IRCv3 draft/read-marker: what was read here is told to our other clients, and what they have read is read here. It only rises. */
import { encodeLine } from '../../wire/encode.ts';
import { isChannel, nameParam, param, type CreateExtension } from '../context.ts';
import { readTime } from '../time.ts';

/** Conversations whose marker is remembered; of more, the first are forgotten. */
export const MAX_READ_MARKERS = 2_000;
/** Reading on sends at most one marker a conversation in this time. */
export const MARKER_INTERVAL_MS = 2_000;

export const createReadMarker: CreateExtension = (context) => {
  const known = new Map<string, number>();
  const pending = new Map<string, { target: string; time: number; cancel: () => void }>();

  const isOffered = (): boolean => context.caps.has('draft/read-marker');
  const key = (name: string): string => (isChannel(context, name) ? context.roster.channelKey(name) : context.roster.nickKey(name));
  /** False where it does not rise. */
  const raise = (target: string, time: number): boolean => {
    const id = key(target);
    if (time <= (known.get(id) ?? 0)) return false;
    known.delete(id);
    known.set(id, time);
    if (known.size > MAX_READ_MARKERS) for (const [first] of known) if (known.size > MAX_READ_MARKERS) known.delete(first);
    return true;
  };

  const flush = (id: string): void => {
    const entry = pending.get(id);
    pending.delete(id);
    if (entry && isOffered() && raise(entry.target, entry.time))
      context.send('background', 'MARKREAD', [entry.target, `timestamp=${new Date(entry.time).toISOString()}`]);
  };

  return {
    handlers: {
      MARKREAD: (_context, incoming) => {
        // Only the server says what was read: from anybody else it would hide lines.
        if (!incoming.from.server && key(incoming.from.nick) !== key(context.me.nick)) return;
        const target = nameParam(incoming, 0);
        const value = param(incoming, 1);
        if (target === '') return;
        if (value === '*') {
          context.emit({ kind: 'readMarker', target, time: null });
          return;
        }
        const time = value.startsWith('timestamp=') ? readTime(value.slice('timestamp='.length)) : null;
        // A marker of the future would hide what is not written yet.
        if (time === null || !raise(target, Math.min(time, context.wallClock()))) return;
        context.emit({ kind: 'readMarker', target, time: Math.min(time, context.wallClock()) });
      },
    },
    act: (action) => {
      if (action.kind !== 'markRead') return false;
      if (!isOffered()) return true;
      if (action.time === null) {
        context.send('background', 'MARKREAD', [action.target]);
        return true;
      }
      // A name that cannot be sent is refused now: nobody would hear of it when its time has come.
      encodeLine('MARKREAD', [action.target, '*']);
      const id = key(action.target);
      const waiting = pending.get(id);
      if (waiting) {
        waiting.time = Math.max(waiting.time, action.time);
        return true;
      }
      if (action.time <= (known.get(id) ?? 0) || pending.size >= MAX_READ_MARKERS) return true;
      pending.set(id, {
        target: action.target,
        time: action.time,
        cancel: context.clock.after(MARKER_INTERVAL_MS, () => {
          flush(id);
        }),
      });
      return true;
    },
    onClose: () => {
      for (const { cancel } of pending.values()) cancel();
      pending.clear();
    },
  };
};
