/** What the application menu and the tray can do. Both are drawn from one state, so they never tell different things. */
import type { DesktopWebContents } from './parts.ts';
import type { ZoomStep } from './zoom.ts';

export interface MenuState {
  windowVisible: boolean;
  unread: number;
  highlights: number;
  doNotDisturb: boolean;
  closeToTray: boolean;
  startAtLogin: boolean;
  /** Chromium's codes of what is checked, and of what there are dictionaries for. */
  spelling: readonly string[];
  spellingInstalled: readonly string[];
  /** Why there is no core; null while it answers. */
  stopped: string | null;
  hasTray: boolean;
  development: boolean;
}

export interface MenuActions {
  show: () => void;
  hide: () => void;
  setDoNotDisturb: (on: boolean) => void;
  setCloseToTray: (on: boolean) => void;
  setStartAtLogin: (on: boolean) => void;
  /** Null: what fits the system's languages. */
  setSpelling: (languages: string[] | null) => void;
  copyRoute: () => void;
  /** Shows the window and presses one of the page's shortcuts in it. */
  press: (keys: string) => void;
  zoom: (step: ZoomStep) => void;
  toggleFullScreen: () => void;
  toggleDevTools: () => void;
  openLog: () => void;
  restartCore: () => void;
  quit: () => void;
}

const modifierNames = { Ctrl: 'control', Alt: 'alt', Shift: 'shift' } as const;
const isModifier = (name: string): name is keyof typeof modifierNames => Object.hasOwn(modifierNames, name);

/** Keys of the page (`Ctrl+Alt+ArrowUp`) as Electron writes them: an accelerator, and the code of an input event. */
export function electronKeys(keys: string): { accelerator: string; keyCode: string; modifiers: ('control' | 'alt' | 'shift')[] } {
  const parts = keys.split('+').map((part) => part.replace(/^Arrow/, ''));
  return {
    accelerator: parts.join('+'),
    keyCode: parts.at(-1) ?? '',
    modifiers: parts.slice(0, -1).flatMap((part) => (isModifier(part) ? [modifierNames[part]] : [])),
  };
}

/** The page has the one list of bindings and carries them out: a menu entry does nothing but press its keys. */
export function pressKeys(contents: Pick<DesktopWebContents, 'sendInputEvent'>, keys: string): void {
  const { keyCode, modifiers } = electronKeys(keys);
  contents.sendInputEvent({ type: 'keyDown', keyCode, modifiers });
  contents.sendInputEvent({ type: 'keyUp', keyCode, modifiers });
}
