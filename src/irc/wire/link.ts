/** One byte stream to a server, as lines. */
import type { Stream } from '../../net/stream.ts';
import { createLineReader, MAX_LINE_BYTES } from './reader.ts';

/** Bytes the server may leave untaken before it counts as gone. */
const MAX_UNSENT_BYTES = 1024 * 1024;
const encoder = new TextEncoder();

export interface Link {
  write: (line: string) => void;
  /** Sends what is queued, then ends. */
  close: () => void;
  destroy: () => void;
}

interface Handlers {
  onLine: (line: string) => void;
  /** Called once. `reason` is a sentence, null for an ordinary end. */
  onClose: (reason: string | null) => void;
}

export function createLink(stream: Stream, { onLine, onClose }: Handlers): Link {
  let reason: string | null = null;
  let open = true;
  const stop = (why: string): void => {
    reason ??= why;
    open = false;
    stream.destroy();
  };
  const reader = createLineReader((line) => {
    if (open) onLine(line);
  });
  stream.onData((bytes) => {
    if (open && !reader.push(bytes)) stop(`The server sent a line of more than ${MAX_LINE_BYTES} bytes; Sotto closed the connection.`);
  });
  stream.onClose((error) => {
    open = false;
    onClose(reason ?? error?.message ?? null);
  });
  return {
    write: (line) => {
      if (!open) return;
      stream.send(encoder.encode(`${line}\r\n`));
      if (stream.waiting() > MAX_UNSENT_BYTES) stop('The server takes no more data; Sotto closed the connection.');
    },
    close: () => {
      stream.close();
    },
    destroy: () => {
      open = false;
      stream.destroy();
    },
  };
}
