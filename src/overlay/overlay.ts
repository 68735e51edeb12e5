/**
 * The door of the overlay room: how a packet reaches a person. Everything that belongs to one overlay (Veilid's routes and
 * blobs, iroh's tickets) stays inside its folder; outside, an address is opaque bytes with a text form. Second address,
 * records and back-off are the caller's policy.
 */

/** The largest packet an overlay carries, in bytes (Veilid: MAX_APP_MESSAGE_MESSAGE_LEN). */
export const MAX_PACKET_BYTES = 32_768;
/** Live addresses that are announced to others at one time. */
export const MAX_ADDRESSES = 2;
/**
 * Slots of a record, each up to MAX_PACKET_BYTES: 512 KiB, half of what a Veilid record may hold (1 MiB in all, 32 KiB a value).
 * On Veilid the number is part of the record's key, so a record that exists cannot grow.
 */
export const RECORD_SLOTS = 16;
/** Slot 0 is the signed card. */
export const CARD_SLOT = 0;
/** Slots 1 … MAIL_SLOTS are the owner's outgoing mail for the one reader of a pair's record. */
export const MAIL_SLOTS = RECORD_SLOTS - 1;

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

/**
 * Records. A slot is cleared by publishing nothing into it (zero bytes); readers see a cleared slot like one that was never
 * written. Slots are to be taken into use from 0 upwards: readers that were away look one slot beyond the highest they know of,
 * since asking a network for a slot that was never written is slow. A slot in use may be overwritten in any order.
 */
export interface OverlayRecords {
  create(signal: AbortSignal): Promise<RecordHandle>;
  /**
   * Stores `bytes` (at most MAX_PACKET_BYTES) in a slot (0 … RECORD_SLOTS - 1); resolves only once the network has taken it. The same
   * bytes again write the copies anew that the network has lost, and watchers are not told. Rejects: tooLarge | tryAgain | timeout
   * | unreachable | stopped.
   */
  publish(record: RecordHandle, slot: number, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /**
   * The newest value of a slot as the network knows it, or null if nothing is there (never written, cleared, an ended record). A slot
   * out of range is null as well. Where the network only has a copy older than one that was read here, the newer one is given.
   */
  resolve(key: string, slot: number, signal: AbortSignal): Promise<Uint8Array | null>;
  /**
   * Slots that were written, or cleared, since they were last resolved in this run of the program; after a start these are all
   * that were ever written. One question to the network, for a reader that was away: resolve what is named, then ask again.
   */
  news(key: string, signal: AbortSignal): Promise<number[]>;
  /**
   * Calls `onChange` when a slot of the record changes, until the signal aborts; what `news` would name counts as changed, and one
   * change may be told twice. Resolves once the watch is set up. On Veilid a change is told after about a second, one that falls
   * into the first seconds after some more, and one that the network forgot to tell within minutes.
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
  /** The one beside it that shows where people are, for contacts where both sides chose it; absent where it is switched off. */
  readonly direct?: Overlay;
}
