/** The browser's own notifications. They are asked for by a press of the person only, and offered when there was one to show. */
import type { NotificationView } from '../../contract/desktop.ts';
import { soundSource } from '../../contract/sounds.ts';

const ANSWER_KEY = 'sotto.notifications';
/** Shown at a time; the browser forgets older ones by itself. */
const MAX_SHOWN = 100;

export interface WebNotifications {
  readonly permission: NotificationPermission;
  /** There was something to tell, and the person has not said yes or no. */
  readonly isOffered: boolean;
  /** Inside a press: the browser asks. */
  ask(): Promise<void>;
  /** No, and not again. */
  decline(): void;
  show(view: NotificationView): void;
  close(ids: readonly number[]): void;
}

/** What is needed of the browser's `Notification`. */
export interface NotificationApi {
  readonly permission: NotificationPermission;
  requestPermission(): Promise<NotificationPermission>;
  new (title: string, options?: NotificationOptions): ShownNotification;
}
interface ShownNotification {
  onclick: ((event: Event) => unknown) | null;
  onclose: ((event: Event) => unknown) | null;
  close(): void;
}

/** The page plays the others itself. */
const isOfDesktop = (sound: string | null): boolean => sound !== null && soundSource(sound)?.kind === 'theme';

interface Options {
  /** The browser's `Notification`. */
  api: NotificationApi;
  storage: Pick<Storage, 'getItem' | 'setItem'>;
  onOpen: (view: NotificationView) => void;
}

export function createWebNotifications({ api, storage, onOpen }: Options): WebNotifications {
  let permission = $state.raw<NotificationPermission>(api.permission);
  let hadOne = $state(false);
  let answered = $state(storage.getItem(ANSWER_KEY) === 'no');
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- not drawn
  const shown = new Map<number, ShownNotification>();

  return {
    get permission() {
      return permission;
    },
    get isOffered() {
      return permission === 'default' && hadOne && !answered;
    },
    ask: async () => {
      permission = await api.requestPermission();
      if (permission !== 'default') hadOne = false;
    },
    decline: () => {
      answered = true;
      storage.setItem(ANSWER_KEY, 'no');
    },
    show: (view) => {
      if (!view.toast) return;
      permission = api.permission;
      hadOne = true;
      if (permission !== 'granted') return;
      // Several tabs show the same one: the tag makes it one.
      const made = new api(view.title, { body: view.body, tag: `sotto-${view.id}`, silent: !isOfDesktop(view.sound) });
      made.onclick = () => {
        window.focus();
        made.close();
        onOpen(view);
      };
      made.onclose = () => {
        shown.delete(view.id);
      };
      shown.set(view.id, made);
      for (const oldest of shown.keys()) {
        if (shown.size <= MAX_SHOWN) break;
        shown.delete(oldest);
      }
    },
    close: (ids) => {
      for (const id of ids) {
        shown.get(id)?.close();
        shown.delete(id);
      }
    },
  };
}
