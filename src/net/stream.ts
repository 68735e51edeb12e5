import type { NetError } from './errors.ts';

/** An open byte stream to one server. Handlers are set once, right after dialing, in the same turn. */
export interface Stream {
  /** Protocol such as "TLSv1.3", or null for a plain stream. */
  readonly tls: string | null;
  onData(handler: (bytes: Uint8Array) => void): void;
  /** Called once, never before this call has returned; null when the other side (or `close`) ended it in the ordinary way. */
  onClose(handler: (error: NetError | null) => void): void;
  /** Queues bytes; after the end it does nothing. */
  send(bytes: Uint8Array): void;
  /** Bytes that the other side has not taken yet. */
  waiting(): number;
  /** Sends what is queued, then ends. */
  close(): void;
  /** Ends at once; queued bytes are lost. */
  destroy(): void;
}
