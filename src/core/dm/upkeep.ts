/** Work that has to be done once the network allows it: records, ended records, routes. Repeated until it is done, with pauses. */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 600_000;
const DAY_MS = 24 * 3_600_000;

export interface Task {
  /** For the log. */
  name: string;
  /** True when nothing of it is left to do. Called one at a time. */
  run: () => Promise<boolean>;
}

export interface Upkeep {
  /** Something changed: go through the tasks now. */
  kick(): void;
  stop(): Promise<void>;
}

interface Options {
  tasks: readonly Task[];
  /** Called at once and every day. */
  daily: () => Promise<void>;
  /** Milliseconds until there is something to do again although nothing changed; null: there is not. */
  dueIn: () => number | null;
  /** Where there is no network there is nothing to retry: a kick follows when it is back. */
  isOnline: () => boolean;
  log: (line: string) => void;
}

export function createUpkeep({ tasks, daily, dueIn, isOnline, log }: Options): Upkeep {
  let running: Promise<void> | null = null;
  let again = false;
  let failures = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const attempt = async ({ name, run }: Task): Promise<boolean> => {
    try {
      return await run();
    } catch (error) {
      if (!stopped) log(`${name}: ${error instanceof Error ? error.name : 'unknown error'}`);
      return false;
    }
  };
  const round = async (): Promise<void> => {
    let isDone = true;
    for (const task of tasks) if (!stopped && isOnline() && !(await attempt(task))) isDone = false;
    failures = isDone ? 0 : failures + 1;
  };
  const kick = (): void => {
    if (stopped) return;
    clearTimeout(timer);
    if (running) {
      again = true;
      return;
    }
    // A task may ask for another round before it has waited for anything.
    running = Promise.resolve()
      .then(round)
      .finally(() => {
        running = null;
        if (stopped) return;
        const isNews = again;
        again = false;
        // What fails and by that asks for another round has to wait as well.
        if (isNews && failures === 0) kick();
        else if (failures > 0 && isOnline()) {
          timer = setTimeout(kick, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20)));
        } else {
          const due = dueIn();
          if (due !== null) timer = setTimeout(kick, Math.min(DAY_MS, Math.max(FIRST_PAUSE_MS, due)));
        }
      });
  };
  let cleaning: Promise<unknown> = Promise.resolve();
  const clean = (): void => {
    cleaning = attempt({ name: 'daily clean-up', run: () => daily().then(() => true) }).then(kick);
  };
  const days = setInterval(clean, DAY_MS);
  clean();
  return {
    kick,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      clearInterval(days);
      await Promise.all([running, cleaning]);
    },
  };
}
