import { OverlayError } from '../overlay.ts';
import { delay } from '../wait.ts';

/** Pauses before the node is started or the server is called again. */
const RESTART_MS = [500, 2_000, 5_000, 15_000, 60_000];
/** A connection that was ready for so long is no part of a series of failures. */
const STABLE_MS = 5_000;

export interface Crashes {
  /** Ends that nobody asked for, since this profile was started. */
  count: number;
  /** `time`: milliseconds since 1970. */
  last: { time: number; reason: string } | null;
}

/** What a connection tells about itself. */
export interface Progress {
  /** The node has answered: an end from here on counts as a crash. */
  opened(): void;
  /** It can be used for routes and records. */
  ready(): void;
}

export interface Supervisor {
  /** Makes one connection after the other until the signal aborts. */
  keep(signal: AbortSignal): Promise<void>;
  /** Ends the present connection, or pause, and makes a new one at once. Not a crash. */
  restart(): void;
  crashes(): Crashes;
}

export interface SupervisorOptions {
  /** One connection from its opening to its end, with whose reason it rejects. */
  connect: (signal: AbortSignal, progress: Progress) => Promise<never>;
  /** Called with a sentence when a connection has ended and before the pause. */
  onPause: (reason: string) => void;
  log: (line: string) => void;
}

// it changes while something is awaited
const isOver = (signal: AbortSignal): boolean => signal.aborted;

/** Keeps a connection to the node: back-off, and a count of crashes for the person to see. */
export function createSupervisor({ connect, onPause, log }: SupervisorOptions): Supervisor {
  let crashes: Crashes = { count: 0, last: null };
  let present: AbortController | null = null;

  return {
    crashes: () => crashes,
    restart() {
      present?.abort(new OverlayError('tryAgain', 'The Veilid node is being restarted.'));
    },
    async keep(signal) {
      for (let failures = 0; ; failures += 1) {
        const current = new AbortController();
        present = current;
        const either = AbortSignal.any([signal, current.signal]);
        const seen: { opened: boolean; readySince: number | null } = { opened: false, readySince: null };
        const error: unknown = await connect(either, {
          opened() {
            seen.opened = true;
          },
          ready() {
            seen.readySince ??= performance.now();
          },
        }).catch((reason: unknown) => reason);
        if (isOver(signal)) return;
        if (isOver(current.signal)) {
          failures = -1;
          continue;
        }
        const reason = error instanceof OverlayError ? error.message : 'The Veilid node failed.';
        log(error instanceof Error ? error.message : String(error));
        if (seen.opened) crashes = { count: crashes.count + 1, last: { time: Date.now(), reason } };
        if (seen.readySince !== null && performance.now() - seen.readySince >= STABLE_MS) failures = 0;
        onPause(reason);
        await delay(RESTART_MS[Math.min(failures, RESTART_MS.length - 1)] ?? 0, either).catch(() => undefined);
        if (isOver(signal)) return;
        if (isOver(current.signal)) failures = -1;
      }
    },
  };
}
