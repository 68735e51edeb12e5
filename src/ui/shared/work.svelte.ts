/** The work of one form: one piece at a time, which can be cancelled, and what there is to say about it. No rendering. */
import { sentence } from './app.svelte.ts';

export interface Work {
  readonly busy: boolean;
  /** What was wrong with the input or with the last piece of work. */
  problem: string | null;
  /** Does nothing while a piece is under way. Never rejects: a failure becomes `problem`, unless the work was cancelled. */
  run(action: (signal: AbortSignal) => Promise<void>): Promise<void>;
  cancel(): void;
}

export function createWork(): Work {
  let current = $state.raw<AbortController | null>(null);
  let problem = $state.raw<string | null>(null);
  return {
    get busy() {
      return current !== null;
    },
    get problem() {
      return problem;
    },
    set problem(words) {
      problem = words;
    },
    run: async (action) => {
      if (current !== null) return;
      const { signal } = (current = new AbortController());
      problem = null;
      try {
        await action(signal);
      } catch (error) {
        if (!signal.aborted) problem = sentence(error);
      } finally {
        current = null;
      }
    },
    cancel: () => {
      current?.abort();
    },
  };
}
