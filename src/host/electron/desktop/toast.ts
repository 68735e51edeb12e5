/** One notification on the desktop, whoever shows it: Electron, or the notification service itself. */

export interface ToastContent {
  title: string;
  /** Plain text; whoever shows it makes markup of it where that is wanted. */
  body: string;
  /** Shown without a call for attention; desktops may fold it away. */
  quiet: boolean;
  /** A name of the desktop's sound theme, for whoever can play it; null: silent, or the page plays it. */
  sound: string | null;
  /** The person can answer with a line of text. */
  reply: boolean;
}

export interface ToastHandlers {
  pressed: () => void;
  /** Written inside the notification. */
  replied: (text: string) => void;
  /** It is gone, by whomever. */
  closed: () => void;
  failed: (why: string) => void;
}

export interface Toast {
  close(): void;
}

/** Shows one. May throw. */
export type ShowToast = (content: ToastContent, handlers: ToastHandlers) => Toast;

export const REPLY_WORDS = 'Reply';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * For a body that the notification server reads as markup (Desktop Notifications Specification 1.2, "Markup"): links, images and
 * emphasis of a stranger are shown as the characters they are. Summaries are never markup.
 */
export const escapeMarkup = (text: string): string => text.replace(/[&<>]/g, (character) => entities[character] ?? '');
