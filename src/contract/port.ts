/** A duplex channel of JSON-safe values. Hosts provide it: MessagePort, WebSocket, JSON lines. */
export interface Port {
  /** Queues a value. Never throws; after `close` it does nothing. */
  send(value: unknown): void;
  /** Sets the one receiver of values. */
  onMessage(handler: (value: unknown) => void): void;
  onClose(handler: () => void): void;
  close(): void;
  /** Bytes (or an estimate of them) that the other side has not taken yet. */
  waiting(): number;
}
