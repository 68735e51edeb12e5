/**
 * The door of the overlay room: how a packet reaches a person. Everything that belongs to one overlay (Veilid's routes and
 * blobs, iroh's tickets) stays inside its folder; outside, an address is opaque bytes with a text form. Second address,
 * records and back-off are the caller's policy.
 */

/** The largest packet an overlay carries, in bytes (Veilid: MAX_APP_MESSAGE_MESSAGE_LEN). */
export const MAX_PACKET_BYTES = 32_768;
/** Live addresses that are announced to others at one time. */
export const MAX_ADDRESSES = 2;

export type OverlayPhase = 'stopped' | 'starting' | 'attaching' | 'ready' | 'degraded';

/** What the overlay is doing, with a sentence a person can read. */
export interface OverlayState {
  phase: OverlayPhase;
  reason: string;
  /** Peers known to the node, where the overlay counts them. */
  peers: number | null;
}

/** An own address: opaque bytes, and the text a person can copy (base64url for Veilid). */
export interface Address {
  bytes: Uint8Array;
  text: string;
}

export type OverlayErrorCode = 'unreachable' | 'timeout' | 'tryAgain' | 'tooLarge' | 'stopped' | 'badAddress' | 'missing';

/** The one error of this room. `message` is written for a person; `cause` stays inside the core. */
export class OverlayError extends Error {
  readonly code: OverlayErrorCode;
  constructor(code: OverlayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OverlayError';
    this.code = code;
  }
}

/** A record in the overlay's hash table. `key` may be given to others (it is a read secret); `writer` never leaves the profile. */
export interface RecordHandle {
  key: string;
  writer: string;
}

export interface OverlayRecords {
  create(signal: AbortSignal): Promise<RecordHandle>;
  /** Stores `bytes` (at most MAX_PACKET_BYTES) in a slot; resolves only once the network has taken it. Slot 0: card and addresses; 1…: own outgoing mail. */
  publish(record: RecordHandle, slot: number, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** The newest value of a slot as the network knows it, or null if nothing (or an ended record) is there. */
  resolve(key: string, slot: number, signal: AbortSignal): Promise<Uint8Array | null>;
  /**
   * Calls `onChange` when a slot of the record changes, until the signal aborts; a slot that was never resolved here counts as
   * changed, and one change may be told twice. Resolves once the watch is set up.
   */
  watch(key: string, onChange: (slot: number) => void, signal: AbortSignal): Promise<void>;
  /** Overwrites every used slot with nothing and forgets the record. */
  end(record: RecordHandle, signal: AbortSignal): Promise<void>;
}

/** Answers a packet that arrived at one of our addresses. `null` is silence. Called concurrently. */
export type DatagramHandler = (bytes: Uint8Array, at: Uint8Array) => Promise<Uint8Array | null>;

export interface Overlay {
  readonly name: 'veilid' | 'loopback' | 'iroh';
  /** Resolves when the start was handed on; `onState` tells the rest. Rejects with `missing` when a needed program is not there. */
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  state(): OverlayState;
  onState(handler: (state: OverlayState) => void): () => void;
  /** Own live addresses, newest first, at most MAX_ADDRESSES. */
  addresses(): Address[];
  onAddresses(handler: (addresses: Address[]) => void): () => void;
  /** Makes new addresses; the old ones still answer until they are released. */
  renew(signal: AbortSignal): Promise<Address[]>;
  release(address: Uint8Array): Promise<void>;
  /** One import, one call. Rejects: unreachable | timeout | tryAgain | tooLarge | stopped | badAddress. */
  send(address: Uint8Array, bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  /** Sets the one handler of arriving packets. */
  onDatagram(handler: DatagramHandler): void;
  /** Reads the text form of an address (for Veilid standard base64 and base64url); null when it is none. */
  parseAddress(text: string): Uint8Array | null;
  readonly records: OverlayRecords | null;
}
