/** The configuration file as the core uses it: what is in force, what is wrong, and the edits pages may make. */
import { createConfigFile, type ConfigEdit } from '../config/configFile.ts';
import { ignoredIn } from '../config/ignoredIn.ts';
import type { TomlValue } from '../config/toml.ts';
import type { Config, DirectMessagesConfig, IrcServerConfig, IrohConfig, Problem } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { ContractError, type ErrorCode } from '../contract/errors.ts';
import type { ServerName } from '../contract/ids.ts';
import type { Params } from '../contract/table.ts';
import type { ConfigView } from '../contract/views.ts';
import type { VeilidEntry } from './dm/dm.ts';
import type { NodeSettings } from './nodeControl.ts';

export interface Applied {
  irc: ReadonlyMap<ServerName, IrcServerConfig>;
  veilid: readonly VeilidEntry[];
  node: NodeSettings;
  iroh: IrohConfig;
  directMessages: DirectMessagesConfig;
  /** Goes on one's card: the nickname of the first irc entry. */
  nickname: string;
  shared: SharedConfig;
}

/** What is asked for at each use. */
export type SharedConfig = Pick<Config, 'ctcp' | 'fileTransfer' | 'commands' | 'ignored' | 'typing' | 'notifications'>;

interface Options {
  path: string;
  signal: AbortSignal;
  onConfig: (applied: Applied) => Promise<void>;
  onView: (view: ConfigView) => void;
  log: (line: string) => void;
}

export interface ConfigControl {
  /** Reads the file, applies it, and goes on watching it. */
  start(): Promise<void>;
  /** No server of either protocol is configured. A file that cannot be read is not empty: it is somebody's. */
  isEmpty(): boolean;
  view(): ConfigView;
  read(): { text: string; hash: string };
  /** Throws `readOnly`, `changedOnDisk`, `badInput`. Returns the new hash. */
  set(hash: string, path: readonly string[], value: Params<'config.set'>['value']): Promise<string>;
  /** Writes the list of ignored people of a server anew. `change` gets it as it stands and returns null to leave it. */
  setIgnored(server: ServerName, change: (entries: readonly TomlValue[]) => readonly TomlValue[] | null): Promise<void>;
  /** The irc entry that leads to a host; the one with this port where there are several. */
  serverAt: (host: string, port: number) => ServerName | null;
  welcome(choice: Params<'app.welcome'>): Promise<void>;
}

const toApplied = (config: Config): Applied => {
  const irc = new Map<ServerName, IrcServerConfig>();
  const veilid: VeilidEntry[] = [];
  for (const server of config.servers) {
    if (server.protocol === 'irc') irc.set(server.name, server);
    else veilid.push({ name: server.name, routeBlob: server.veilidRouteBlob });
  }
  return {
    irc,
    veilid,
    node: { enabled: config.veilid.enabled, server: config.veilid.server, proxied: config.proxied },
    iroh: config.iroh,
    directMessages: config.directMessages,
    nickname: [...irc.values()][0]?.nickname ?? '',
    shared: {
      ctcp: config.ctcp,
      fileTransfer: config.fileTransfer,
      commands: config.commands,
      ignored: config.ignored,
      typing: config.typing,
      notifications: config.notifications,
    },
  };
};

const problemView = ({ severity, message, line, column }: Problem): ConfigView['problems'][number] => ({ severity, message, line, column });

/** The table name for a host: "irc.libera.chat" → "libera". */
function serverNameFor(host: string, taken: ReadonlySet<string>): string {
  const labels = host
    .toLowerCase()
    .split('.')
    .filter((label) => label !== '' && label !== 'irc');
  const base = (labels[0] ?? 'irc').replace(/[^a-z0-9_-]/g, '') || 'irc';
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}${number}`;
    if (!taken.has(name)) return name;
  }
}

const codes: Partial<Record<ConfigError['code'], ErrorCode>> = {
  changedOnDisk: 'changedOnDisk',
  readOnly: 'readOnly',
  unwritable: 'storage',
};

export function createConfigControl({ path, signal, onConfig, onView, log }: Options): ConfigControl {
  const file = createConfigFile({ path });
  let applying: Promise<void> = Promise.resolve();
  const view = (): ConfigView => {
    const { hash, problems, stale } = file.current();
    return { path, hash, stale, problems: problems.map(problemView) };
  };
  const apply = (): void => {
    const { config } = file.current();
    applying = applying
      .then(() => onConfig(toApplied(config)))
      .catch((error: unknown) => {
        log(`configuration: ${error instanceof Error ? error.message : 'could not be applied'}`);
      });
    onView(view());
  };
  const edit = async (hash: string, key: readonly string[], value: ConfigEdit['value']): Promise<string> => {
    try {
      return await file.edit({ hash, path: [...key], value });
    } catch (error) {
      if (error instanceof ConfigError) {
        throw new ContractError(codes[error.code] ?? 'badInput', error.message, { cause: error });
      }
      throw error;
    }
  };
  return {
    start: async () => {
      file.onChange(apply);
      await file.start(signal);
      await applying;
    },
    isEmpty: () => file.current().config.servers.length === 0 && !file.current().stale,
    view,
    read: () => {
      const { text, hash } = file.current();
      return { text, hash };
    },
    set: (hash, key, value) => edit(hash, key, value),
    setIgnored: async (server, change) => {
      const { text, hash } = file.current();
      const next = change(ignoredIn(text, server));
      if (next !== null) await edit(hash, ['servers', server, 'filters', 'ignore'], next.length === 0 ? null : next);
    },
    serverAt: (host, port) => {
      const there = file.current().config.servers.filter((entry) => entry.protocol === 'irc' && entry.server.toLowerCase() === host);
      return (there.find((entry) => entry.protocol === 'irc' && entry.port === port) ?? there[0])?.name ?? null;
    },
    welcome: async ({ nickname, server, port, tls, key, channels }) => {
      const taken = new Set<string>(file.current().config.servers.map((entry) => entry.name));
      const name = serverNameFor(server, taken);
      const [first] = channels;
      await edit(file.current().hash, ['servers', name], {
        server,
        ...(port === null ? {} : { port }),
        ...(tls ? {} : { use_tls: false }),
        nickname,
        ...(channels.length === 0 ? {} : { channels }),
        ...(key === null || first === undefined ? {} : { channel_keys: { [first]: key } }),
      });
    },
  };
}
