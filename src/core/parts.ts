/** What the components of a running core are, for those that are made of several. */
import type { Store } from '../store/store.ts';
import type { Buffers } from './buffers.ts';
import type { Command } from './commands/command.ts';
import type { ConfigControl, SharedConfig } from './configControl.ts';
import type { Dm } from './dm/dm.ts';
import type { Notifications } from './notifications/notifications.ts';
import type { OpenedLinks } from './openedLinks.ts';
import type { Keyring } from './key/keyring.ts';
import type { KeyControl } from './key/keyControl.ts';
import type { NodeControl } from './nodeControl.ts';
import type { Pages } from './pages.ts';
import type { Secure } from './secure/secure.ts';
import type { Storage } from './storage.ts';
import type { Servers } from './servers.ts';
import type { Transfers } from './transfers/transfers.ts';

/** What the host does for pages. */
export interface HostCalls {
  /** A single-use token for one more page. */
  newPageToken(): Promise<string>;
  /** Ends the program cleanly. */
  quit(): void;
  /** The desktop's secret store; null where this host has none. */
  keyring: Keyring | null;
}

export interface Parts {
  version: string;
  profile: string;
  demo: boolean;
  store: Store;
  pages: Pages;
  buffers: Buffers;
  servers: Servers;
  dm: Dm;
  secure: Secure;
  node: NodeControl;
  config: ConfigControl;
  key: KeyControl;
  transfers: Transfers;
  notifications: Notifications;
  storage: Storage;
  openedLinks: OpenedLinks;
  /** See `app.resumed`. */
  resumed: () => void;
  /** See `app.sound`. */
  soundFile: (name: string) => Promise<Uint8Array>;
  /** See `app.log`. */
  log: () => string;
  /** What the configuration says now. */
  shared: () => SharedConfig;
  commands: readonly Command[];
  host: HostCalls;
}
