import { OverlayError } from '../overlay.ts';
import { abortable } from '../wait.ts';
import type { Channel } from './channel.ts';
import { NodeRefusal } from './errors.ts';
import { readLine, type Update } from './protocol.ts';

/** As many as veilid-node works on at a time. */
const MAX_PENDING = 256;
/** Record operations take up to 10 s, a new route as long; whatever takes longer than this has been forgotten. */
const ANSWER_TIMEOUT_MS = 40_000;
const MAX_ID = 0xffff_ffff;

export type Arguments = Record<string, unknown>;

/** Requests and answers over one channel, matched by id. It ends with its channel. */
export interface Connection {
  /** Rejects with NodeRefusal, OverlayError, or the signal's reason; the answer to a cancelled request is ignored. */
  request(op: string, args: Arguments, signal: AbortSignal): Promise<unknown>;
  /** A line arrived. Lines that are not understood are skipped. */
  read(line: string): void;
  /** Rejects everything that waits, and everything that comes later. */
  fail(error: OverlayError): void;
}

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * `onLost` is called when the node had to drop updates because we read too slowly; `onSilent` when a request ran out of time and
 * nothing else came from the node meanwhile: it hangs.
 */
export function createConnection(
  channel: () => Channel | null,
  onUpdate: (update: Update) => void,
  onLost: () => void,
  onSilent: () => void = () => undefined,
): Connection {
  const waiting = new Map<number, Waiting>();
  let failed: OverlayError | null = null;
  let nextId = 1;
  /** Lines that arrived. */
  let heard = 0;

  const takeId = (): number => {
    while (waiting.has(nextId)) nextId = nextId === MAX_ID ? 1 : nextId + 1;
    const id = nextId;
    nextId = nextId === MAX_ID ? 1 : nextId + 1;
    return id;
  };

  return {
    request(op, args, signal) {
      if (failed !== null) return Promise.reject(failed);
      if (waiting.size >= MAX_PENDING) return Promise.reject(new OverlayError('tryAgain', 'Too much is being sent at the same time.'));
      return abortable<unknown>(signal, (resolve, reject) => {
        const id = takeId();
        waiting.set(id, { resolve, reject });
        const heardBefore = heard;
        const timer = setTimeout(() => {
          reject(new OverlayError('timeout', 'The Veilid node does not answer.'));
          if (heard === heardBefore) onSilent();
        }, ANSWER_TIMEOUT_MS);
        const sent = channel()?.send(JSON.stringify({ ...args, id, op })) ?? false;
        if (!sent) reject(new OverlayError('tryAgain', 'The Veilid node is not listening.'));
        return () => {
          clearTimeout(timer);
          waiting.delete(id);
        };
      });
    },
    read(line) {
      heard += 1;
      const message = readLine(line);
      if (message === null) return;
      switch (message.type) {
        case 'answer':
          waiting.get(message.id)?.resolve(message.value);
          return;
        case 'refusal':
          waiting.get(message.id)?.reject(new NodeRefusal(message.error));
          return;
        case 'update':
          onUpdate(message.update);
          return;
        case 'lost':
          onLost();
          return;
        case 'hello':
        case 'busy':
          return;
        default:
          message satisfies never;
      }
    },
    fail(error) {
      failed = error;
      for (const { reject } of [...waiting.values()]) reject(error);
    },
  };
}
