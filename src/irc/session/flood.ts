/** Token bucket for what goes out, so that no server has a reason to end the connection (Libera: burst, then one per 2 s). */
const BURST = 4;
/** Lines that may wait in each lane. */
export const MAX_WAITING_LINES = 512;

/** `now` passes by (PONG, QUIT, registration); `user` is what was typed; `background` is what Sotto does by itself. */
export type Lane = 'now' | 'user' | 'background';

export interface Clock {
  /** Milliseconds, never going back. */
  now(): number;
  /** Runs `work` once after `ms`; the result cancels it. */
  after(ms: number, work: () => void): () => void;
}

export interface Flood {
  /** False when the lane is full. `sent` runs right after the line, or the last of several, has gone out. */
  push: (lane: Lane, line: string | readonly string[], sent?: () => void) => boolean;
  /** Lines that wait in a lane. */
  waiting: (lane: 'user' | 'background') => number;
  /** Ends it; lines that still wait are lost. */
  stop: () => void;
}

interface Entry {
  line: string | readonly string[];
  sent: (() => void) | undefined;
}

/** `pause`: the milliseconds that refill one line, 0 for no limit; asked at each use. */
export function createFlood(clock: Clock, pause: () => number, write: (line: string) => void): Flood {
  const lanes: { user: Entry[]; background: Entry[] } = { user: [], background: [] };
  let tokens = BURST;
  let refilled = clock.now();
  let cancel: (() => void) | null = null;
  let stopped = false;

  const emit = ({ line, sent }: Entry): void => {
    // What belongs together goes out back to back: nothing else may stand inside a batch of ours.
    for (const one of typeof line === 'string' ? [line] : line) write(one);
    sent?.();
  };
  const drain = (): void => {
    cancel?.();
    cancel = null;
    const now = clock.now();
    const interval = pause();
    tokens = interval <= 0 ? BURST : Math.min(BURST, tokens + (now - refilled) / interval);
    refilled = now;
    while (!stopped && (tokens >= 1 || interval <= 0)) {
      const next = lanes.user.shift() ?? lanes.background.shift();
      if (!next) return;
      tokens -= 1;
      emit(next);
    }
    if (!stopped && lanes.user.length + lanes.background.length > 0) cancel = clock.after(Math.ceil((1 - tokens) * interval), drain);
  };

  return {
    push: (lane, line, sent) => {
      if (stopped) return false;
      if (lane === 'now') {
        emit({ line, sent });
        return true;
      }
      if (lanes[lane].length >= MAX_WAITING_LINES) return false;
      lanes[lane].push({ line, sent });
      drain();
      return true;
    },
    waiting: (lane) => lanes[lane].length,
    stop: () => {
      stopped = true;
      cancel?.();
      lanes.user = [];
      lanes.background = [];
    },
  };
}
