import { randomBytes } from 'node:crypto';
import { toBase64Url } from '../base64.ts';
import { OverlayError, type DatagramHandler } from '../overlay.ts';
import { abortable, delay } from '../wait.ts';

/** As long as the shortest blob seen on Veilid, so that limits elsewhere are met in the same places. */
const MIN_ADDRESS_BYTES = 712;
const ADDRESS_SPREAD_BYTES = 97;
/** What Veilid's AppCall waits for a reply. */
const REPLY_TIMEOUT_MS = 5_000;

export interface LoopbackPacket {
  to: Uint8Array;
  bytes: Uint8Array;
}

/** What tests make go wrong. The functions are asked once for every packet. */
export interface LoopbackFaults {
  /** The packet never arrives: the sender waits for its time-out. */
  drop?: (packet: LoopbackPacket) => boolean;
  /** The packet arrives, its reply does not. */
  dropReply?: (packet: LoopbackPacket) => boolean;
  /** The packet arrives twice; the second reply is nobody's. */
  duplicate?: (packet: LoopbackPacket) => boolean;
  /** Milliseconds on the way. */
  delayMs?: (packet: LoopbackPacket) => number;
}

/** The network that overlays of one process share: who answers at which address, and the records. */
export interface LoopbackNetwork {
  faults: LoopbackFaults;
  /** Nobody answers at this address any more, as when the first hop of a route dies; its owner is told. */
  kill(address: Uint8Array): void;
  /** Makes an address that `handler` answers; `onDeath` is called when it is killed. */
  open(handler: DatagramHandler, onDeath: () => void): Uint8Array;
  close(address: Uint8Array): void;
  deliver(packet: LoopbackPacket, signal: AbortSignal): Promise<Uint8Array>;
  readonly records: Map<string, LoopbackRecord>;
}

export interface LoopbackSlot {
  bytes: Uint8Array;
  /** Rises with each write that changes the slot. */
  seq: number;
}

export interface LoopbackRecord {
  writer: string;
  slots: Map<number, LoopbackSlot>;
  watchers: Set<(slot: number) => void>;
}

export interface LoopbackNetworkOptions {
  /** How long a sender waits for a reply; tests take less than Veilid's 5 s. */
  replyTimeoutMs?: number;
}

export function createLoopbackNetwork(options: LoopbackNetworkOptions = {}): LoopbackNetwork {
  const replyTimeoutMs = options.replyTimeoutMs ?? REPLY_TIMEOUT_MS;
  const endpoints = new Map<string, { handler: DatagramHandler; onDeath: () => void }>();

  const arrive = (packet: LoopbackPacket): Promise<Uint8Array | null> => {
    const endpoint = endpoints.get(toBase64Url(packet.to));
    if (endpoint === undefined) return Promise.resolve(null);
    return endpoint.handler(packet.bytes.slice(), packet.to.slice());
  };

  const network: LoopbackNetwork = {
    faults: {},
    records: new Map(),
    open(handler, onDeath) {
      const address = new Uint8Array(randomBytes(MIN_ADDRESS_BYTES + ((randomBytes(1)[0] ?? 0) % ADDRESS_SPREAD_BYTES)));
      endpoints.set(toBase64Url(address), { handler, onDeath });
      return address;
    },
    close(address) {
      endpoints.delete(toBase64Url(address));
    },
    kill(address) {
      const endpoint = endpoints.get(toBase64Url(address));
      endpoints.delete(toBase64Url(address));
      endpoint?.onDeath();
    },
    async deliver(packet, signal) {
      const { drop, dropReply, duplicate, delayMs } = network.faults;
      // always on a later turn, even without a delay: nothing may rely on a packet being there already
      await delay(delayMs?.(packet) ?? 0, signal);
      if (!endpoints.has(toBase64Url(packet.to))) throw new OverlayError('unreachable', 'Nobody answers at this address.');
      const lost = drop?.(packet) ?? false;
      const replyLost = dropReply?.(packet) ?? false;
      const twice = duplicate?.(packet) ?? false;
      return abortable(signal, (resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new OverlayError('timeout', 'No answer came in time.'));
        }, replyTimeoutMs);
        const take = (reply: Uint8Array | null): void => {
          if (reply !== null && !replyLost) resolve(reply.slice());
        };
        // a handler that fails is a person who is silent
        const silence = (): void => undefined;
        if (!lost) arrive(packet).then(take, silence);
        if (!lost && twice) arrive(packet).then(silence, silence);
        return () => {
          clearTimeout(timer);
        };
      });
    },
  };
  return network;
}
