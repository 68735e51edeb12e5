/** What is told of a disk that takes nothing any more, and what is repeated once it does again. */
import type { StorageView } from '../contract/views.ts';
import { StoreError } from '../store/store.ts';

/** Failures that end when somebody makes room or mounts the disk anew: what failed by them may be repeated. */
const passing: ReadonlySet<StoreError['code']> = new Set(['diskFull', 'readOnly', 'io']);
export const isPassing = (error: unknown): boolean => error instanceof StoreError && passing.has(error.code);

const OVER = 'Sotto’s files can be written again. What was heard meanwhile is being stored.';

function words({ code }: StoreError): string {
  const what =
    code === 'diskFull'
      ? 'The disk is full.'
      : code === 'readOnly'
        ? 'Sotto’s files cannot be written: the disk or the folder is read-only.'
        : 'Sotto’s files cannot be written: the disk reports errors.';
  return `${what} What you send is refused and stays in the input; what is heard in channels is kept in memory. Sotto tries again by itself.`;
}

export interface Storage {
  view(): StorageView;
  /** To be told by the store; null: its files can be written again. */
  trouble(error: StoreError | null): void;
}

export function createStorage(onView: (view: StorageView) => void, onOver: (text: string | null) => void): Storage {
  let problem: string | null = null;
  return {
    view: () => ({ problem }),
    trouble: (error) => {
      const before = problem;
      problem = error === null ? null : words(error);
      if (problem !== before) onView({ problem });
      // Lines may wait also where the disk refused only for a moment, too short to be told.
      if (error === null) onOver(before === null ? null : OVER);
    },
  };
}
