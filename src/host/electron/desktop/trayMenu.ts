/** What the tray shows: one of three icons, a tooltip, a menu. */
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuActions, MenuState } from './actions.ts';
import { choices, pageShortcuts } from './applicationMenu.ts';

export type TrayIcon = 'tray' | 'tray-unread' | 'tray-highlight';

export function trayIcon({ unread, highlights }: Pick<MenuState, 'unread' | 'highlights'>): TrayIcon {
  if (highlights > 0) return 'tray-highlight';
  return unread > 0 ? 'tray-unread' : 'tray';
}

/** In words, since the icon alone tells nothing to a screen reader. */
export function trayTooltip({ unread, highlights, stopped, doNotDisturb }: MenuState): string {
  if (stopped !== null) return `Sotto: ${stopped}`;
  const counts = [
    highlights > 0 ? `${highlights} ${highlights === 1 ? 'highlight' : 'highlights'}` : '',
    unread > 0 ? `${unread} unread` : '',
    doNotDisturb ? 'do not disturb' : '',
  ].filter((part) => part !== '');
  return counts.length === 0 ? 'Sotto' : `Sotto: ${counts.join(', ')}`;
}

export function trayMenu(state: MenuState, actions: MenuActions): MenuItemConstructorOptions[] {
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const running = state.stopped === null;
  return [
    ...(running
      ? []
      : [{ label: state.stopped ?? '', enabled: false }, { label: 'Start it again', click: actions.restartCore }, separator]),
    state.windowVisible ? { label: 'Hide Sotto', click: actions.hide } : { label: 'Show Sotto', click: actions.show },
    separator,
    { label: pageShortcuts.copyRoute.label, enabled: running, click: actions.copyRoute },
    {
      label: 'Connect…',
      enabled: running,
      click: () => {
        actions.press(pageShortcuts.palette.keys);
      },
    },
    separator,
    ...choices(state, actions),
    separator,
    { label: 'Quit', click: actions.quit },
  ];
}
