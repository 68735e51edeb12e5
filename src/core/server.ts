/** One irc entry of the configuration with its network. Events are taken one after the other, so that a line never overtakes the buffer it belongs to. */
import type { Config, IgnoreConfig, IrcServerConfig } from '../config/config.ts';
import { noFeatures, type Action, type ConnectionState, type HistoryPoint, type IrcEvent } from '../contract/chat.ts';
import { ContractError } from '../contract/errors.ts';
import type { ServerName } from '../contract/ids.ts';
import type { BufferView, ServerView } from '../contract/views.ts';
import { IrcError } from '../irc/errors.ts';
import type { Store } from '../store/store.ts';
import { createNetwork, type Network, type NetworkOptions } from '../irc/network.ts';
import type { StsStore } from '../irc/options.ts';
import { networkViews } from './bouncers.ts';
import type { Buffers } from './buffers.ts';
import { createIgnored, isFromIgnored, type Ignored } from './ignored.ts';
import { createAccountRequests, type AccountRequests } from './accountRequests.ts';
import { createHeldEvents } from './heldEvents.ts';
import { createIrcEvents } from './ircEvents.ts';
import { createIrcHistory, type IrcHistory, type OlderResult } from './ircHistory.ts';
import { createIrcMonitor } from './ircMonitor.ts';
import { createIrcQueries, type IrcQueries } from './ircQueries.ts';
import { createIrcState } from './ircState.ts';
import type { KeyringPasswords } from './key/keyring.ts';
import { networkOptions } from './networkOptions.ts';
import type { Notifications } from './notifications/notifications.ts';
import type { Pages } from './pages.ts';
import { nickOfQuery } from './secure/mark.ts';
import type { Secure } from './secure/secure.ts';
import type { Transfers } from './transfers/transfers.ts';

/** Events of one server that may wait for the store. Beyond it the connection is dropped; nothing shown is lost. */
const MAX_WAITING_EVENTS = 200_000;

/** Events taken in one go before the store has to have caught up. */
const LINES_BEFORE_WAITING = 1_000;

const idle: ConnectionState = { phase: 'idle', text: 'Not connected', retryAt: null };

export interface IrcServer {
  readonly name: ServerName;
  readonly network: Network;
  /** The entry of the configuration that it comes from. */
  readonly entry: ServerName;
  /** Reached through a proxy or Tor: nothing may tell where we are. */
  readonly isProxied: boolean;
  view(): ServerView;
  /** Throws where it cannot be done, or must not (`held`). */
  act(action: Action): void;
  /** Without a word where it cannot be done. */
  tryAct(action: Action): void;
  /** Older lines of a conversation from the server's history. */
  older(buffer: BufferView): Promise<OlderResult>;
  /** What is missing in the middle of its conversations. */
  readonly gaps: IrcHistory['gaps'];
  /** The user has read up to a line of the server. */
  read(buffer: BufferView, upTo: HistoryPoint): void;
  /** Lists that somebody waits for. */
  readonly queries: Pick<IrcQueries, 'channels' | 'masks'>;
  readonly accounts: Pick<AccountRequests, 'prepare' | 'register' | 'verify'>;
  /** Conversations were opened, closed or renamed, or a nick stands for a contact: whom to watch may be others. */
  watch(): void;
  start(): void;
  /** See `Network.resumed`. */
  resumed(): void;
  storable(): void;
  stop(reason: string | null): Promise<void>;
}

export interface ServerOptions {
  name: ServerName;
  config: IrcServerConfig;
  version: string;
  /** Policies of hosts, over restarts. */
  sts: StsStore;
  /** The desktop's keyring; null: none is reached. */
  passwords: KeyringPasswords | null;
  /** Ends the fetching of secrets. */
  signal: AbortSignal;
  buffers: Buffers;
  pages: Pages;
  store: Pick<
    Store,
    'historyEdges' | 'newestText' | 'lastLineUpTo' | 'findLine' | 'reactLine' | 'redactLine' | 'gaps' | 'putGap' | 'removeGap'
  >;
  /** Private conversations that stand in the place of a nick; it hears every event first, and says what must not be sent. */
  secure: Pick<Secure, 'irc' | 'checkPlain' | 'queryName' | 'bound'>;
  /** What the configuration says that changes without a new connection. */
  shared: () => Pick<Config, 'ctcp' | 'ignored' | 'typing'>;
  transfers: Pick<Transfers, 'irc'>;
  /** The entry of the configuration that it comes from: of a bouncer's network, the bouncer's. */
  entry: ServerName;
  /** The network of a bouncer it is for. */
  bouncerNetwork?: string;
  /** The networks behind it are others now: for a bouncer's own connection. */
  onNetworks: (networks: ReadonlyMap<string, Record<string, string>>) => void;
  /** Runs one `on_connect` line in the server's buffer. */
  runCommand: (server: ServerName, line: string) => Promise<void>;
  /** Hears what may be worth a notification. */
  notifications: Pick<Notifications, 'happened' | 'connection'>;
  /** We went away somewhere, or came back. */
  onAway: () => void;
  log: (line: string) => void;
}

export async function createServer({
  name,
  config,
  version,
  sts,
  passwords,
  signal,
  buffers,
  pages,
  secure,
  runCommand,
  onAway,
  log,
  shared,
  transfers,
  entry,
  bouncerNetwork,
  onNetworks,
  notifications,
  store,
}: ServerOptions): Promise<IrcServer> {
  const resolved = await networkOptions(config, version, sts, passwords, signal);
  let state: ConnectionState = idle;
  let networkName: string | null = null;
  let away = false;
  let features = noFeatures;
  const networks = new Map<string, Record<string, string>>();
  let queue: IrcEvent[] = [];
  let draining = false;
  let drained = Promise.resolve();

  const view = (): ServerView => ({
    name,
    protocol: 'irc',
    state,
    nick: network.nick(),
    away,
    network: networkName,
    features,
    bouncerNetworks: networkViews(networks),
    contact: null,
  });
  const changed = (): void => {
    pages.broadcast('server', view());
  };
  const fold = (text: string): string => network.fold(text);
  const accounts = createAccountRequests({
    act: (action) => {
      act(action);
    },
    isOnline: () => state.phase === 'online',
    connect: () => {
      network.connectForAccount();
    },
  });
  const queries = createIrcQueries({
    act: (action) => {
      act(action);
    },
    fold,
  });
  const monitor = createIrcMonitor({
    act: (action) => {
      try {
        perform(action);
      } catch (error) {
        log(`server ${name}: nobody is watched: ${error instanceof Error ? error.message : 'unknown error'}`);
      }
    },
    fold,
    bound: () => secure.bound(name),
    conversations: () =>
      buffers
        .ofServer(name)
        .flatMap((buffer) => (buffer.kind === 'query' ? [nickOfQuery(buffer.name)] : []))
        .reverse(),
    configured: config.monitor,
  });
  const takeState = createIrcState({
    server: name,
    buffers,
    fold,
    now: () => Date.now(),
    queries,
    monitor,
    onMonitored: (nick, online, buffer) => {
      notifications.happened({ kind: 'monitored', online, server: name, nick, buffer });
    },
    onFeatures: (next) => {
      features = next;
      changed();
    },
    onBouncerNetwork: (id, attributes) => {
      if (attributes === null) networks.delete(id);
      else networks.set(id, attributes);
      changed();
      onNetworks(networks);
    },
  });
  const history = createIrcHistory({
    server: name,
    store,
    buffers,
    pages,
    isAutomatic: config.automatedChathistory,
    fold,
    isChannel: (text) => network.isChannel(text),
    act: (action) => {
      act(action);
    },
    now: () => Date.now(),
    log,
  });
  const handle = createIrcEvents({
    store,
    history,
    onState: (next) => {
      state = next;
      accounts.state(next);
      if (next.phase !== 'online') {
        features = noFeatures;
        queries.disconnected();
        monitor.disconnected();
      }
      changed();
      notifications.connection(name, next, buffers.find('server', name, name)?.id ?? null);
    },
    onReaction: (buffer, from, text, to) => {
      notifications.happened({ kind: 'reaction', buffer, from, text, to });
    },
    onStateEvent: takeState,
    server: name,
    buffers,
    pages,
    muted: (channel) => config.channels.some((entry) => entry.mute && network.fold(entry.name) === network.fold(channel)),
    network: () => network,
    queryName: (nick) => secure.queryName(name, nick),
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
  const lost = (error: unknown): void => {
    log(`server ${name}: an event could not be taken: ${error instanceof Error ? error.message : 'unknown error'}`);
  };
  const held = createHeldEvents(handle, lost);
  const runAll = async (): Promise<void> => {
    for (const line of [...config.queries.map((nick) => `/query ${nick}`), ...config.onConnect]) {
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
          if (shared().ignored.size > 0 && isFromIgnored(event, ignored())) continue;
          transfers.irc(name, event);
          if (event.kind === 'accountRegistration') accounts.take(event);
          const first = secure.irc(name, event);
          if (first) await first;
          const asked = history.before(event);
          if (asked) await asked;
          if (event.kind === 'server' && event.severity === 'error' && event.target !== null) queries.failed(event.target, event.text);
          const pending = held.take(event);
          if (pending) await pending;
        } catch (error) {
          lost(error);
        }
      }
      // A flood waits for the store here, not in memory.
      if (batch.length > LINES_BEFORE_WAITING) await buffers.drained();
    }
    draining = false;
  };
  let listed: readonly IgnoreConfig[] | undefined;
  let compiled: Ignored = () => false;
  let folded = '';
  const ignored = (): Ignored => {
    const entries = shared().ignored.get(entry);
    // A name that folds otherwise shows that the server's mapping has changed.
    const probe = network.fold('A[^');
    if (entries !== listed || probe !== folded) compiled = createIgnored(entries ?? [], (text) => network.fold(text));
    listed = entries;
    folded = probe;
    return compiled;
  };
  const isProxied = config.proxy !== null;
  const ctcp: NetworkOptions['ctcp'] = (from) => (isProxied || ignored()(from, null) ? null : shared().ctcp);
  const typing: NetworkOptions['typing'] = () => shared().typing.servers.get(name) ?? shared().typing.everywhere;
  const network = createNetwork({ ...resolved, ctcp, typing, bouncerNetwork: bouncerNetwork ?? null }, (event) => {
    if (queue.length >= MAX_WAITING_EVENTS) {
      queue = [];
      void network.stop('Too much at once');
      return;
    }
    queue.push(event);
    if (!draining) drained = drain();
  });

  const perform = (action: Action): void => {
    try {
      network.act(action);
    } catch (error) {
      if (error instanceof IrcError)
        throw new ContractError(error.code === 'notConnected' ? 'notConnected' : 'badInput', error.message, { cause: error });
      throw error;
    }
  };
  const act = (action: Action): void => {
    secure.checkPlain(name, action);
    perform(action);
    if (action.kind === 'monitor') monitor.acted(action);
  };

  return {
    name,
    network,
    entry,
    isProxied,
    view,
    act,
    tryAct: (action) => {
      try {
        act(action);
      } catch (error) {
        // What is said in passing is left out; what is wrong with the program is not hidden.
        if (!(error instanceof ContractError)) throw error;
      }
    },
    older: (...given) => history.older(...given),
    gaps: history.gaps,
    read: (...given) => {
      history.read(...given);
    },
    queries,
    accounts,
    watch: () => {
      monitor.changed();
    },
    start: () => {
      network.start();
    },
    resumed: () => {
      network.resumed();
    },
    storable: () => {
      history.storable();
      held.again();
    },
    stop: async (reason) => {
      monitor.stop();
      queries.disconnected();
      accounts.disconnected();
      await network.stop(reason);
      // What was heard before the end is stored before the end.
      await drained;
      await history.flush();
      history.stop();
    },
  };
}
