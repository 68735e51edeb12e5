/** The one place where windows are made (E1, E2, E15). */
import type { BrowserWindowConstructorOptions, WebPreferences } from 'electron';
import { PAGE_ADDRESS } from './appPages.ts';

/** A page that died is loaded again, unless it dies as often as this within a minute. */
const MAX_RELOADS = 3;
const MINUTE_MS = 60_000;

export interface WindowFactoryOptions<W> {
  /** `new BrowserWindow`; nothing else in the program has it. */
  make: (options: BrowserWindowConstructorOptions) => W;
  /** The file of the preload script. */
  preload: string;
  /** Developer tools exist. */
  development: boolean;
  icon: string;
  /** What is seen until the page has drawn itself. */
  background: () => string;
  log: (line: string) => void;
}

/** What is used of a window that was made. */
export interface MadeWindow {
  once(event: 'ready-to-show', listener: () => void): unknown;
  show(): void;
  isDestroyed(): boolean;
  loadURL(address: string): Promise<void>;
  readonly webContents: { on(event: 'render-process-gone', listener: (event: unknown, details: { reason: string }) => void): unknown };
}

/** Everything that could weaken a page is written out, also where it is Electron's default. */
export const webPreferences = (preload: string, development: boolean): WebPreferences => ({
  preload,
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  webgl: false,
  devTools: development,
  spellcheck: true,
});

/** `place` is a size and, where it is known, a position. `hidden`: it is not shown when it is ready. */
export function createWindowFactory<W extends MadeWindow>(
  options: WindowFactoryOptions<W>,
): (place: { x?: number; y?: number; width: number; height: number }, hidden: boolean) => W {
  const { make, preload, development, icon, background, log } = options;
  return ({ x, y, width, height }, hidden) => {
    const window = make({
      width,
      height,
      ...(x === undefined ? {} : { x }),
      ...(y === undefined ? {} : { y }),
      minWidth: 360,
      minHeight: 320,
      show: false,
      title: 'Sotto',
      icon,
      backgroundColor: background(),
      webPreferences: webPreferences(preload, development),
    });
    const load = (): void => {
      window.loadURL(PAGE_ADDRESS).catch(() => {
        log('the page could not be loaded');
      });
    };
    if (!hidden) {
      window.once('ready-to-show', () => {
        window.show();
      });
    }
    let gone: number[] = [];
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason === 'clean-exit' || window.isDestroyed()) return;
      gone = [...gone.filter((time) => time > performance.now() - MINUTE_MS), performance.now()];
      log(`the page ended by itself: ${reason}`);
      if (gone.length <= MAX_RELOADS) load();
    });
    load();
    return window;
  };
}
