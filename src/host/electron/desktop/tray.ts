/** The icon in the tray. Desktops without one (GNOME, unless an extension adds it) make it do nothing. */
import { join } from 'node:path';
import type { NativeImage } from 'electron';
import type { MenuActions, MenuState } from './actions.ts';
import type { DesktopTray, Menus } from './parts.ts';
import { trayIcon, trayMenu, trayTooltip } from './trayMenu.ts';

interface Options<M> {
  make: (image: string | NativeImage) => DesktopTray<M>;
  menus: Pick<Menus<M>, 'buildFromTemplate'>;
  iconDirectory: string;
  actions: MenuActions;
  log: (line: string) => void;
}

export interface TrayControl {
  /** False: this desktop could not make one. */
  readonly works: boolean;
  update(state: MenuState): void;
  stop(): void;
}

export function createTray<M>({ make, menus, iconDirectory, actions, log }: Options<M>, first: MenuState): TrayControl {
  const iconPath = (state: MenuState): string => join(iconDirectory, `${trayIcon(state)}.png`);
  let tray: DesktopTray<M> | null = null;
  let shown = { icon: iconPath(first), tooltip: '', menu: '' };
  try {
    tray = make(shown.icon);
    tray.on('click', actions.show);
  } catch (error) {
    log(`There is no tray: ${error instanceof Error ? error.message : 'unknown error'}`);
  }

  const update = (state: MenuState): void => {
    if (tray === null || tray.isDestroyed()) return;
    const template = trayMenu(state, actions);
    // Functions are left out of the text: they are the same as long as what they were made from is.
    const next = { icon: iconPath(state), tooltip: trayTooltip(state), menu: JSON.stringify(template) };
    if (next.icon !== shown.icon) tray.setImage(next.icon);
    if (next.tooltip !== shown.tooltip) tray.setToolTip(next.tooltip);
    // On Linux a menu that is shown changes only when it is set anew.
    if (next.menu !== shown.menu) tray.setContextMenu(menus.buildFromTemplate(template));
    shown = next;
  };
  update(first);
  return {
    get works() {
      return tray !== null;
    },
    update,
    stop: () => {
      if (tray !== null && !tray.isDestroyed()) tray.destroy();
      tray = null;
    },
  };
}
