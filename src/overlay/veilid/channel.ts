/** A stream of lines to a node: veilid-node's pipe or veilid-server's socket. */
export interface Channel {
  /** Hands one line on, without its end. False when the channel is closed or its reader so slow that MAX_UNSENT_BYTES wait. */
  send(line: string): boolean;
  /** Ends the channel politely; resolves when it is gone. */
  close(): Promise<void>;
}

export interface ChannelHandlers {
  onLine(line: string): void;
  /** Called once, with a reason a person can read. */
  onClose(reason: string): void;
}

/** Opens a channel; rejects with an OverlayError when that is not possible. */
export type OpenChannel = (handlers: ChannelHandlers, signal: AbortSignal) => Promise<Channel>;

/** `GetState` of a veilid-server carries its configuration and every peer; a packet needs 44,000 characters. */
export const MAX_LINE_CHARACTERS = 4 * 1024 * 1024;

/** What may wait for a node that does not read. */
export const MAX_UNSENT_BYTES = 16 * 1024 * 1024;

/** Cuts text into lines. A line that is too long is dropped whole, the next one counts again. */
export function createLineReader(onLine: (line: string) => void): (text: string) => void {
  let parts: string[] = [];
  let length = 0;
  let tooLong = false;
  return (text) => {
    let from = 0;
    for (;;) {
      const end = text.indexOf('\n', from);
      const piece = end < 0 ? text.slice(from) : text.slice(from, end);
      length += piece.length;
      if (length > MAX_LINE_CHARACTERS) {
        tooLong = true;
        parts = [];
      } else if (piece.length > 0) parts.push(piece);
      if (end < 0) return;
      const line = parts.join('').trim();
      const whole = !tooLong;
      parts = [];
      length = 0;
      tooLong = false;
      from = end + 1;
      if (whole && line.length > 0) onLine(line);
    }
  };
}
