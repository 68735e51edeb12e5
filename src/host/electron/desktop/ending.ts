/**
 * Every way out ends the core first, once: Ctrl+Q and the tray (`app.quit`), a signal, the end of the session, the last window. Electron's
 * own way out would end the process at once, so it is prevented until everything is stored.
 */
import type { DesktopApp, DesktopPower, Preventable } from './parts.ts';

/** An IRC server gets a QUIT and the store its last commit within this; then the process ends anyway. */
export const END_LIMIT_MS = 12_000;
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** What is used of `process`. */
export interface SignalSource {
  on(signal: (typeof signals)[number], listener: () => void): unknown;
}

interface Options {
  app: Pick<DesktopApp, 'on' | 'exit'>;
  power: Pick<DesktopPower, 'on'>;
  process: SignalSource;
  /** Rejections are logged, and end the process all the same. */
  end: () => Promise<void>;
  log: (line: string) => void;
  limit?: number;
}

export interface Ending {
  readonly begun: boolean;
  /** Resolves when everything has ended and `app.exit` was called. */
  quit: () => Promise<void>;
}

export function followEnding({ app, power, process, end, log, limit = END_LIMIT_MS }: Options): Ending {
  let ending: Promise<void> | null = null;
  let over = false;

  const finish = async (): Promise<void> => {
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
    }, limit);
    const inTime = await Promise.race([
      end().then(
        () => true,
        (error: unknown) => {
          log(error instanceof Error ? error.message : 'Sotto ended with an error.');
          return false;
        },
      ),
      new Promise<boolean>((resolve) => {
        late.signal.addEventListener('abort', () => {
          log('Sotto did not end in time and is stopped now.');
          resolve(false);
        });
      }),
    ]);
    clearTimeout(timer);
    over = true;
    app.exit(inTime ? 0 : 1);
  };
  const quit = (): Promise<void> => (ending ??= finish());

  const prevent = (event: Preventable): void => {
    if (over) return;
    event.preventDefault();
    void quit();
  };
  app.on('before-quit', prevent);
  app.on('window-all-closed', () => {
    void quit();
  });
  // The event holds back the end of the session, where the session allows that (logind's delay lock).
  power.on('shutdown', (event) => {
    event?.preventDefault();
    void quit();
  });
  for (const signal of signals) {
    process.on(signal, () => {
      void quit();
    });
  }
  return {
    get begun() {
      return ending !== null;
    },
    quit,
  };
}
