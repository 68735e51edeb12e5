/** The program: composition of all rooms. It has no window and knows no host. */
import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultConfig } from '../config/config.ts';
import { assertNever, type DmEvent } from '../contract/chat.ts';
import { ContractError } from '../contract/errors.ts';
import type { ServerName } from '../contract/ids.ts';
import type { KeyAttempt } from '../contract/key.ts';
import type { Port } from '../contract/port.ts';
import { withDirect } from '../overlay/combined.ts';
import { OverlayError, type Overlay } from '../overlay/overlay.ts';
import {
  createVeilidOverlay,
  parseServerAddress,
  type JsonObject,
  type NodeCommand,
  type VeilidOptions,
} from '../overlay/veilid/veilid.ts';
import { openStore, StoreError, type Store, type StoreOptions } from '../store/store.ts';
import { openIroh } from './iroh.ts';
import { createBuffers } from './buffers.ts';
import { allCommands } from './commands/all.ts';
import { createConfigControl, type SharedConfig } from './configControl.ts';
import { createDm } from './dm/create.ts';
import type { Timings } from './dm/timings.ts';
import { devicePassword } from './dm/own.ts';
import { runServerCommand } from './commandContext.ts';
import type { Handlers } from '../contract/table.ts';
import { createHandlers } from './handlers.ts';
import { keyHandlers } from './key/handlers.ts';
import { createKeyControl } from './key/keyControl.ts';
import { keepLog } from './keptLog.ts';
import { newestRoute } from './newestRoute.ts';
import type { HostCalls, Parts } from './parts.ts';
import { createMessageIds } from './messageIds.ts';
import { createNotifications } from './notifications/notifications.ts';
import type { Happening } from './notifications/policy.ts';
import { createSoundFiles } from './notifications/soundFiles.ts';
import { readLink } from './links.ts';
import { createOpenedLinks } from './openedLinks.ts';
import { createResumed } from './resumed.ts';
import { createNodeControl, type ManagedOverlay, type NodeBuilder, type NodeSource } from './nodeControl.ts';
import { createPages } from './pages.ts';
import type { ProfilePaths } from './profile.ts';
import { createSecure } from './secure/secure.ts';
import { deriveInWorker } from './slowCrypto/argon2Worker.ts';
import { createServers } from './servers.ts';
import { createStorage } from './storage.ts';
import { loadStsPolicies } from './stsPolicies.ts';
import { createTransfers, type TransferOptions } from './transfers/transfers.ts';

export type { HostCalls } from './parts.ts';
export type { NodeBuilder } from './nodeControl.ts';

export interface CoreOptions {
  profile: ProfilePaths;
  version: string;
  demo: boolean;
  host: HostCalls;
  log: (line: string) => void;
  /** How `veilid-node` is found and built; null where a host cannot. */
  nodeBuilder: NodeBuilder | null;
  /** For the demo and tests: this overlay instead of a real node. */
  overlay?: () => Overlay;
  /** For tests: wraps the command that starts veilid-node, e.g. to enter a network namespace. */
  nodeCommand?: NodeCommand;
  /** For tests: laid over the node's configuration. */
  nodeOverrides?: JsonObject;
  /** Opens a locked profile at once; where it does not, `start` rejects. */
  unlock?: KeyAttempt;
  /** For tests: opens the store, so that the process can be ended at a chosen commit. */
  openStore?: typeof openStore;
  /** For tests: shorter times of private messages. */
  timings?: Partial<Timings>;
  /** For tests: shorter times of file transfers, and files from and to this computer. */
  transfers?: Pick<TransferOptions, 'timings' | 'allowLoopback'>;
}

export interface Core {
  /** Opens the store and starts everything that is configured. Rejects with a sentence when the profile cannot be used. */
  start(): Promise<void>;
  /** Serves one more page, script or test. */
  attach(port: Port): void;
  /** As the call `app.openLink`: true when a page shows it, or why it cannot be opened; else the next page does. */
  openLink(text: string): boolean;
  stop(): Promise<void>;
}

interface Running {
  parts: Parts;
  handlers: ReturnType<typeof createHandlers>;
}

export function createCore(options: CoreOptions): Core {
  const { profile } = options;
  const kept = keepLog();
  const log = (line: string): void => {
    kept.add(line);
    options.log(line);
  };
  const lifetime = new AbortController();
  let running: Running | null = null;
  let store: Store | null = null;
  let isStarted = false;

  const pages = createPages({
    view: (buffer) => running?.parts.buffers.opened(buffer),
    explain,
    onInternalError: (method, error) => {
      log(`${method}: ${describe(error)}`);
    },
    onClosed: () => {
      running?.parts.dm.shown(pages.shown());
    },
    onTold: () => {
      running?.parts.notifications.changed();
    },
  });
  const key = createKeyControl({
    stateDirectory: profile.stateDirectory,
    keyring: options.host.keyring,
    derive: deriveInWorker,
    random: (length) => new Uint8Array(randomBytes(length)),
    now: () => Date.now(),
    onView: (view) => {
      pages.broadcast('key', view);
    },
    log,
    onUnlocked: async (keys) => {
      try {
        await open(keys);
      } catch (error) {
        running = null;
        await store?.close();
        store = null;
        throw error;
      }
    },
  });
  const whileLocked: Partial<Handlers> = {
    ...keyHandlers(key),
    'app.quit': () => {
      options.host.quit();
      return Promise.resolve(null);
    },
  };

  /** `keys`: see `StoreOptions.keys`; null for a plain key file. */
  const open = async (keys: StoreOptions['keys'] | null): Promise<void> => {
    const storage = createStorage(
      (view) => running?.parts.pages.broadcast('storage', view),
      (text) => {
        if (!running) return;
        const { buffers, servers, dm, pages } = running.parts;
        buffers.storable();
        servers.storable();
        for (const { id } of dm.contacts()) dm.retry(id);
        if (text !== null) pages.broadcast('notice', { severity: 'info', text });
      },
    );
    const opened = await (options.openStore ?? openStore)({
      dataDirectory: profile.dataDirectory,
      stateDirectory: profile.stateDirectory,
      ...(keys ? { keys } : {}),
      onTrouble: (error) => {
        if (error) log(`store: ${describe(error)}`);
        storage.trouble(error);
      },
    });
    store = opened.store;
    const now = (): number => Date.now();
    const nextMessageId = createMessageIds(await store.lastMessageId(), now);
    const onStoreError = (error: unknown): void => {
      log(`store: ${describe(error)}`);
      pages.broadcast('notice', { severity: 'error', text: error instanceof Error ? error.message : 'The message store failed.' });
    };
    // Buffers are opened before there are servers.
    let watch: (server?: ServerName) => void = () => undefined;
    // And before there is anything to tell.
    let said: (happening: Happening) => void = () => undefined;
    const buffers = createBuffers({
      store,
      pages: () => pages,
      nextMessageId,
      now,
      onStoreError,
      onQueries: (server) => {
        watch(server);
      },
      onSaid: (buffer, message) => {
        said({ kind: 'line', buffer, message });
      },
    });
    await buffers.load();

    const onDmEvent = (event: DmEvent): void => {
      switch (event.kind) {
        case 'stored':
          buffers.stored(event.message, event.counts);
          return;
        case 'receipt':
          pages.receipt({ buffer: event.buffer, message: event.message, receipt: event.receipt });
          return;
        case 'contact': {
          const contact = dm.contacts().find((candidate) => candidate.id === event.contact);
          if (contact) pages.broadcast('contact', contact);
          pages.broadcast('requests', { requests: dm.requests() });
          for (const view of dm.serverViews()) if (view.contact === event.contact) pages.broadcast('server', view);
          return;
        }
        case 'contactRemoved':
          secure.news({ kind: 'removed', contact: event.contact });
          pages.broadcast('contactRemoved', { id: event.contact });
          pages.broadcast('requests', { requests: dm.requests() });
          return;
        default:
          assertNever(event);
      }
    };
    const node = createNodeControl({
      builder: options.nodeBuilder,
      overlayIsGiven: options.overlay !== undefined,
      makeOverlay: (source) => makeOverlay(source),
      onOverlay: (overlay) => {
        dm.useOverlay(overlay);
      },
      onView: (view) => {
        pages.broadcast('node', view);
      },
      outsideProxy: {
        agreed: (await store.getSecret(OUTSIDE_PROXY)) !== null,
        remember: () => opened.store.putSecret(OUTSIDE_PROXY, Uint8Array.of(1)),
      },
      now,
      log,
    });
    let iroh = defaultConfig.iroh;
    let shared: SharedConfig = defaultConfig;
    const dm = await createDm({
      store,
      buffers,
      nextMessageId,
      now,
      onEvent: onDmEvent,
      wantOverlay: () => node.need(),
      log,
      irohEnabled: () => iroh.enabled,
      onSecure: (news) => {
        secure.news(news);
      },
      rolledBack: opened.rolledBack,
      ...(options.timings ? { timings: options.timings } : {}),
    });
    const password = await devicePassword(store);
    const makeOverlay = async (source: NodeSource): Promise<ManagedOverlay> => {
      const main =
        options.overlay?.() ??
        createVeilidOverlay({ source: veilidSource(source, options, password), routeFile: join(profile.stateDirectory, 'route'), log });
      if (!iroh.enabled) return main;
      return withDirect(main, await openIroh(iroh, opened.store, log), (error) => {
        log(`iroh: ${describe(error)}`);
        pages.broadcast('notice', { severity: 'error', text: error instanceof Error ? error.message : 'iroh did not start.' });
      });
    };
    const secure = createSecure({
      store: opened.store,
      buffers,
      servers: () => servers,
      dm: () => dm,
      ready: (signal) => newestRoute({ node }, signal),
      now,
      onViews: (views) => {
        pages.broadcast('secure', { views });
        watch();
      },
      onNotice: (text) => {
        pages.broadcast('notice', { severity: 'info', text });
      },
      onContact: (contact) => {
        onDmEvent({ kind: 'contact', contact });
      },
      log,
    });
    await secure.load();
    const transfers = createTransfers({
      stagingDirectory: join(profile.cacheDirectory, 'transfers'),
      saveDirectory: () => resolve(dirname(profile.configFile), shared.fileTransfer.saveDirectory),
      settings: () => shared.fileTransfer,
      servers: {
        fold: (server, nick) => servers.get(server)?.network.fold(nick) ?? nick.toLowerCase(),
        isProxied: (server) => servers.get(server)?.isProxied ?? true,
        act: (server, action) => {
          servers.require(server).act(action);
        },
      },
      isPrivate: (server, nick) => secure.contactOf(server, nick) !== null,
      onViews: (views) => {
        pages.broadcast('transfers', { transfers: views });
      },
      onOffer: (server, text, waiting) => {
        buffers.serverLine(server, 'info', text).catch(onStoreError);
        if (waiting === null) return;
        const { id, nick, name } = waiting;
        const query = buffers.find('query', server, servers.get(server)?.network.fold(nick) ?? nick)?.id ?? null;
        said({ kind: 'file', server, nick, name, transfer: id, buffer: query });
      },
      ...(options.transfers ?? {}),
    });
    await transfers.start();
    const notifications = createNotifications({
      config: () => shared.notifications,
      pages,
      buffers,
      requests: () => dm.requests(),
      transfers: () => transfers.views(),
      away: () => servers.views().some(({ away }) => away),
      now,
    });
    said = (happening) => {
      notifications.happened(happening);
    };
    const sts = await loadStsPolicies(store);
    const servers = createServers({
      shared: () => shared,
      transfers,
      notifications,
      store: opened.store,
      secure,
      version: options.version,
      sts,
      passwords: options.host.keyring?.passwords ?? null,
      signal: lifetime.signal,
      buffers,
      pages,
      runCommand: (server, line) => runServerCommand(parts, server, line, lifetime.signal),
      onAway: () => {
        dm.setAway(
          'irc',
          servers.views().some(({ away }) => away),
        );
      },
      log,
    });
    watch = (server) => {
      servers.watch(server);
    };
    const config = createConfigControl({
      path: profile.configFile,
      signal: lifetime.signal,
      onConfig: async ({ irc, veilid, node: nodeSettings, iroh: irohConfig, directMessages, nickname, shared: sharedConfig }) => {
        shared = sharedConfig;
        iroh = irohConfig;
        dm.setNickname(nickname);
        dm.configure(directMessages);
        node.configure(nodeSettings, veilid.length > 0 || dm.needsOverlay());
        await servers.apply(irc);
        await dm.applyConfig(veilid);
      },
      onView: (view) => {
        pages.broadcast('config', view);
      },
      log,
    });
    const parts: Parts = {
      version: options.version,
      profile: profile.name,
      demo: options.demo,
      store,
      pages,
      buffers,
      servers,
      dm,
      secure,
      node,
      config,
      key,
      transfers,
      notifications,
      openedLinks: createOpenedLinks({ pages, read: (text) => readLink(text, config.serverAt), now }),
      resumed: createResumed({ servers, node, dm, now, log }),
      soundFile: createSoundFiles({ directory: dirname(profile.configFile), config: () => shared.notifications }),
      log: kept.text,
      shared: () => shared,
      storage,
      commands: allCommands,
      host: options.host,
    };
    running = { parts, handlers: createHandlers(parts) };
    await config.start();
    key.opened(opened.store);
  };

  const start = async (): Promise<void> => {
    if (key.read() === 'plain') await open(null);
    else if (options.unlock) await key.unlock(options.unlock, lifetime.signal);
    else {
      // A keyring that is unlocked answers at once; one that asks somebody must not keep pages waiting.
      const quick = new AbortController();
      await Promise.race([key.byKeyring(), delay(QUICK_KEYRING_MS, undefined, { signal: quick.signal }).catch(() => undefined)]);
      quick.abort();
      await key.opening();
    }
    isStarted = true;
  };

  return {
    start,
    attach: (port) => {
      if (isStarted) pages.attach(port, () => running?.handlers ?? whileLocked);
      else port.close();
    },
    openLink: (text) => {
      try {
        return (running?.parts.openedLinks.open(text).pages ?? 0) > 0;
      } catch (error) {
        if (!(error instanceof ContractError)) throw error;
        return running?.parts.pages.nearest() !== null;
      }
    },
    stop: async () => {
      lifetime.abort();
      isStarted = false;
      await key.stop();
      if (running) {
        const { servers, secure, dm, node, buffers, transfers, notifications } = running.parts;
        notifications.stop();
        secure.stop();
        await dm.goodbye();
        await Promise.all([servers.stop(), dm.stop(), node.stop(), transfers.stop()]);
        await buffers.drained();
      }
      pages.closeAll();
      running = null;
      await store?.close();
      store = null;
    },
  };
}

/** How long a start waits for a keyring that asks nobody. */
const QUICK_KEYRING_MS = 1_500;

/** That the user has agreed to Veilid going around a proxy. */
const OUTSIDE_PROXY = 'veilid-outside-proxy';

/** For the log: what an error is, without a stack and without anything it may carry. */
const describe = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error');

/** Errors of the rooms below whose message is written for a person. */
const explain = (error: unknown): ContractError | null => {
  if (error instanceof StoreError) return new ContractError('storage', error.message, { cause: error });
  return error instanceof OverlayError ? new ContractError('unavailable', error.message, { cause: error }) : null;
};

function veilidSource(source: NodeSource, options: CoreOptions, devicePassword: string): VeilidOptions['source'] {
  const { profile } = options;
  switch (source.kind) {
    case 'server': {
      const address = parseServerAddress(source.address);
      if (!address) throw new ContractError('unavailable', '[veilid] server has to be the path of a socket, or host:port.');
      return { kind: 'server', address: source.address, configDirectory: join(profile.stateDirectory, 'veilid') };
    }
    case 'process':
      return {
        kind: 'process',
        binary: source.binary,
        configDirectory: join(profile.stateDirectory, 'veilid'),
        storageDirectory: join(profile.dataDirectory, 'veilid'),
        namespace: '',
        devicePassword,
        ...(options.nodeCommand ? { command: options.nodeCommand } : {}),
        ...(options.nodeOverrides ? { networkOverrides: options.nodeOverrides } : {}),
      };
    case 'given':
      throw new ContractError('unavailable', 'This host brings its own overlay, and gave none.');
  }
}
