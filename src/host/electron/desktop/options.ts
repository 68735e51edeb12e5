/** What the desktop part is given, and what it gives. */
import type { Client } from '../../../contract/rpc/client.ts';
import type { SignalSource } from './ending.ts';
import type { BuiltMenu, DesktopWindow, ElectronParts, WindowPlace } from './parts.ts';
import type { SessionBus } from './sessionBus.ts';

export interface DesktopOptions<M extends BuiltMenu = BuiltMenu> {
  electron: ElectronParts<M>;
  /**
   * Makes the one main window at this place and loads the page; what is maximized or full screen is made so here. `hidden`: it is not
   * shown when it is ready.
   */
  createWindow: (place: WindowPlace, hidden: boolean) => DesktopWindow;
  /** `profile.stateDirectory`: desktop.json is kept there. */
  stateDirectory: string;
  /** The folder of tray.png, tray-unread.png, tray-highlight.png. */
  iconDirectory: string;
  /** `Dictionaries` in `app.getPath('userData')`: where Chromium looks for what spells. */
  dictionaryDirectory: string;
  /** Developer tools are in the menu. */
  development: boolean;
  /** The application id, also the name of the desktop file and of the autostart file. */
  appId: string;
  /** `--profile DIR` of this start, or null; start at login passes it on. */
  profile: string | null;
  /** What starts this program outside flatpak, for start at login: program and arguments, without `--profile`. */
  command: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** `process.argv` of this start, for a link and `--background`. */
  argv: readonly string[];
  /** Electron's `process`: its signals end Sotto. */
  process: SignalSource & { platform: string };
  /** Opens the log as text, with or without a core. */
  openLog: () => void;
  /** Ends the core cleanly. Called once, before `app.exit`. */
  stopCore: () => Promise<void>;
  /** Starts the core again after `coreStopped`. */
  restartCore: () => void;
  log: (line: string) => void;
  /** For tests: takes the place of the session bus. */
  openBus?: () => Promise<SessionBus | null>;
}

export interface Desktop {
  readonly window: DesktopWindow;
  /** A core answers at this client: its events drive tray, badge and notifications. Called again with the client of each restarted core. */
  attach(client: Client): void;
  /** The core ended by itself. `sentence` stands in the tray until the next `attach`. */
  coreStopped(sentence: string): void;
  /** Shows and focuses the window. */
  show(): void;
  /** Opens a link that came from outside or was pressed in the page, as one of the command line. */
  openLink(link: string): void;
  /** Ends everything once, `app.exit` included. */
  quit(): Promise<void>;
}
