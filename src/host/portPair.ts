import type { Port } from '../contract/port.ts';

/** UTF-16 units that may wait for one end; more means that it does not read, and closes the pair. */
const MAX_WAITING_LENGTH = 64 * 1024 * 1024;

/** Two joined Ports in one process. Values are copied through JSON, as every other Port does, and arrive in a later task. */
export function portPair(): [Port, Port] {
  const left = half();
  const right = half();
  const close = (): void => {
    for (const end of [left, right]) end.end();
  };
  return [join(left, right, close), join(right, left, close)];
}

interface Half {
  push: (text: string) => void;
  listen: (handler: (value: unknown) => void) => void;
  onEnd: (handler: () => void) => void;
  end: () => void;
  waiting: () => number;
}

function half(): Half {
  let queue: string[] = [];
  let length = 0;
  let receive: ((value: unknown) => void) | null = null;
  let handlers: (() => void)[] = [];
  let open = true;
  let scheduled = false;

  const drain = (): void => {
    scheduled = false;
    const texts = receive === null ? [] : queue.splice(0);
    for (const text of texts) {
      if (!open) return;
      length -= text.length;
      receive?.(JSON.parse(text));
    }
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(drain);
  };
  return {
    push: (text) => {
      if (!open) return;
      queue.push(text);
      length += text.length;
      schedule();
    },
    listen: (handler) => {
      receive = handler;
      schedule();
    },
    onEnd: (handler) => {
      if (open) handlers.push(handler);
      else handler();
    },
    end: () => {
      if (!open) return;
      open = false;
      queue = [];
      for (const handler of handlers) handler();
      handlers = [];
    },
    waiting: () => length,
  };
}

const join = (own: Half, other: Half, close: () => void): Port => ({
  send: (value) => {
    if (other.waiting() > MAX_WAITING_LENGTH) close();
    else other.push(JSON.stringify(value));
  },
  onMessage: own.listen,
  onClose: own.onEnd,
  close,
  waiting: other.waiting,
});
