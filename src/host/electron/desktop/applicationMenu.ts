/** The menu of the window. Entries of the page show the page's keys; a test holds them equal to its list. */
import type { MenuItemConstructorOptions } from 'electron';
import { electronKeys, type MenuActions, type MenuState } from './actions.ts';
import { spellingMenu } from './spelling.ts';
import type { ZoomStep } from './zoom.ts';

/** The page's bindings by id, as in its own list. `escape` has no entry: it is no action. */
export const pageShortcuts = {
  palette: { keys: 'Ctrl+K', label: 'Command palette…' },
  nextBuffer: { keys: 'Alt+ArrowDown', label: 'Next buffer' },
  previousBuffer: { keys: 'Alt+ArrowUp', label: 'Previous buffer' },
  nextUnread: { keys: 'Alt+A', label: 'Next unread buffer' },
  previousUnread: { keys: 'Alt+Shift+A', label: 'Previous unread buffer' },
  cycleRegion: { keys: 'F6', label: 'Next region' },
  cycleRegionBack: { keys: 'Shift+F6', label: 'Previous region' },
  oldest: { keys: 'Ctrl+ArrowUp', label: 'Oldest loaded line' },
  latest: { keys: 'Ctrl+ArrowDown', label: 'Latest line' },
  toggleNickList: { keys: 'Ctrl+Alt+M', label: 'People' },
  toggleTopic: { keys: 'Ctrl+Alt+T', label: 'Whole topic' },
  closeBuffer: { keys: 'Ctrl+Alt+W', label: 'Close buffer' },
  copyRoute: { keys: 'Ctrl+Alt+R', label: 'Copy route' },
  help: { keys: 'Ctrl+/', label: 'Keyboard shortcuts' },
} as const;
type PageShortcut = keyof typeof pageShortcuts;

const separator: MenuItemConstructorOptions = { type: 'separator' };

export function applicationMenu(state: MenuState, actions: MenuActions): MenuItemConstructorOptions[] {
  /** Shown but not registered: the key goes to the page, which knows when it may act. */
  const page = (id: PageShortcut): MenuItemConstructorOptions => {
    const { keys, label } = pageShortcuts[id];
    return {
      id,
      label,
      accelerator: electronKeys(keys).accelerator,
      registerAccelerator: false,
      enabled: state.stopped === null,
      click: () => {
        actions.press(keys);
      },
    };
  };
  const item = (label: string, click: () => void, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click,
    ...(accelerator === undefined ? {} : { accelerator }),
  });
  const zoom = (label: string, step: ZoomStep, accelerator: string): MenuItemConstructorOptions =>
    item(
      label,
      () => {
        actions.zoom(step);
      },
      accelerator,
    );

  return [
    {
      label: '&Sotto',
      submenu: [
        page('palette'),
        page('copyRoute'),
        page('closeBuffer'),
        separator,
        ...choices(state, actions),
        separator,
        item('Quit', actions.quit, 'Ctrl+Q'),
      ],
    },
    {
      label: '&Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
        separator,
        { label: 'Spelling', submenu: spellingMenu(state, actions) },
      ],
    },
    {
      label: '&View',
      submenu: [
        page('toggleNickList'),
        page('toggleTopic'),
        separator,
        zoom('Zoom in', 'in', 'Ctrl+Plus'),
        // The plus of most layouts is reached with Shift; without it the same key is meant.
        { ...zoom('Zoom in', 'in', 'Ctrl+='), visible: false },
        zoom('Zoom out', 'out', 'Ctrl+-'),
        zoom('Usual size', 'reset', 'Ctrl+0'),
        separator,
        item('Full screen', actions.toggleFullScreen, 'F11'),
        ...(state.development ? [item('Developer tools', actions.toggleDevTools, 'Ctrl+Shift+I')] : []),
      ],
    },
    {
      label: '&Go',
      submenu: [
        page('nextUnread'),
        page('previousUnread'),
        separator,
        page('nextBuffer'),
        page('previousBuffer'),
        separator,
        page('oldest'),
        page('latest'),
        separator,
        page('cycleRegion'),
        page('cycleRegionBack'),
      ],
    },
    {
      label: '&Help',
      submenu: [page('help'), item('Show log', actions.openLog)],
    },
  ];
}

/** The choices that the tray has too. */
export const choices = (state: MenuState, actions: MenuActions): MenuItemConstructorOptions[] => [
  {
    label: 'Do not disturb',
    type: 'checkbox',
    checked: state.doNotDisturb,
    click: () => {
      actions.setDoNotDisturb(!state.doNotDisturb);
    },
  },
  {
    label: 'Keep running in the tray when the window is closed',
    type: 'checkbox',
    checked: state.closeToTray,
    visible: state.hasTray,
    click: () => {
      actions.setCloseToTray(!state.closeToTray);
    },
  },
  {
    label: 'Start at login',
    type: 'checkbox',
    checked: state.startAtLogin,
    click: () => {
      actions.setStartAtLogin(!state.startAtLogin);
    },
  },
];
