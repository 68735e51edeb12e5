import { equalBytes, fromBase64, toBase64Url } from '../base64.ts';
import { createListeners } from '../listeners.ts';
import {
  MAX_ADDRESSES,
  MAX_PACKET_BYTES,
  OverlayError,
  type Address,
  type DatagramHandler,
  type Overlay,
  type OverlayPhase,
  type OverlayState,
} from '../overlay.ts';
import type { LoopbackNetwork } from './network.ts';
import { createLoopbackRecords } from './records.ts';

const MIN_ADDRESS_BYTES = 200;
const MAX_ADDRESS_BYTES = 4_096;
/** Own addresses that were renewed and still answer. The oldest gives way. */
const MAX_RETIRED = 8;

const REASONS: Record<OverlayPhase, string> = {
  stopped: 'Private messages are off.',
  starting: 'Starting.',
  attaching: 'Connecting.',
  ready: 'Private messages stay inside this program.',
  degraded: 'The connection is disturbed.',
};

/** An overlay inside one process, for the demo and for tests about something else. Overlays meet in the `network` they are given. */
export function createLoopbackOverlay(network: LoopbackNetwork): Overlay {
  const states = createListeners<OverlayState>();
  const changes = createListeners<Address[]>();
  let phase: OverlayPhase = 'stopped';
  let handler: DatagramHandler | null = null;
  let live: Address[] = [];
  let retired: Address[] = [];
  let run = new AbortController();

  const state = (): OverlayState => ({ phase, reason: REASONS[phase], peers: phase === 'ready' ? 1 : null });
  const enter = (next: OverlayPhase): void => {
    phase = next;
    states.emit(state());
  };
  const running = (): void => {
    if (phase !== 'ready') throw new OverlayError('stopped', 'Private messages are switched off.');
  };
  const open = (): Address => {
    const bytes: Uint8Array = network.open(
      async (packet, at) => (handler === null ? null : handler(packet, at)),
      () => {
        forget(bytes);
      },
    );
    return { bytes, text: toBase64Url(bytes) };
  };
  const forget = (bytes: Uint8Array): void => {
    retired = retired.filter((address) => !equalBytes(address.bytes, bytes));
    if (!live.some((address) => equalBytes(address.bytes, bytes))) return;
    live = live.filter((address) => !equalBytes(address.bytes, bytes));
    if (phase === 'ready') live = [open(), ...live];
    changes.emit([...live]);
  };

  return {
    name: 'loopback',
    records: createLoopbackRecords(network, running),
    state,
    onState: (listener) => states.add(listener),
    addresses: () => [...live],
    onAddresses: (listener) => changes.add(listener),
    onDatagram(next) {
      handler = next;
    },
    parseAddress(text) {
      const bytes = fromBase64(text, MAX_ADDRESS_BYTES);
      return bytes !== null && bytes.length >= MIN_ADDRESS_BYTES ? bytes : null;
    },
    start(signal) {
      if (signal.aborted) return Promise.reject(new OverlayError('stopped', 'The start was cancelled.'));
      if (phase !== 'stopped') return Promise.resolve();
      run = new AbortController();
      enter('starting');
      live = Array.from({ length: MAX_ADDRESSES }, open);
      enter('ready');
      changes.emit([...live]);
      return Promise.resolve();
    },
    stop() {
      if (phase === 'stopped') return Promise.resolve();
      for (const { bytes } of [...live, ...retired]) network.close(bytes);
      live = [];
      retired = [];
      enter('stopped');
      run.abort(new OverlayError('stopped', 'Private messages were switched off.'));
      changes.emit([]);
      return Promise.resolve();
    },
    async renew(signal) {
      running();
      signal.throwIfAborted();
      retired = [...live, ...retired];
      for (const { bytes } of retired.slice(MAX_RETIRED)) network.close(bytes);
      retired = retired.slice(0, MAX_RETIRED);
      live = Array.from({ length: MAX_ADDRESSES }, open);
      changes.emit([...live]);
      return Promise.resolve([...live]);
    },
    release(address) {
      network.close(address);
      forget(address);
      return Promise.resolve();
    },
    async send(address, bytes, signal) {
      if (bytes.length > MAX_PACKET_BYTES) throw new OverlayError('tooLarge', 'The packet is too long for one call.');
      if (address.length < MIN_ADDRESS_BYTES || address.length > MAX_ADDRESS_BYTES)
        throw new OverlayError('badAddress', 'This is not an address.');
      running();
      return network.deliver({ to: address.slice(), bytes: bytes.slice() }, AbortSignal.any([signal, run.signal]));
    },
  };
}
