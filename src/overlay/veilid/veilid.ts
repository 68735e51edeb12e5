import { fromBase64 } from '../base64.ts';
import { createListeners } from '../listeners.ts';
import { MAX_PACKET_BYTES, OverlayError, type Address, type DatagramHandler, type Overlay, type OverlayState } from '../overlay.ts';
import { abortable, reasonOf } from '../wait.ts';
import { createAddressFile } from './address-file.ts';
import { NODE_VERSION, checkBinary } from './binary.ts';
import type { Channel, OpenChannel } from './channel.ts';
import { MAX_BLOB_BYTES, MIN_BLOB_BYTES, createClient, type NodeClient } from './client.ts';
import { createConnection } from './connection.ts';
import { createIncoming } from './incoming.ts';
import { processChannel, type ProcessSource } from './node.ts';
import type { Attachment, Traffic, Update } from './protocol.ts';
import { createRecords } from './records.ts';
import { createRoutesFile } from './routes-file.ts';
import { createRoutes } from './routes.ts';
import { socketChannel, type ServerSource } from './socket.ts';
import { createSupervisor, type Crashes, type Progress } from './supervisor.ts';

export type { JsonObject } from './config.ts';
export type { NodeCommand, ProcessSource } from './node.ts';
export { parseServerAddress, type ServerSource } from './socket.ts';

/** How long a page waits for what the node says about itself. */
const DETAILS_TIMEOUT_MS = 3_000;

/** Fault-injection seam: a channel made elsewhere. */
export interface ChannelSource {
  kind: 'channel';
  open: OpenChannel;
  configDirectory?: string;
}

export interface VeilidOptions {
  source: ProcessSource | ServerSource | ChannelSource;
  /** A file that always holds the newest address as text. */
  routeFile?: string;
  /** Lines of the node and about it, free of keys and addresses. */
  log?: (line: string) => void;
}

/** What a page shows about the node. */
export interface NodeDetails {
  /** Our own process, or a veilid-server that belongs to somebody else. */
  own: boolean;
  /** Of veilid-node; null for a server. */
  version: string | null;
  /** Of the Veilid library inside; null while nothing answers. */
  library: string | null;
  /** When the present process, or connection, began: milliseconds since 1970; null while there is none. */
  since: number | null;
  traffic: Traffic | null;
  crashes: Crashes;
  /** The last lines of the node's log, without keys and addresses. */
  log: string[];
}

export interface VeilidOverlay extends Overlay {
  readonly name: 'veilid';
  /** The last lines of the node's log, for a page or a bug report. */
  logLines(): string[];
  details(signal: AbortSignal): Promise<NodeDetails>;
  /** Ends the node in order and starts it again (only reconnects to a server). Rejects with `missing` as `start` does, and with `stopped`. */
  restart(signal: AbortSignal): Promise<void>;
}

/** The overlay on a veilid-node of our own, or on a running veilid-server. */
export function createVeilidOverlay({ source, routeFile, log = () => undefined }: VeilidOptions): VeilidOverlay {
  const states = createListeners<OverlayState>();
  const changes = createListeners<Address[]>();
  let state: OverlayState = { phase: 'stopped', reason: 'Private messages are switched off.', peers: null };
  let run: AbortController | null = null;
  let running: Promise<void> = Promise.resolve();
  /** The connection in use, once its node is ready for routes and records. */
  let ready: { client: NodeClient; signal: AbortSignal } | null = null;
  /** The connection in use, from the first answer of its node. */
  let present: { client: NodeClient; since: number } | null = null;

  const own = source.kind === 'process' ? processChannel(source, log) : null;
  const open = own?.open ?? (source.kind === 'server' ? socketChannel(source) : source.kind === 'channel' ? source.open : null);
  const { configDirectory } = source;
  const file = configDirectory === undefined ? null : createRoutesFile(configDirectory);
  const note = routeFile === undefined ? null : createAddressFile(routeFile, log);
  const routes = createRoutes({
    file,
    log,
    onAddresses(addresses) {
      note?.(addresses);
      changes.emit(addresses);
    },
  });
  const need = (): { client: NodeClient; signal: AbortSignal } => {
    if (run === null) throw new OverlayError('stopped', 'Private messages are switched off.');
    if (ready === null) throw new OverlayError('tryAgain', state.reason);
    return ready;
  };
  const records = createRecords(need, log);
  const incoming = createIncoming(routes, log);

  const enter = (phase: OverlayState['phase'], reason: string, peers: number | null = null): void => {
    if (state.phase === phase && state.reason === reason && state.peers === peers) return;
    state = { phase, reason, peers };
    states.emit(state);
  };

  const connect = async (signal: AbortSignal, progress: Progress): Promise<never> => {
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    let channel: Channel | null = null;
    let begun = false;
    const connection = createConnection(
      () => channel,
      (update) => {
        onUpdate(update);
      },
      () => {
        // something was dropped: ask for the state, and take every record for changed
        records.changed(null, [], 0);
        client.attachment(both).then(onAttachment, () => undefined);
      },
      () => {
        end(new OverlayError('tryAgain', 'The Veilid node did not answer any more.'));
      },
    );
    const client = createClient(connection);
    const end = (error: OverlayError): void => {
      connection.fail(error);
      ended.abort(error);
    };
    const onAttachment = ({ publicInternetReady, peers }: Attachment): void => {
      if (both.aborted) return;
      if (!publicInternetReady) {
        ready = null;
        enter(
          begun ? 'degraded' : 'attaching',
          begun ? 'The connection to Veilid is lost; it comes back by itself.' : 'Connecting to Veilid.',
          peers,
        );
        return;
      }
      const isBack = begun && ready === null;
      ready = { client, signal: both };
      enter('ready', 'Connected to Veilid.', peers);
      // the network is another one, or was gone for a while
      if (isBack) void routes.check();
      if (begun) return;
      begun = true;
      progress.ready();
      routes.begin(client, source.kind === 'process' || routes.addresses().length === 0, both);
      records.connected(client, both);
    };
    const onUpdate = (update: Update): void => {
      switch (update.kind) {
        case 'attachment':
          onAttachment(update.attachment);
          return;
        case 'call':
          incoming.take(client, update, both);
          return;
        case 'routeChange':
          routes.dead(update.deadRoutes);
          return;
        case 'valueChange':
          records.changed(update.key, update.subkeys, update.count);
          return;
        case 'shutdown':
          return;
        default:
          update satisfies never;
      }
    };
    try {
      if (open === null) throw new OverlayError('missing', 'No Veilid node is configured.');
      channel = await open(
        {
          onLine(line) {
            connection.read(line);
          },
          onClose(reason) {
            end(new OverlayError('tryAgain', reason));
          },
        },
        signal,
      );
      progress.opened();
      present = { client, since: Date.now() };
      enter(state.phase === 'degraded' ? 'degraded' : 'attaching', 'Connecting to Veilid.');
      await client.attach(both);
      onAttachment(await client.attachment(both));
      return await abortable<never>(both, () => () => undefined);
    } finally {
      ready = null;
      present = null;
      end(signal.reason instanceof OverlayError ? signal.reason : new OverlayError('tryAgain', 'The Veilid node ended.'));
      await channel?.close();
    }
  };

  const supervisor = createSupervisor({
    connect,
    onPause(reason) {
      enter('degraded', `${reason} Trying again.`);
    },
    log,
  });

  return {
    name: 'veilid',
    records,
    state: () => state,
    onState: (handler) => states.add(handler),
    addresses: () => routes.addresses(),
    onAddresses: (handler) => changes.add(handler),
    onDatagram(handler: DatagramHandler) {
      incoming.handle(handler);
    },
    logLines: () => own?.ring.lines() ?? [],
    parseAddress(text) {
      const bytes = fromBase64(text, MAX_BLOB_BYTES);
      return bytes !== null && bytes.length >= MIN_BLOB_BYTES ? bytes : null;
    },
    async start(signal) {
      if (run !== null) return;
      signal.throwIfAborted();
      const controller = new AbortController();
      run = controller;
      // a stop that is still under way ends first: two nodes never share a directory
      await running;
      try {
        if (source.kind === 'process') await checkBinary(source.binary, AbortSignal.any([signal, controller.signal]));
        signal.throwIfAborted();
        if (controller.signal.aborted) throw reasonOf(controller.signal);
      } catch (error) {
        if (run === controller) run = null;
        throw error;
      }
      enter('starting', 'Starting Veilid.');
      running = supervisor.keep(controller.signal);
    },
    async stop() {
      run?.abort(new OverlayError('stopped', 'Private messages were switched off.'));
      run = null;
      ready = null;
      await running;
      routes.end();
      enter('stopped', 'Private messages are switched off.');
    },
    async details(signal) {
      const now = present;
      const limit = AbortSignal.any([signal, AbortSignal.timeout(DETAILS_TIMEOUT_MS)]);
      const [found, library] =
        now === null
          ? [null, null]
          : await Promise.all([now.client.state(limit).catch(() => null), now.client.libraryVersion(limit).catch(() => null)]);
      signal.throwIfAborted();
      // the node tells of a new number of peers only together with other news
      if (found !== null && ready !== null && now === present) enter(state.phase, state.reason, found.attachment.peers);
      const traffic = found?.traffic ?? null;
      const version = source.kind === 'process' ? NODE_VERSION : null;
      const log = own?.ring.lines() ?? [];
      return { own: source.kind === 'process', version, library, since: now?.since ?? null, traffic, crashes: supervisor.crashes(), log };
    },
    async restart(signal) {
      if (run === null) throw new OverlayError('stopped', 'Private messages are switched off.');
      const both = AbortSignal.any([signal, run.signal]);
      if (source.kind === 'process') await checkBinary(source.binary, both);
      both.throwIfAborted();
      enter('starting', source.kind === 'process' ? 'Restarting Veilid.' : 'Connecting to the veilid-server anew.');
      supervisor.restart();
    },
    async renew(signal) {
      need();
      return routes.renew(signal);
    },
    release: (address) => routes.release(address),
    async send(address, bytes, signal) {
      if (bytes.length > MAX_PACKET_BYTES) throw new OverlayError('tooLarge', 'The packet is too long for one call.');
      if (address.length < MIN_BLOB_BYTES || address.length > MAX_BLOB_BYTES)
        throw new OverlayError('badAddress', 'This is not a Veilid address.');
      if (routes.isOwn(address)) throw new OverlayError('badAddress', 'This is your own address.');
      const node = need();
      signal.throwIfAborted();
      const both = AbortSignal.any([signal, node.signal]);
      // always: a route that failed once is dropped by the node, and only a new import brings it back
      const routeId = await node.client.importRoute(address, both);
      return node.client.call(routeId, bytes, both);
    },
  };
}
