/** A store of a program that ends at a chosen write: that write and all that follow never happen, and nobody hears of them. */
import { openStore, type OpenedStore, type Store, type StoreOptions } from '../../src/store/store.ts';

/** These change nothing. */
const READS = /^(get|list|is|load|page|last|counters|outbox|kept|expired|untold|known|find|close)/;

export interface Mortal {
  openStore: (options: StoreOptions) => Promise<OpenedStore>;
  /** That many writes still happen, counted from the first one that `begins` picks by its name and its arguments as JSON. */
  endAfter(writes: number, begins: (operation: string, given: string) => boolean): void;
  /** A write was wanted that did not happen. */
  isDead(): boolean;
}

export function mortalStore(): Mortal {
  let left = Number.POSITIVE_INFINITY;
  let end: Parameters<Mortal['endAfter']> | null = null;
  let dead = false;
  const write = (operation: string, given: readonly unknown[], call: () => unknown): unknown => {
    if (end?.[1](operation, JSON.stringify(given)) === true) {
      left = end[0];
      end = null;
    }
    left -= 1;
    if (left >= 0) return call();
    dead = true;
    return Promise.reject(new Error('the program has ended'));
  };
  return {
    openStore: async (options) => {
      const opened = await openStore(options);
      const store: Store = new Proxy(opened.store, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name);
          if (typeof name !== 'string' || typeof member !== 'function' || READS.test(name)) return member;
          return (...args: unknown[]): unknown => write(name, args, (): unknown => Reflect.apply(member, target, args));
        },
      });
      return { ...opened, store };
    },
    endAfter: (...plan) => {
      end = plan;
    },
    isDead: () => dead,
  };
}
