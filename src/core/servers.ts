/** The irc entries of the configuration, and the networks that bouncers bring. */
import { isDeepStrictEqual } from 'node:util';
import type { IrcServerConfig } from '../config/config.ts';
import { noFeatures, type ConnectionState } from '../contract/chat.ts';
import { ContractError } from '../contract/errors.ts';
import type { ServerName } from '../contract/ids.ts';
import type { ServerView } from '../contract/views.ts';
import { boundConfig, boundName, MAX_BOUND, networkName } from './bouncers.ts';
import { usesKeyring } from './networkOptions.ts';
import { createServer, type IrcServer, type ServerOptions } from './server.ts';

export interface Servers {
  /** Starts, stops and restarts so that what runs is what the configuration says. */
  apply(entries: ReadonlyMap<ServerName, IrcServerConfig>): Promise<void>;
  views(): ServerView[];
  get(name: ServerName): IrcServer | undefined;
  /** See `IrcServer.watch`; of all servers where none is named. */
  watch(name?: ServerName): void;
  require(name: ServerName | null): IrcServer;
  /** Connects; what kept the entry from being started (a password that could not be had) is tried once more. */
  connect(name: ServerName): Promise<void>;
  /** The computer slept, or is in another network. */
  resumed(): void;
  /** The store takes again what it refused. */
  storable(): void;
  stop(): Promise<void>;
}

export function createServers(options: Omit<ServerOptions, 'name' | 'entry' | 'config' | 'bouncerNetwork' | 'onNetworks'>): Servers {
  const running = new Map<ServerName, { config: IrcServerConfig; server: IrcServer; parent: ServerName | null }>();
  /** By bouncer: its networks' ids, and the server that stands for each. */
  const bound = new Map<ServerName, Map<string, ServerName>>();
  let configured: ReadonlyMap<ServerName, IrcServerConfig> = new Map();
  const failed = new Map<ServerName, { config: IrcServerConfig; view: ServerView }>();
  const remove = async (name: ServerName, reason: string): Promise<void> => {
    const entry = running.get(name);
    running.delete(name);
    const children = [...(bound.get(name)?.values() ?? [])];
    bound.delete(name);
    for (const child of children) {
      await remove(child, reason);
      options.pages.broadcast('serverRemoved', { name: child });
    }
    await entry?.server.stop(reason);
  };
  const notRunning = (name: ServerName, config: IrcServerConfig, state: ConnectionState): ServerView => ({
    name,
    protocol: 'irc',
    state,
    nick: config.nickname,
    away: false,
    network: null,
    features: noFeatures,
    bouncerNetworks: [],
    contact: null,
  });
  const start = async (
    name: ServerName,
    config: IrcServerConfig,
    network: { parent: ServerName; id: string } | null,
    isStillWanted = (): boolean => true,
  ): Promise<void> => {
    await options.buffers.openServer(name);
    const isWanted = (): boolean => isStillWanted() && (network === null || bound.get(network.parent)?.get(network.id) === name);
    try {
      const server = await createServer({
        ...options,
        name,
        config,
        entry: network?.parent ?? name,
        ...(network === null ? {} : { bouncerNetwork: network.id }),
        onNetworks: (networks) => {
          if (network === null) rebind(name, networks);
        },
      });
      // Its bouncer, or the network, may be gone by now.
      if (!isWanted()) return;
      failed.delete(name);
      running.set(name, { config, server, parent: network?.parent ?? null });
      options.pages.broadcast('server', server.view());
      if (config.autoconnect) server.start();
    } catch (error) {
      const text = error instanceof ContractError ? error.message : 'This server entry could not be started.';
      const view = notRunning(name, config, { phase: 'failed', text, retryAt: null });
      options.log(`server ${name}: ${text}`);
      if (!isWanted()) return;
      failed.set(name, { config, view });
      options.pages.broadcast('server', view);
    }
  };
  /** The keyring may ask somebody: nothing else waits for that. */
  const startOnceFetched = (name: ServerName, config: IrcServerConfig): void => {
    const view = notRunning(name, config, { phase: 'connecting', text: 'Waiting for the desktop’s keyring…', retryAt: null });
    const waiting = { config, view };
    failed.set(name, waiting);
    options.pages.broadcast('server', view);
    start(name, config, null, () => failed.get(name) === waiting).catch((error: unknown) => {
      options.log(`server ${name}: ${error instanceof Error ? error.message : 'unknown error'}`);
    });
  };
  /** A connection for each network of a bouncer, and none for those that are gone. A renamed one keeps its name here until the next start. */
  const rebind = (parent: ServerName, networks: ReadonlyMap<string, Record<string, string>>): void => {
    const entry = running.get(parent);
    if (!entry) return;
    const children = bound.get(parent) ?? new Map<string, ServerName>();
    bound.set(parent, children);
    for (const [id, name] of children) {
      if (networks.has(id)) continue;
      children.delete(id);
      failed.delete(name);
      void remove(name, 'The bouncer has this network no more').then(() => {
        options.pages.broadcast('serverRemoved', { name });
      });
    }
    const isTaken = (name: ServerName): boolean =>
      running.has(name) || configured.has(name) || [...bound.values()].some((others) => [...others.values()].includes(name));
    for (const [id, attributes] of networks) {
      if (children.has(id) || children.size >= MAX_BOUND) continue;
      const network = networkName(id, attributes);
      const name = boundName(parent, id, network, isTaken);
      const config = name === null ? null : boundConfig(entry.config, name, network);
      if (name === null || config === null) continue;
      children.set(id, name);
      void start(name, config, { parent, id });
    }
  };
  const requireServer = (name: ServerName | null): IrcServer => {
    const entry = name === null ? undefined : running.get(name);
    if (!entry) throw new ContractError('notConnected', 'This conversation is not on an IRC server that Sotto runs.');
    return entry.server;
  };
  return {
    apply: async (entries) => {
      configured = entries;
      for (const name of [...running.keys(), ...failed.keys()]) {
        const wanted = entries.get(name);
        // Networks of a bouncer come and go with it.
        const isBound = [...bound.values()].some((children) => [...children.values()].includes(name));
        if ((isBound || !(running.has(name) || failed.has(name))) && !wanted) continue;
        const waiting = failed.get(name);
        const current = running.get(name)?.config ?? (waiting?.view.state.phase === 'connecting' ? waiting.config : null);
        if (wanted && isDeepStrictEqual(wanted, current)) continue;
        await remove(name, 'The configuration changed');
        failed.delete(name);
        if (!wanted) options.pages.broadcast('serverRemoved', { name });
      }
      for (const [name, config] of entries) {
        if (running.has(name) || failed.has(name)) continue;
        if (usesKeyring(config)) startOnceFetched(name, config);
        else await start(name, config, null);
      }
    },
    views: () => [...[...running.values()].map(({ server }) => server.view()), ...[...failed.values()].map(({ view }) => view)],
    get: (name) => running.get(name)?.server,
    watch: (name) => {
      for (const [each, { server }] of running) if (name === undefined || each === name) server.watch();
    },
    connect: async (name) => {
      const config = failed.has(name) ? configured.get(name) : undefined;
      if (!config) requireServer(name).start();
      else if (usesKeyring(config)) startOnceFetched(name, config);
      else {
        failed.delete(name);
        await start(name, config, null);
      }
    },
    require: requireServer,
    resumed: () => {
      for (const { server } of running.values()) server.resumed();
    },
    storable: () => {
      for (const { server } of running.values()) server.storable();
    },
    stop: async () => {
      failed.clear();
      await Promise.all([...running.keys()].map((name) => remove(name, 'Sotto ends')));
    },
  };
}
