import * as v from 'valibot';
import { WebSocket, type RawData } from 'ws';
import { SOCKET_PATH, SUBPROTOCOL, TabFrame } from '../../../src/contract/pageToken.ts';
import type { Port } from '../../../src/contract/port.ts';

export interface Page {
  port: Port;
  /** What the tab keeps for its next connection. */
  tabToken: string;
}

const textOf = (data: RawData): string => new TextDecoder().decode(ArrayBuffer.isView(data) ? data : new Uint8Array());

export const dial = (server: { port: number; origin: string }, token: string, origin = server.origin): WebSocket =>
  new WebSocket(`ws://127.0.0.1:${server.port}${SOCKET_PATH}`, [SUBPROTOCOL, token], { origin });

/** Connects as a page does: rejects with "closed CODE" when the server closes before the tab's token came. */
export function openPage(server: { port: number; origin: string }, token: string): Promise<Page> {
  return new Promise((resolve, reject) => {
    const socket = dial(server, token);
    let receive: ((value: unknown) => void) | null = null;
    const early: unknown[] = [];
    const port: Port = {
      send: (value) => {
        if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(value));
      },
      onMessage: (handler) => {
        receive = handler;
        for (const value of early.splice(0)) handler(value);
      },
      onClose: (handler) => socket.on('close', handler),
      close: () => {
        socket.close();
      },
      waiting: () => socket.bufferedAmount,
    };
    socket.once('message', (data) => {
      const frame = v.parse(TabFrame, JSON.parse(textOf(data)));
      socket.on('message', (next) => {
        const value: unknown = JSON.parse(textOf(next));
        if (receive) receive(value);
        else early.push(value);
      });
      resolve({ port, tabToken: frame.token });
    });
    socket.on('close', (code) => {
      reject(new Error(`closed ${code}`));
    });
    socket.on('error', reject);
  });
}
