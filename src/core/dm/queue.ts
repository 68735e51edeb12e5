/**
 * One task after the other per key. A ratchet session is loaded, advanced and committed as one step; two steps of one
 * contact never interleave.
 */
export interface SerialQueue {
  run<T>(key: string | number, task: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

export function createSerialQueue(): SerialQueue {
  const last = new Map<string | number, Promise<unknown>>();
  return {
    run: (key, task) => {
      const previous = last.get(key) ?? Promise.resolve();
      const result = previous.then(task, task);
      last.set(key, result);
      const forget = (): void => {
        if (last.get(key) === result) last.delete(key);
      };
      result.then(forget, forget);
      return result;
    },
    idle: async () => {
      while (last.size > 0) await Promise.allSettled(last.values());
    },
  };
}
