/** Asks the person what to do about a core that does not answer. The question goes away by itself when it answers again. */
import type { MessageBoxOptions } from 'electron';

const WAIT = 0;
const RESTART = 1;

interface Options {
  /** `dialog.showMessageBox`. */
  show: (options: MessageBoxOptions) => Promise<{ response: number }>;
  onWait: () => void;
  onRestart: () => void;
  log: (line: string) => void;
}

export interface SilentCore {
  /** `seconds` of silence. */
  ask(seconds: number): void;
  /** The question is over; a press that comes later changes nothing. */
  over(): void;
}

export function createSilentCore({ show, onWait, onRestart, log }: Options): SilentCore {
  let open: AbortController | null = null;
  const over = (): void => {
    const closing = open;
    open = null;
    closing?.abort();
  };
  return {
    ask: (seconds) => {
      over();
      const mine = new AbortController();
      open = mine;
      show({
        type: 'warning',
        title: 'Sotto',
        message: 'Sotto does not answer.',
        detail: `Its core has been busy or stuck for ${seconds} seconds. What it has accepted is stored. Restarting it connects anew.`,
        buttons: ['Wait', 'Restart the core'],
        defaultId: WAIT,
        cancelId: WAIT,
        noLink: true,
        signal: mine.signal,
      }).then(
        ({ response }) => {
          if (open !== mine) return;
          open = null;
          if (response === RESTART) onRestart();
          else onWait();
        },
        () => {
          if (open === mine) log('the question about the core could not be shown');
        },
      );
    },
    over,
  };
}
