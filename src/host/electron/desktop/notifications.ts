/** Native notifications: shown as the core tells, pressed into the window, answered in place, gone once read elsewhere. */
import type { NotificationKind, NotificationView } from '../../../contract/desktop.ts';
import type { BufferId } from '../../../contract/ids.ts';
import { soundSource } from '../../../contract/sounds.ts';
import { MAX_INPUT_LENGTH } from '../../../contract/table.ts';
import type { ShowToast, Toast, ToastContent } from './toast.ts';

/** On screen or in the desktop's list at a time; beyond it the oldest goes, as desktops do by themselves. */
export const MAX_NOTIFICATIONS = 24;

const quiet: ReadonlySet<NotificationKind> = new Set([
  'connected',
  'disconnected',
  'reconnected',
  'monitoredOnline',
  'monitoredOffline',
  'reaction',
]);

interface Options {
  /** Null where the desktop has none: everything here does nothing then. */
  showToast: () => ShowToast | null;
  /** Shows the window, and in it this buffer; null: only the window. */
  open: (buffer: BufferId | null) => void;
  /** Sends text to a buffer. What cannot be sent is kept by whoever does it. */
  reply: (buffer: BufferId, text: string, title: string) => void;
  log: (line: string) => void;
}

export interface Notifications {
  show: (view: NotificationView) => void;
  /** A sentence of the desktop part itself; pressed, it opens the window. */
  say: (sentence: string) => void;
  close: (ids: readonly number[]) => void;
  closeAll: () => void;
}

/** An answer is text, never a command: `//` is how the input says a slash. */
export const replyText = (reply: string): string => {
  const text = reply.trim();
  return text.startsWith('/') ? `/${text}` : text;
};

export function createNotifications({ showToast, open, reply, log }: Options): Notifications {
  /** Oldest first. An object that nobody holds is collected, and its events with it. */
  const alive = new Map<number | string, Toast>();

  const drop = (id: number | string): void => {
    const shown = alive.get(id);
    alive.delete(id);
    shown?.close();
  };
  const show = (id: number | string, content: ToastContent, buffer: BufferId | null): void => {
    const toast = showToast();
    if (toast === null) return;
    drop(id);
    let mine: Toast | null = null;
    const forget = (): void => {
      if (mine === null || alive.get(id) === mine) alive.delete(id);
    };
    try {
      mine = toast(content, {
        pressed: () => {
          drop(id);
          open(buffer);
        },
        replied: (text) => {
          drop(id);
          const said = replyText(text);
          if (buffer !== null && said !== '') reply(buffer, said.slice(0, MAX_INPUT_LENGTH), content.title);
        },
        closed: forget,
        failed: (why) => {
          forget();
          log(`a notification could not be shown: ${why}`);
        },
      });
    } catch (error) {
      log(`a notification could not be shown: ${error instanceof Error ? error.message : 'unknown error'}`);
      return;
    }
    alive.set(id, mine);
    for (const oldest of alive.keys()) {
      if (alive.size <= MAX_NOTIFICATIONS) break;
      drop(oldest);
    }
  };

  return {
    show: ({ id, toast, kind, title, body, buffer, canReply, sound }) => {
      const ofDesktop = sound !== null && soundSource(sound)?.kind === 'theme' ? sound : null;
      if (toast) show(id, { title, body, quiet: quiet.has(kind), sound: ofDesktop, reply: canReply && buffer !== null }, buffer);
    },
    say: (sentence) => {
      show(`say ${sentence}`, { title: 'Sotto', body: sentence, quiet: false, sound: null, reply: false }, null);
    },
    close: (ids) => {
      for (const id of ids) drop(id);
    },
    closeAll: () => {
      for (const id of [...alive.keys()]) drop(id);
    },
  };
}
