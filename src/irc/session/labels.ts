/**
 * IRCv3 labeled-response: which of our requests a line answers. An answer is one line, one batch, or ACK. A label is never used
 * twice on a connection, and one that we did not give out means nothing.
 */
import type { Action } from '../../contract/chat.ts';
import type { Clock } from './flood.ts';

/** Requests that may wait for an answer; more go out without a label. */
export const MAX_LABELS = 256;
/** Some requests are never answered (the specification says so): then as without labels. */
export const LABEL_TIMEOUT_MS = 60_000;

export interface Request {
  /** The conversation it is about: what the server says to it is shown there. */
  readonly target: string | null;
  /** Set for a text of ours. */
  readonly label: string | null;
  /** The answer is complete, or none came in time. Called once, unless the connection ends before. */
  readonly onEnd: (() => void) | null;
}

export interface Labels {
  /** The request with its label; null where the server has no labels, or too many wait. */
  begin(target: string | null, onEnd?: () => void): Request & { label: string | null };
  find(label: string | undefined): Request | null;
  /** Its answer is complete. */
  end(request: Request): void;
  waiting(): number;
  stop(): void;
}

export function createLabels(clock: Clock, enabled: () => boolean): Labels {
  const open = new Map<string, { request: Request; cancel: () => void }>();
  let next = 0;

  const end = (request: Request): void => {
    const entry = request.label === null ? undefined : open.get(request.label);
    if (!entry || request.label === null) return;
    entry.cancel();
    open.delete(request.label);
    request.onEnd?.();
  };
  return {
    begin: (target, onEnd) => {
      if (!enabled() || open.size >= MAX_LABELS) return { target, label: null, onEnd: onEnd ?? null };
      next += 1;
      const request = { target, label: `s${next.toString(36)}`, onEnd: onEnd ?? null };
      open.set(request.label, {
        request,
        cancel: clock.after(LABEL_TIMEOUT_MS, () => {
          end(request);
        }),
      });
      return request;
    },
    find: (label) => (label === undefined ? null : (open.get(label)?.request ?? null)),
    end,
    waiting: () => open.size,
    stop: () => {
      for (const { cancel } of open.values()) cancel();
      open.clear();
    },
  };
}

/** The tag of a request, for `send`. */
export const labelTag = ({ label }: Pick<Request, 'label'>): { label?: string } => (label === null ? {} : { label });

/** Actions whose answer belongs to the conversation they are about. */
const ABOUT: ReadonlySet<Action['kind']> = new Set(['topic', 'mode', 'masks', 'kick', 'invite', 'knock', 'names', 'part', 'ctcp']);

/** A line that is made of an action, with a label where its answer has to find its way back. It has no tags yet. */
export function labelled(labels: Labels, action: Action, line: string): string {
  if (!ABOUT.has(action.kind)) return line;
  const target = 'channel' in action ? action.channel : 'target' in action ? action.target : null;
  const { label } = labels.begin(target);
  return label === null ? line : `@label=${label} ${line}`;
}
