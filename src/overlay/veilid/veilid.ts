import { fromBase64 } from '../base64.ts';
import { createListeners } from '../listeners.ts';
import { MAX_PACKET_BYTES, OverlayError, type Address, type DatagramHandler, type Overlay, type OverlayState } from '../overlay.ts';
import { abortable, delay, reasonOf } from '../wait.ts';
import { createAddressFile } from './address-file.ts';
import type { Channel, OpenChannel } from './channel.ts';
import { MAX_BLOB_BYTES, MIN_BLOB_BYTES, createClient, type NodeClient } from './client.ts';
import { createConnection } from './connection.ts';
import { createIncoming } from './incoming.ts';
import { checkBinary, processChannel, type ProcessSource } from './node.ts';
import type { Attachment, Update } from './protocol.ts';
import { createRecords } from './records.ts';
import { createRoutesFile } from './routes-file.ts';
import { createRoutes } from './routes.ts';
import { socketChannel, type ServerSource } from './socket.ts';

export type { JsonObject } from './config.ts';
export type { NodeCommand, ProcessSource } from './node.ts';
export { parseServerAddress, type ServerSource } from './socket.ts';

/** Pauses before the node is started or the server is called again; the first after a connection that had become ready. */
const RESTART_MS = [500, 2_000, 5_000, 15_000, 60_000];

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

export interface VeilidOverlay extends Overlay {
  readonly name: 'veilid';
  /** The last lines of the node's log, for a page or a bug report. */
  logLines(): string[];
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
  const incoming = createIncoming((routeId) => routes.at(routeId), log);

  const enter = (phase: OverlayState['phase'], reason: string, peers: number | null = null): void => {
    if (state.phase === phase && state.reason === reason && state.peers === peers) return;
    state = { phase, reason, peers };
    states.emit(state);
  };

  /** One connection from its opening to its end, with whose reason it rejects. `wasReady` hears of readiness. */
  const connect = async (signal: AbortSignal, wasReady: () => void): Promise<never> => {
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
      ready = { client, signal: both };
      enter('ready', 'Connected to Veilid.', peers);
      if (begun) return;
      begun = true;
      wasReady();
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
      enter(state.phase === 'degraded' ? 'degraded' : 'attaching', 'Connecting to Veilid.');
      await client.attach(both);
      onAttachment(await client.attachment(both));
      return await abortable<never>(both, () => () => undefined);
    } finally {
      ready = null;
      end(
        new OverlayError(
          signal.aborted ? 'stopped' : 'tryAgain',
          signal.aborted ? 'Private messages were switched off.' : 'The Veilid node ended.',
        ),
      );
      await channel?.close();
    }
  };

  const keepConnected = async (signal: AbortSignal): Promise<void> => {
    for (let failures = 0; ; failures += 1) {
      const error: unknown = await connect(signal, () => {
        failures = 0;
      }).catch((reason: unknown) => reason);
      if (signal.aborted) return;
      const reason = error instanceof OverlayError ? error.message : 'The Veilid node failed.';
      log(error instanceof Error ? error.message : String(error));
      enter('degraded', `${reason} Trying again.`);
      const again = await delay(RESTART_MS[Math.min(failures, RESTART_MS.length - 1)] ?? 0, signal).then(
        () => true,
        () => false,
      );
      if (!again) return;
    }
  };

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
        if (source.kind === 'process') await checkBinary(source);
        signal.throwIfAborted();
        if (controller.signal.aborted) throw reasonOf(controller.signal);
      } catch (error) {
        if (run === controller) run = null;
        throw error;
      }
      enter('starting', 'Starting Veilid.');
      running = keepConnected(controller.signal);
    },
    async stop() {
      run?.abort(new OverlayError('stopped', 'Private messages were switched off.'));
      run = null;
      ready = null;
      await running;
      routes.end();
      enter('stopped', 'Private messages are switched off.');
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
