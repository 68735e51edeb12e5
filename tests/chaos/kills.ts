/** A store that ends its process at a chosen commit: before it is asked for, while it is written, or before anybody hears of it. */
import { appendFileSync } from 'node:fs';
import { openStore, type OpenedStore, type Store, type StoreOptions } from '../../src/store/store.ts';
import { createRandom } from './random.ts';
import type { KillPlan } from './spec.ts';

const PHASES = ['before', 'during', 'after'] as const;
/** A commit takes a few milliseconds. */
const MAX_DURING_MS = 4;
/** These change nothing. */
const READS = /^(get|list|is|load|page|last|counters|outbox|kept|close|search|find|read)/;

export const openStoreToDie =
  (plan: NonNullable<KillPlan>) =>
  async (options: StoreOptions): Promise<OpenedStore> => {
    const opened = await openStore(options);
    const random = createRandom(plan.seed);
    const done = new Set(plan.done);
    let commits = 0;
    let dying = false;
    const die = (point: string): void => {
      appendFileSync(plan.file, `${point}\n`);
      process.kill(process.pid, 'SIGKILL');
    };
    const run = (operation: string, call: () => unknown): unknown => {
      commits += 1;
      const phase = PHASES[random.below(PHASES.length)] ?? 'after';
      const left = PHASES.filter((candidate) => !done.has(`${operation} ${candidate}`));
      const chosen = plan.again ? phase : left[random.below(left.length)];
      if (dying || commits <= plan.after || chosen === undefined) return call();
      dying = true;
      const point = `${operation} ${chosen}`;
      switch (chosen) {
        case 'before':
          die(point);
          return new Promise(() => undefined);
        case 'during':
          setTimeout(die, random.between(0, MAX_DURING_MS), point);
          return call();
        case 'after':
          return Promise.resolve(call()).then((result) => {
            die(point);
            return result;
          });
      }
    };
    const store: Store = new Proxy(opened.store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof name !== 'string' || typeof member !== 'function' || READS.test(name)) return member;
        return (...args: unknown[]): unknown => run(name, (): unknown => Reflect.apply(member, target, args));
      },
    });
    return { ...opened, store };
  };
