/** Files on their way, in words. Pure. */
import type { TransferView } from '../../contract/views.ts';
import { bytesWords } from './nodeWords.ts';

const states: Record<TransferView['state'], string> = {
  offered: 'offered to you',
  waiting: 'waiting for the other side',
  connecting: 'connecting',
  active: 'on its way',
  done: 'complete',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** "1.2 MB of 3 MB · on its way" */
export function transferWords({ state, size, done, direction }: TransferView): string {
  const isPart = state === 'active' || ((state === 'failed' || state === 'cancelled') && done > 0);
  const whole = size === null ? null : bytesWords(size);
  const amount = isPart ? [bytesWords(done), whole].filter((part) => part !== null).join(' of ') : (whole ?? 'size not known');
  const words = state === 'done' ? (direction === 'receive' ? 'received' : 'sent') : states[state];
  return `${amount} · ${words}`;
}

export const isRunning = (state: TransferView['state']): boolean => state === 'waiting' || state === 'connecting' || state === 'active';

const rank: Record<TransferView['state'], number> = { offered: 0, connecting: 1, active: 1, waiting: 1, failed: 2, cancelled: 2, done: 2 };
/** What waits for the user first, then what runs, then what is over; the newest first. */
export const inTransferOrder = (transfers: readonly TransferView[]): TransferView[] =>
  [...transfers].sort((one, two) => rank[one.state] - rank[two.state] || two.id - one.id);
