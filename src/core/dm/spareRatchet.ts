/** One ratchet key pair ahead of time, so that a turn does not wait for it. For the whole profile, in memory only. */
import { prepareRatchet } from '../../pq/session.ts';
import type { OwnRatchet, RandomSource, RatchetSource } from '../../pq/types.ts';

export interface SpareRatchet {
  /** Each pair is given once, whatever becomes of the packet; the next one is made when there is nothing else to do. */
  take: RatchetSource;
  stop(): void;
}

export function createSpareRatchet(random: RandomSource): SpareRatchet {
  let spare: OwnRatchet | null = null;
  let next: NodeJS.Immediate | null = null;
  let isStopped = false;
  const prepare = (): void => {
    if (isStopped) return;
    next ??= setImmediate(() => {
      next = null;
      spare ??= prepareRatchet(random);
    }).unref();
  };
  prepare();
  return {
    take: () => {
      const taken = spare ?? prepareRatchet(random);
      spare = null;
      prepare();
      return taken;
    },
    stop: () => {
      isStopped = true;
      if (next) clearImmediate(next);
      for (const secret of spare ? [spare.x, spare.k, spare.kSecret] : []) secret?.fill(0);
      spare = null;
    },
  };
}
