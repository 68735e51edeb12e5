import type { MessagePortLike } from '../../contract/messagePort.ts';

/** What is used of Electron's MessagePortMain, in the main process and in the core's. */
export interface MainPort {
  postMessage(value: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  close(): void;
}

/** Electron's ports emit events as Node does; browsers' and `messagePort` have listeners. */
export const asMessagePort = (port: MainPort): MessagePortLike => ({
  postMessage: (value) => {
    port.postMessage(value);
  },
  addEventListener: (type, listener) => {
    if (type === 'message') port.on('message', listener);
    else {
      port.on('close', () => {
        listener(undefined);
      });
    }
  },
  start: () => {
    port.start();
  },
  close: () => {
    port.close();
  },
});
