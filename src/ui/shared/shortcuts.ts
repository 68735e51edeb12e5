/** Every binding in one place: the key handler and the help dialog both read it. */

export type ShortcutId =
  | 'palette'
  | 'nextBuffer'
  | 'previousBuffer'
  | 'nextUnread'
  | 'previousUnread'
  | 'cycleRegion'
  | 'cycleRegionBack'
  | 'toggleNickList'
  | 'toggleTopic'
  | 'latest'
  | 'oldest'
  | 'closeBuffer'
  | 'copyRoute'
  | 'help'
  | 'escape';

export interface Shortcut {
  id: ShortcutId;
  /** As shown; modifiers in the order Ctrl, Alt, Shift. */
  keys: string;
  words: string;
}

export const shortcuts: readonly Shortcut[] = [
  { id: 'palette', keys: 'Ctrl+K', words: 'Command palette: switch, join, connect, copy your route' },
  { id: 'nextBuffer', keys: 'Alt+ArrowDown', words: 'Next buffer' },
  { id: 'previousBuffer', keys: 'Alt+ArrowUp', words: 'Previous buffer' },
  { id: 'nextUnread', keys: 'Alt+A', words: 'Next unread buffer' },
  { id: 'previousUnread', keys: 'Alt+Shift+A', words: 'Previous unread buffer' },
  { id: 'cycleRegion', keys: 'F6', words: 'Next region: sidebar, messages, people, input' },
  { id: 'cycleRegionBack', keys: 'Shift+F6', words: 'Previous region' },
  { id: 'oldest', keys: 'Ctrl+ArrowUp', words: 'Scroll to the oldest loaded line' },
  { id: 'latest', keys: 'Ctrl+ArrowDown', words: 'Jump to the latest line' },
  { id: 'toggleNickList', keys: 'Ctrl+Alt+M', words: 'Show or hide the people' },
  { id: 'toggleTopic', keys: 'Ctrl+Alt+T', words: 'Show the whole topic' },
  { id: 'closeBuffer', keys: 'Ctrl+Alt+W', words: 'Close this buffer' },
  { id: 'copyRoute', keys: 'Ctrl+Alt+R', words: 'Copy your route' },
  { id: 'help', keys: 'Ctrl+/', words: 'This list' },
  { id: 'escape', keys: 'Escape', words: 'Close what is open; back to the input' },
];

/** Fixed keys of the input, shown in the help dialog only. */
export const inputKeys: readonly { keys: string; words: string }[] = [
  { keys: 'Enter', words: 'Send' },
  { keys: 'Shift+Enter', words: 'New line' },
  { keys: 'Tab', words: 'Complete a nick, channel or command; again for the next' },
  { keys: 'ArrowUp', words: 'Earlier input (on the first line)' },
  { keys: 'ArrowDown', words: 'Later input (on the last line)' },
];

/** Fixed keys among the lines. */
export const lineKeys: readonly { keys: string; words: string }[] = [
  { keys: 'ArrowUp', words: 'The line before; F6 goes to the lines' },
  { keys: 'ArrowDown', words: 'The line after; after the last one the input' },
  { keys: 'Enter', words: 'What can be done with the line' },
  { keys: 'R', words: 'Reply to it' },
  { keys: 'E', words: 'React to it' },
  { keys: 'C', words: 'Copy it' },
  { keys: 'Delete', words: 'Take your own line back' },
];

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>;

/** The binding of a key press, or null. Letters are matched by their place too, so that Alt and other layouts work. */
export function shortcutFor(event: Key): ShortcutId | null {
  if (event.metaKey) return null;
  const modifiers = `${event.ctrlKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}`;
  const shift = event.shiftKey ? 'Shift+' : '';
  const letter = event.code.startsWith('Key') ? event.code.slice(3) : event.key;
  const names = new Set([`${modifiers}${shift}${event.key}`, `${modifiers}${event.key}`, `${modifiers}${shift}${letter}`]);
  // A shifted symbol ("/" on many layouts) may be written without Shift; letters and named keys may not.
  if (event.shiftKey && event.key !== '/') names.delete(`${modifiers}${event.key}`);
  return shortcuts.find(({ keys }) => names.has(keys))?.id ?? null;
}

const shown: Record<string, string> = { ArrowDown: '↓', ArrowUp: '↑', Escape: 'Esc', Delete: 'Del' };
/** The keys of a binding as caps to draw. */
export const keyCaps = (keys: string): string[] => keys.split('+').map((key) => shown[key] ?? key);
