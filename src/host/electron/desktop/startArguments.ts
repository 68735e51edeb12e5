/**
 * What the desktop part takes from a command line, its own or that of a second start. Both are hostile: a browser or another program
 * wrote them. Only one link is looked for; what it means is decided by the core, and it only fills in a dialog (E14).
 */
import { MAX_LINK_TEXT } from '../../../contract/desktop.ts';

/** Chromium adds its own; more than these are not looked at. */
const MAX_ARGUMENTS = 64;
/** Start without a window, in the tray: what start at login uses. */
export const BACKGROUND_ARGUMENT = '--background';

const link = /^(?:irc|ircs|sotto):[^\s]/i;

export interface StartArguments {
  /** Begins with `irc:`, `ircs:` or `sotto:`, at most MAX_LINK_TEXT long; nothing else is known of it. */
  link: string | null;
  background: boolean;
}

/** `argv` with the program's name. A link that is too long counts as none. */
export function readStart(argv: readonly string[]): StartArguments {
  const given = argv.slice(1, 1 + MAX_ARGUMENTS);
  return {
    link: given.find((text) => text.length <= MAX_LINK_TEXT && link.test(text)) ?? null,
    background: given.includes(BACKGROUND_ARGUMENT),
  };
}
