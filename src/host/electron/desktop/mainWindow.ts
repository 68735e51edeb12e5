/** The one window: made where it was, shown, hidden into the tray, called attention to, its keys pressed. */
import { pressKeys } from './actions.ts';
import type { DesktopScreen, DesktopWindow, WindowPlace } from './parts.ts';
import type { StoredPlace } from './settings.ts';
import { displaysOf, followWindow, placeWindow, rememberPlace } from './windowPlace.ts';

interface Options {
  create: (place: WindowPlace, hidden: boolean) => DesktopWindow;
  screen: DesktopScreen;
  hidden: boolean;
  places: () => readonly StoredPlace[];
  onPlaces: (places: StoredPlace[]) => void;
  /** Closing it hides it instead. */
  closesToTray: () => boolean;
  onFocus: () => void;
  /** It was shown or hidden. */
  onVisible: () => void;
}

export interface MainWindow {
  readonly window: DesktopWindow;
  readonly visible: boolean;
  show: () => void;
  hide: () => void;
  /** Urgency, until the person looks. */
  callAttention: () => void;
  /** Presses keys of the page, at once or as soon as the window has the focus. */
  press: (keys: string) => void;
  toggleFullScreen: () => void;
}

export function createMainWindow({ create, screen, hidden, places, onPlaces, closesToTray, onFocus, onVisible }: Options): MainWindow {
  const place = placeWindow(places(), displaysOf(screen));
  const window = create(place, hidden);
  let spread = false;
  /** Both would show a window that is hidden. */
  const spreadOut = (): void => {
    if (spread) return;
    spread = true;
    if (place.maximized) window.maximize();
    if (place.fullScreen) window.setFullScreen(true);
  };
  if (!hidden) spreadOut();
  let waitingKeys: string | null = null;

  followWindow({
    window,
    screen,
    onPlace: (at) => {
      onPlaces(rememberPlace(places(), at));
    },
  });
  window.on('close', (event) => {
    if (!closesToTray()) return;
    event.preventDefault();
    window.hide();
  });
  window.on('focus', () => {
    window.flashFrame(false);
    if (waitingKeys !== null) pressKeys(window.webContents, waitingKeys);
    waitingKeys = null;
    onFocus();
  });
  window.on('show', () => {
    spreadOut();
    onVisible();
  });
  window.on('hide', onVisible);

  const show = (): void => {
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  };
  return {
    window,
    get visible() {
      return !window.isDestroyed() && window.isVisible();
    },
    show,
    hide: () => {
      window.hide();
    },
    callAttention: () => {
      if (!window.isDestroyed() && !window.isFocused()) window.flashFrame(true);
    },
    press: (keys) => {
      if (window.isFocused()) {
        pressKeys(window.webContents, keys);
        return;
      }
      waitingKeys = keys;
      show();
    },
    toggleFullScreen: () => {
      window.setFullScreen(!window.isFullScreen());
    },
  };
}
