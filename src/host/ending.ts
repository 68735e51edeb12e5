/** How a host's process ends: once, in order, and never later than a limit. */

/** An IRC server gets a QUIT and the store its last commit within this; then the process ends anyway. */
const END_LIMIT_MS = 10_000;
/** Ctrl+C reaches npm, the starter and Sotto, and the first two pass it on: within this time it is still the same one. */
const SAME_SIGNAL_MS = 1_000;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What runs until it is stopped. */
export interface Running {
  /** Resolves once everything has ended, by `stop` or from inside. */
  ended: Promise<void>;
  stop: () => Promise<void>;
}

/**
 * The whole life of a process: starts, ends at the first signal or from inside, and exits. `start` answers with an exit code where there is
 * nothing to run. The exit code is 0 after an orderly end, 1 when starting or ending failed (its sentence goes to `log`), 130 after a
 * second Ctrl+C.
 */
export async function runProcess(start: () => Promise<Running | number>, log: (line: string) => void): Promise<never> {
  // A terminal that is closed, or a reader that left, must not keep the program from ending in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const asked = Promise.withResolvers<undefined>();
  let first: number | null = null;
  for (const signal of signals) {
    process.on(signal, () => {
      if (first === null) {
        first = performance.now();
        limitEnding(log);
        asked.resolve(undefined);
      } else if (performance.now() - first > SAME_SIGNAL_MS) process.exit(130);
    });
  }
  try {
    const running = await start();
    if (typeof running === 'number') process.exit(running);
    await Promise.race([asked.promise.then(running.stop), running.ended]);
    limitEnding(log);
    await running.ended;
    process.exit(0);
  } catch (error) {
    log(error instanceof Error ? error.message : 'Sotto ended with an error.');
    process.exit(1);
  }
}

function limitEnding(log: (line: string) => void): void {
  setTimeout(() => {
    log('Sotto did not end in time and is stopped now.');
    process.exit(1);
  }, END_LIMIT_MS).unref();
}

/** `end` run once, however often and from wherever it is called. */
export function endOnce(end: () => Promise<void>): Running {
  const ended = Promise.withResolvers<undefined>();
  ended.promise.catch(() => undefined);
  let stopping: Promise<void> | null = null;
  return {
    ended: ended.promise,
    stop: () => {
      if (stopping === null) {
        stopping = end();
        stopping.then(() => {
          ended.resolve(undefined);
        }, ended.reject);
      }
      return stopping;
    },
  };
}
