/** Electron's MessagePortMain as thin as it is used, over the MessagePorts of Node: what crosses is copied, and the other end hears a close. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { MainPort } from '../../../src/host/electron/mainPort.ts';

const wrap = (port: MessagePort): MainPort => {
  const waiting: unknown[] = [];
  let listener: ((event: { data: unknown }) => void) | null = null;
  let started = false;
  const give = (): void => {
    if (!started || listener === null) return;
    for (const data of waiting.splice(0)) listener({ data });
  };
  port.on('message', (data) => {
    waiting.push(data);
    give();
  });
  port.unref();
  return {
    postMessage: (value) => {
      port.postMessage(value);
    },
    on: (event: 'message' | 'close', handler: (event: { data: unknown }) => void) => {
      if (event === 'message') listener = handler;
      else
        port.on('close', () => {
          handler({ data: null });
        });
    },
    start: () => {
      started = true;
      give();
    },
    close: () => {
      port.close();
    },
  };
};

export function mainChannel(): { port1: MainPort; port2: MainPort } {
  const { port1, port2 } = new MessageChannel();
  return { port1: wrap(port1), port2: wrap(port2) };
}
