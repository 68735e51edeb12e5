/**
 * Whether the files take what they are given. A full or read-only disk is told once, looked after until it is over, and told again then:
 * nobody else has to ask.
 */
import { StoreError, type StoreErrorCode } from './errors.ts';

/** Between two looks. */
const PROBE_INTERVAL_MS = 2_000;

/** Failures that end when somebody makes room or mounts the disk anew. */
const passing: ReadonlySet<StoreErrorCode> = new Set(['diskFull', 'readOnly', 'io']);

const isPassing = (error: unknown): error is StoreError => error instanceof StoreError && passing.has(error.code);

interface Trouble {
  /** An operation failed. */
  seen(error: unknown): void;
  stop(): void;
}

/**
 * `probe` writes to both files as much as an ordinary operation does, and rejects where that fails. `onTrouble` hears of the failure once it was
 * seen twice, by an operation and by the probe, and of null each time both files can be written again.
 */
export function createTrouble(probe: () => Promise<void>, onTrouble: (error: StoreError | null) => void): Trouble {
  let isLooking = false;
  let isTold = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;

  const look = async (): Promise<void> => {
    timer = null;
    try {
      await probe();
      isLooking = false;
      isTold = false;
      if (!isStopped) onTrouble(null);
    } catch (error) {
      if (isStopped) return;
      if (!isPassing(error)) {
        isLooking = false;
        return;
      }
      if (!isTold) onTrouble(error);
      isTold = true;
      timer = setTimeout(() => void look(), PROBE_INTERVAL_MS).unref();
    }
  };
  return {
    seen: (error) => {
      if (isLooking || isStopped || !isPassing(error)) return;
      isLooking = true;
      void look();
    },
    stop: () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
