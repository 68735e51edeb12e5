/**
 * Own texts on their way. Each is shown exactly once: where the server echoes (echo-message), when its echo comes; else when
 * it is sent. What is left when the session ends is reported, never dropped silently.
 */
import type { TextForm } from '../../contract/chat.ts';

/** Sent texts whose echo is awaited; above it the oldest is shown without one. */
const MAX_AWAITED = 256;

export interface OwnText {
  target: string;
  form: TextForm;
  text: string;
}

export interface Outgoing {
  /** Waits for its turn to be sent. */
  queued(text: OwnText): void;
  /** Has gone out. */
  sent(text: OwnText): void;
  /** An own text came back. False where it repeats the one before (a text to oneself arrives twice). */
  echoed(text: OwnText): boolean;
  /** The server refused the oldest text to this target. */
  refused(target: string): OwnText | null;
  /** Everything not known to have arrived. */
  drain(): OwnText[];
}

interface Options {
  /** Folds a nick or channel. */
  key: (name: string) => string;
  echoes: () => boolean;
  isMe: (nick: string) => boolean;
  show: (text: OwnText) => void;
}

export function createOutgoing({ key, echoes, isMe, show }: Options): Outgoing {
  const waiting = new Set<OwnText>();
  const awaited = new Set<OwnText>();
  let twin: OwnText | null = null;

  const take = (matches: (entry: OwnText) => boolean): OwnText | null => {
    for (const entry of awaited) {
      if (matches(entry)) {
        awaited.delete(entry);
        return entry;
      }
    }
    return null;
  };

  return {
    queued: (text) => {
      waiting.add(text);
    },
    sent: (text) => {
      waiting.delete(text);
      if (!echoes()) {
        show(text);
        return;
      }
      awaited.add(text);
      if (awaited.size <= MAX_AWAITED) return;
      const oldest = take(() => true);
      if (oldest) show(oldest);
    },
    // A server may change the text (colours stripped), so the order decides, not the text.
    echoed: (text) => {
      if (twin !== null && isMe(text.target) && twin.text === text.text && twin.form === text.form) {
        twin = null;
        return false;
      }
      const found = take((entry) => entry.form === text.form && key(entry.target) === key(text.target));
      twin = found !== null && isMe(text.target) ? text : null;
      return true;
    },
    refused: (target) => take((entry) => key(entry.target) === key(target)),
    drain: () => {
      const rest = [...awaited, ...waiting];
      awaited.clear();
      waiting.clear();
      return rest;
    },
  };
}
