/** Notifications through Electron, which hands them to libnotify, and inside flatpak through it to the portal. */
import type { NotificationConstructorOptions } from 'electron';
import type { DesktopNotification } from './parts.ts';
import { escapeMarkup, REPLY_WORDS, type ShowToast, type ToastContent } from './toast.ts';

/** What Electron's notifications can do here. */
export interface NotificationAbilities {
  /** Bodies are read as markup; libnotify passes them on as they are. */
  markup: boolean;
  /** A line can be written inside (`hasReply`: macOS and Windows). Elsewhere a button leads to the input. */
  reply: boolean;
}

/** The sound, where there is one, is the page's: Electron cannot name one of the desktop's. */
export const notificationOptions = (
  { title, body, quiet, reply }: ToastContent,
  abilities: NotificationAbilities,
): NotificationConstructorOptions => ({
  title,
  body: abilities.markup ? escapeMarkup(body) : body,
  silent: true,
  urgency: quiet ? 'low' : 'normal',
  timeoutType: 'default',
  ...(reply && abilities.reply ? { hasReply: true, replyPlaceholder: REPLY_WORDS } : {}),
  ...(reply && !abilities.reply ? { actions: [{ type: 'button', text: REPLY_WORDS }] } : {}),
});

export const electronToasts =
  (make: (options: NotificationConstructorOptions) => DesktopNotification, abilities: () => NotificationAbilities): ShowToast =>
  (content, { pressed, replied, closed, failed }) => {
    const shown = make(notificationOptions(content, abilities()));
    shown.on('click', pressed);
    shown.on('action', pressed);
    shown.on('close', closed);
    shown.on('failed', (_event, error) => {
      failed(error);
    });
    shown.on('reply', (event, text) => {
      replied(event.reply ?? text);
    });
    shown.show();
    return shown;
  };
