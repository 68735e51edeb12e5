/**
 * What the desktop part uses of Electron, as narrow as it is used, so that thin fakes do in tests. Electron's own objects fit without a cast.
 * Events are written out: with `Pick` their `on` would have to return the whole class.
 */
import type {
  App,
  BrowserWindow,
  Clipboard,
  ContextMenuParams,
  Display,
  MenuItemConstructorOptions,
  NativeImage,
  NotificationConstructorOptions,
  Rectangle,
  Session,
  Tray,
  WebContents,
} from 'electron';

/** An event whose usual consequence can be prevented. */
export interface Preventable {
  preventDefault(): void;
}

export interface DesktopApp extends Pick<App, 'getPreferredSystemLanguages' | 'setBadgeCount' | 'exit'> {
  on(event: 'second-instance', listener: (event: Preventable, argv: string[]) => void): unknown;
  on(event: 'before-quit', listener: (event: Preventable) => void): unknown;
  on(event: 'window-all-closed', listener: () => void): unknown;
}

export interface DesktopWebContents extends Pick<
  WebContents,
  | 'cut'
  | 'copy'
  | 'paste'
  | 'undo'
  | 'redo'
  | 'selectAll'
  | 'replaceMisspelling'
  | 'setZoomFactor'
  | 'setAudioMuted'
  | 'sendInputEvent'
  | 'toggleDevTools'
> {
  on(event: 'context-menu', listener: (event: unknown, params: ContextMenuParams) => void): unknown;
  on(event: 'zoom-changed', listener: (event: unknown, direction: 'in' | 'out') => void): unknown;
  on(event: 'did-finish-load', listener: () => void): unknown;
}

export interface DesktopWindow extends Pick<
  BrowserWindow,
  | 'flashFrame'
  | 'focus'
  | 'getNormalBounds'
  | 'hide'
  | 'isDestroyed'
  | 'isFocused'
  | 'isFullScreen'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'maximize'
  | 'restore'
  | 'setFullScreen'
  | 'show'
> {
  readonly webContents: DesktopWebContents;
  on(event: 'close', listener: (event: Preventable) => void): unknown;
  on(
    event: 'closed' | 'focus' | 'show' | 'hide' | 'resize' | 'move' | 'maximize' | 'unmaximize' | 'enter-full-screen' | 'leave-full-screen',
    listener: () => void,
  ): unknown;
}

export interface DesktopScreen {
  getAllDisplays(): Pick<Display, 'id' | 'workArea'>[];
  getPrimaryDisplay(): Pick<Display, 'id' | 'workArea'>;
}

export interface DesktopPower {
  on(event: 'resume' | 'suspend' | 'lock-screen' | 'unlock-screen', listener: () => void): unknown;
  /** The listener gets an event that can be prevented, although Electron’s types do not name it. */
  on(event: 'shutdown', listener: (event?: Preventable) => void): unknown;
}

/** A menu that was built. */
export interface BuiltMenu {
  popup(): void;
}

/** The static side of Electron's Menu, and what builds one. */
export interface Menus<M> {
  buildFromTemplate(template: MenuItemConstructorOptions[]): M;
  setApplicationMenu(menu: M | null): void;
}

export interface DesktopTray<M> extends Pick<Tray, 'destroy' | 'isDestroyed' | 'setImage' | 'setToolTip'> {
  setContextMenu(menu: M | null): void;
  on(event: 'click', listener: () => void): unknown;
}

export interface DesktopNotification {
  show(): void;
  close(): void;
  on(event: 'click' | 'close' | 'show', listener: () => void): unknown;
  /** The event holds the text; the second argument is what older versions have. */
  on(event: 'reply', listener: (event: { reply?: string }, reply: string) => void): unknown;
  on(event: 'action', listener: (event: unknown, index: number) => void): unknown;
  on(event: 'failed', listener: (event: unknown, error: string) => void): unknown;
}

/** The classes are made by functions, since a fake of a constructor with statics is not thin. */
export interface ElectronParts<M extends BuiltMenu = BuiltMenu> {
  app: DesktopApp;
  screen: DesktopScreen;
  power: DesktopPower;
  menus: Menus<M>;
  clipboard: Pick<Clipboard, 'writeText'>;
  session: Pick<
    Session,
    'availableSpellCheckerLanguages' | 'setSpellCheckerLanguages' | 'setSpellCheckerEnabled' | 'addWordToSpellCheckerDictionary'
  >;
  /** `new Tray(image)`. May throw where there is no display. */
  makeTray: (image: string | NativeImage) => DesktopTray<M>;
  /** `new Notification(options)`; null where `Notification.isSupported()` is false. */
  makeNotification: ((options: NotificationConstructorOptions) => DesktopNotification) | null;
}

/** Where a window is put; without x and y the window system decides. */
export interface WindowPlace extends Partial<Pick<Rectangle, 'x' | 'y'>>, Pick<Rectangle, 'width' | 'height'> {
  maximized: boolean;
  fullScreen: boolean;
}
