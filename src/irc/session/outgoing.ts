/**
 * Own texts on their way. Each is shown exactly once: where the server echoes (echo-message), when its echo comes; else when
 * it is sent. What is left when the session ends is reported, never dropped silently.
 */
import type { TextForm, TextTags } from '../../contract/chat.ts';

/** Sent texts whose echo is awaited; above it the oldest is shown without one. */
const MAX_AWAITED = 256;

export interface OwnText {
  target: string;
  form: TextForm;
  /** As the server will send it back: lines of a draft/multiline message in one. */
  text: string;
  /** Of labeled-response, where it was sent with one. */
  label?: string | null;
  tags?: TextTags;
}

export interface Outgoing {
  /** Waits for its turn to be sent. */
  queued(text: OwnText): void;
  /** Has gone out. */
  sent(text: OwnText): void;
  /** An own text came back. False where it repeats the one before (a text to oneself arrives twice). */
  echoed(text: OwnText): boolean;
  /** The server refused the text with this label, or else the oldest to this target. */
  refused(target: string, label?: string | null): OwnText | null;
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
  const labelled = (label: string | null | undefined): OwnText | null =>
    label === null || label === undefined ? null : take((entry) => entry.label === label);

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
    echoed: (text) => {
      if (twin !== null && isMe(text.target) && twin.text === text.text && twin.form === text.form) {
        twin = null;
        return false;
      }
      const fits = (entry: OwnText): boolean => entry.form === text.form && key(entry.target) === key(text.target);
      // A server may change the text (colours stripped), so without a label the order decides, not the text. What was sent with
      // a label comes back with it: an echo without one is another client's, unless it says the very same.
      const found = labelled(text.label) ?? take((entry) => fits(entry) && ((entry.label ?? null) === null || entry.text === text.text));
      twin = found !== null && isMe(text.target) ? text : null;
      return true;
    },
    refused: (target, label) => labelled(label) ?? take((entry) => (entry.label ?? null) === null && key(entry.target) === key(target)),
    drain: () => {
      const rest = [...awaited, ...waiting];
      awaited.clear();
      waiting.clear();
      return rest;
    },
  };
}
