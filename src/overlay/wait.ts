/** Waiting that an AbortSignal ends. */

/** Resolves after `ms`; rejects with the signal's reason. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return abortable(signal, (resolve) => {
    const timer = setTimeout(resolve, ms);
    return () => {
      clearTimeout(timer);
    };
  });
}

/** A promise whose `begin` returns its own clean-up, which runs once it is settled, also by the signal. */
export function abortable<T>(
  signal: AbortSignal,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const once = { settled: false, cleanUp: (): void => undefined };
    const settle = (finish: () => void): void => {
      if (once.settled) return;
      once.settled = true;
      signal.removeEventListener('abort', onAbort);
      once.cleanUp();
      finish();
    };
    const onAbort = (): void => {
      settle(() => {
        reject(reasonOf(signal));
      });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const end = begin(
      (value) => {
        settle(() => {
          resolve(value);
        });
      },
      (error) => {
        settle(() => {
          reject(error);
        });
      },
    );
    once.cleanUp = end;
    // settled while beginning: the clean-up was not known yet
    if (once.settled) end();
  });
}

/** The result of `work`, unless the signal is faster. The work itself goes on; its late failure is nobody's business any more. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return abortable(signal, (resolve, reject) => {
    work.then(resolve, (error: unknown) => {
      reject(error instanceof Error ? error : new Error(String(error)));
    });
    return () => undefined;
  });
}

export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new DOMException('The operation was cancelled.', 'AbortError');
}
