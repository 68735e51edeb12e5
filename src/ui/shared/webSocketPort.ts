/** The page's end of the WebSocket to the host that served it, and the exchange of its token (`contract/pageToken.ts`). */
import * as v from 'valibot';
import {
  CLOSE_BAD_TOKEN,
  CLOSE_BUSY,
  PageToken,
  SOCKET_PATH,
  SUBPROTOCOL,
  TAB_TOKEN_KEY,
  TabFrame,
  readPageToken,
} from '../../contract/pageToken.ts';
import type { Port } from '../../contract/port.ts';
import { RefusedError } from './refused.ts';

/** What is needed of `location`, `history` and `sessionStorage`. */
export interface PagePlace {
  host: string;
  hash: string;
  clearHash(): void;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

const stored = (storage: PagePlace['storage']): string | null => {
  const token = v.safeParse(PageToken, storage.getItem(TAB_TOKEN_KEY));
  return token.success ? token.output : null;
};

/** Reads the token of the address once; every call of the result opens a port or throws `RefusedError`. */
export function webSocketPorts(place: PagePlace): (signal: AbortSignal) => Promise<Port> {
  let single = readPageToken(place.hash);
  if (place.hash !== '') place.clearHash();
  if (single !== null) place.storage.removeItem(TAB_TOKEN_KEY);

  return (signal) => {
    const token = single ?? stored(place.storage);
    single = null;
    if (token === null) return Promise.reject(new RefusedError('noToken'));
    return open(`ws://${place.host}${SOCKET_PATH}`, token, place.storage, signal);
  };
}

function open(address: string, token: string, storage: PagePlace['storage'], signal: AbortSignal): Promise<Port> {
  const socket = new WebSocket(address, [SUBPROTOCOL, token]);
  const early: unknown[] = [];
  let receive: ((value: unknown) => void) | null = null;
  let closed: () => void = () => undefined;
  let greeted = false;

  const port: Port = {
    send: (value) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(value));
    },
    onMessage: (handler) => {
      receive = handler;
      for (const value of early.splice(0)) handler(value);
    },
    onClose: (handler) => {
      closed = handler;
    },
    close: () => {
      socket.close();
    },
    waiting: () => socket.bufferedAmount,
  };

  return new Promise<Port>((resolve, reject) => {
    const give = (): void => {
      socket.close();
    };
    signal.addEventListener('abort', give, { once: true });
    socket.addEventListener('message', ({ data }) => {
      const value: unknown = typeof data === 'string' ? JSON.parse(data) : null;
      if (!greeted) {
        const frame = v.safeParse(TabFrame, value);
        if (!frame.success) {
          socket.close();
          return;
        }
        greeted = true;
        storage.setItem(TAB_TOKEN_KEY, frame.output.token);
        resolve(port);
      } else if (receive === null) early.push(value);
      else receive(value);
    });
    socket.addEventListener('close', ({ code }) => {
      signal.removeEventListener('abort', give);
      if (code === CLOSE_BAD_TOKEN) storage.removeItem(TAB_TOKEN_KEY);
      // After `resolve` this changes nothing.
      reject(new RefusedError(code === CLOSE_BAD_TOKEN ? 'badToken' : code === CLOSE_BUSY ? 'busy' : 'unreachable'));
      closed();
    });
  });
}
