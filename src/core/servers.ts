/**
 * The irc entries of the configuration, each with its network. Events are taken one after the other per server, so that
 * a line never overtakes the buffer it belongs to.
 */
import { isDeepStrictEqual } from 'node:util';
import type { IrcServerConfig } from '../config/config.ts';
import { noFeatures, type Action, type ConnectionState, type IrcEvent } from '../contract/chat.ts';
import { ContractError } from '../contract/errors.ts';
import type { ServerName } from '../contract/ids.ts';
import type { ServerView } from '../contract/views.ts';
import { IrcError } from '../irc/errors.ts';
import { createNetwork, type Network } from '../irc/network.ts';
import type { Buffers } from './buffers.ts';
import { createIrcEvents } from './ircEvents.ts';
import { networkOptions } from './networkOptions.ts';
import type { Pages } from './pages.ts';
import type { Secure } from './secure/secure.ts';

/** Events of one server that may wait for the store. Beyond it the connection is dropped; nothing shown is lost. */
export const MAX_WAITING_EVENTS = 200_000;

/** Events taken in one go before the store has to have caught up. */
const LINES_BEFORE_WAITING = 1_000;

const idle: ConnectionState = { phase: 'idle', text: 'Not connected', retryAt: null };

export interface IrcServer {
  readonly name: ServerName;
  readonly network: Network;
  view(): ServerView;
  act(action: Action): void;
  start(): void;
  stop(reason: string | null): Promise<void>;
}

interface Options {
  name: ServerName;
  config: IrcServerConfig;
  version: string;
  /** Ends the fetching of secrets. */
  signal: AbortSignal;
  buffers: Buffers;
  pages: Pages;
  /** Private conversations that stand in the place of a nick; it hears every event first, and says what must not be sent. */
  secure: Pick<Secure, 'irc' | 'checkPlain' | 'queryName'>;
  /** Runs one `on_connect` line in the server's buffer. */
  runCommand: (server: ServerName, line: string) => Promise<void>;
  /** We went away somewhere, or came back. */
  onAway: () => void;
  log: (line: string) => void;
}

async function createServer({
  name,
  config,
  version,
  signal,
  buffers,
  pages,
  secure,
  runCommand,
  onAway,
  log,
}: Options): Promise<IrcServer> {
  const resolved = await networkOptions(config, version, signal);
  let state: ConnectionState = idle;
  let networkName: string | null = null;
  let away = false;
  let queue: IrcEvent[] = [];
  let draining = false;

  const view = (): ServerView => ({
    name,
    protocol: 'irc',
    state,
    nick: network.nick(),
    away,
    network: networkName,
    features: noFeatures,
    bouncerNetworks: [],
    contact: null,
  });
  const changed = (): void => {
    pages.broadcast('server', view());
  };
  const handle = createIrcEvents({
    server: name,
    buffers,
    pages,
    muted: (channel) => config.channels.some((entry) => entry.mute && network.fold(entry.name) === network.fold(channel)),
    network: () => network,
    queryName: (nick) => secure.queryName(name, nick),
    onState: (next) => {
      state = next;
      changed();
    },
    onRegistered: (nameOfNetwork) => {
      networkName = nameOfNetwork ?? networkName;
      changed();
    },
    onAway: (next) => {
      away = next;
      changed();
      onAway();
    },
    onConnected: () => {
      void runAll();
    },
  });
  const runAll = async (): Promise<void> => {
    for (const line of config.onConnect) {
      try {
        await runCommand(name, line);
      } catch (error) {
        await buffers.serverLine(name, 'error', `on_connect: ${error instanceof Error ? error.message : 'failed'}`);
      }
    }
  };
  const drain = async (): Promise<void> => {
    draining = true;
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      for (const event of batch) {
        try {
          const first = secure.irc(name, event);
          if (first) await first;
          const pending = handle(event);
          if (pending) await pending;
        } catch (error) {
          log(`server ${name}: ${event.kind} could not be taken: ${error instanceof Error ? error.message : 'unknown error'}`);
        }
      }
      // A flood waits for the store here, not in memory.
      if (batch.length > LINES_BEFORE_WAITING) await buffers.drained();
    }
    draining = false;
  };
  const network = createNetwork(resolved, (event) => {
    if (queue.length >= MAX_WAITING_EVENTS) {
      queue = [];
      void network.stop('Too much at once');
      return;
    }
    queue.push(event);
    if (!draining) void drain();
  });

  return {
    name,
    network,
    view,
    act: (action) => {
      secure.checkPlain(name, action);
      try {
        network.act(action);
      } catch (error) {
        if (error instanceof IrcError)
          throw new ContractError(error.code === 'notConnected' ? 'notConnected' : 'badInput', error.message, { cause: error });
        throw error;
      }
    },
    start: () => {
      network.start();
    },
    stop: (reason) => network.stop(reason),
  };
}

export interface Servers {
  /** Starts, stops and restarts so that what runs is what the configuration says. */
  apply(entries: ReadonlyMap<ServerName, IrcServerConfig>): Promise<void>;
  views(): ServerView[];
  get(name: ServerName): IrcServer | undefined;
  require(name: ServerName | null): IrcServer;
  stop(): Promise<void>;
}

export function createServers(options: Omit<Options, 'name' | 'config'>): Servers {
  const running = new Map<ServerName, { config: IrcServerConfig; server: IrcServer }>();
  const failed = new Map<ServerName, { config: IrcServerConfig; view: ServerView }>();
  const remove = async (name: ServerName, reason: string): Promise<void> => {
    const entry = running.get(name);
    running.delete(name);
    await entry?.server.stop(reason);
  };
  return {
    apply: async (entries) => {
      for (const name of [...running.keys(), ...failed.keys()]) {
        const wanted = entries.get(name);
        if (wanted && isDeepStrictEqual(wanted, running.get(name)?.config)) continue;
        await remove(name, 'The configuration changed');
        failed.delete(name);
        if (!wanted) options.pages.broadcast('serverRemoved', { name });
      }
      for (const [name, config] of entries) {
        if (running.has(name)) continue;
        await options.buffers.openServer(name);
        try {
          const server = await createServer({ ...options, name, config });
          running.set(name, { config, server });
          options.pages.broadcast('server', server.view());
          if (config.autoconnect) server.start();
        } catch (error) {
          const text = error instanceof ContractError ? error.message : 'This server entry could not be started.';
          const state: ConnectionState = { phase: 'failed', text, retryAt: null };
          const view: ServerView = {
            name,
            protocol: 'irc',
            state,
            nick: config.nickname,
            away: false,
            network: null,
            features: noFeatures,
            bouncerNetworks: [],
            contact: null,
          };
          failed.set(name, { config, view });
          options.pages.broadcast('server', view);
          options.log(`server ${name}: ${text}`);
        }
      }
    },
    views: () => [...[...running.values()].map(({ server }) => server.view()), ...[...failed.values()].map(({ view }) => view)],
    get: (name) => running.get(name)?.server,
    require: (name) => {
      const entry = name === null ? undefined : running.get(name);
      if (!entry) throw new ContractError('notConnected', 'This conversation is not on an IRC server that Sotto runs.');
      return entry.server;
    },
    stop: async () => {
      await Promise.all([...running.keys()].map((name) => remove(name, 'Sotto ends')));
    },
  };
}
