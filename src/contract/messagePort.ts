import type { Port } from './port.ts';

/** What is used of a MessagePort: those of browsers and of `node:worker_threads` have it. */
export interface MessagePortLike {
  postMessage(value: unknown): void;
  addEventListener(type: 'message' | 'close', listener: (event: unknown) => void): void;
  start?(): void;
  close(): void;
}

/**
 * A MessagePort as a Port; both ends use this. A MessagePort does not say how much the other side has taken, so values travel as JSON
 * text and the receiver answers each with its length: a string is a value, a number acknowledges that many UTF-16 units.
 */
export function messagePort(port: MessagePortLike): Port {
  let receive: ((value: unknown) => void) | null = null;
  let handlers: (() => void)[] = [];
  let waiting = 0;
  let open = true;

  const closed = (): void => {
    if (!open) return;
    open = false;
    for (const handler of handlers) handler();
    handlers = [];
  };
  port.addEventListener('close', closed);

  const take = (event: unknown): void => {
    if (!open) return;
    const data = typeof event === 'object' && event !== null && 'data' in event ? event.data : undefined;
    if (typeof data === 'number') waiting = Math.max(0, waiting - data);
    else if (typeof data === 'string') {
      port.postMessage(data.length);
      const value = parse(data);
      if (value === undefined) close();
      else receive?.(value);
    } else close();
  };
  const close = (): void => {
    port.close();
    closed();
  };

  return {
    send: (value) => {
      if (!open) return;
      const text = JSON.stringify(value);
      waiting += text.length;
      port.postMessage(text);
    },
    onMessage: (handler) => {
      const first = receive === null;
      receive = handler;
      if (first) port.addEventListener('message', take);
      port.start?.();
    },
    onClose: (handler) => {
      if (open) handlers.push(handler);
      else handler();
    },
    close,
    waiting: () => waiting,
  };
}

/** `undefined` is no JSON value, so it can stand for text that is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
