/**
 * The web server of one profile: 127.0.0.1 only, a random port, the built UI and one WebSocket. Every request must name exactly this
 * host (DNS rebinding), every WebSocket must come from exactly this origin (cross-site requests) and hold a token.
 */
import { createReadStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { promises as streams, type Duplex } from 'node:stream';
import * as v from 'valibot';
import { WebSocketServer, type WebSocket } from 'ws';
import { CLOSE_BAD_TOKEN, CLOSE_BUSY, PageToken, SOCKET_PATH, SUBPROTOCOL, type TabFrame } from '../../contract/pageToken.ts';
import type { Port } from '../../contract/port.ts';
import { findAsset, resolveAsset } from '../assets.ts';
import { cacheControl, securityHeaders } from '../pageHeaders.ts';
import { createPageTokens } from './tokens.ts';
import { webSocketPort } from './webSocketPort.ts';

/** Bytes of one message from a page. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Pages connected at one time. */
const MAX_PAGES = 32;
/** TCP connections at one time, those of the static files included. */
const MAX_SOCKETS = 256;
const MAX_HEADER_BYTES = 16 * 1024;
const HEADER_TIMEOUT_MS = 10_000;
/** Pages that have not answered the close by then are cut. */
const STOP_MS = 1_000;

export interface ServerOptions {
  /** The folder of the built UI. */
  uiDirectory: string;
  /** Called for every page that proved itself. */
  attach: (port: Port) => void;
  /** Milliseconds, never going back; tests pass their own to let tokens expire. */
  now?: () => number;
}

export interface PageServer {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** A single-use token, see `tokens.ts`. */
  newToken: () => string;
  /** The address that opens one page: `origin` + `/#t=TOKEN`. */
  newUrl: () => string;
  /** Takes no more requests and closes every page (1001). */
  stop: () => Promise<void>;
}

export async function startServer({ uiDirectory, attach, now = () => performance.now() }: ServerOptions): Promise<PageServer> {
  const tokens = createPageTokens(now);
  const root = await realpath(uiDirectory);
  const http = createServer({ maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADER_TIMEOUT_MS, requestTimeout: HEADER_TIMEOUT_MS });
  http.maxConnections = MAX_SOCKETS;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(0, '127.0.0.1', resolve);
  });
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const host = `127.0.0.1:${port}`;
  const origin = `http://${host}`;
  const headers = securityHeaders(`ws://${host}`);

  const admit = (socket: WebSocket, token: string): void => {
    // A refused handshake looks to a page like a server that is gone: so it is accepted, and closed with a code the page can read.
    if (sockets.clients.size > MAX_PAGES) {
      turnAway(socket, CLOSE_BUSY);
      return;
    }
    const answer = tokens.accept(token);
    if (answer.kind !== 'tab') {
      turnAway(socket, answer.kind === 'unknown' ? CLOSE_BAD_TOKEN : CLOSE_BUSY);
      return;
    }
    const frame: TabFrame = { t: 'tab', token: answer.token };
    const port = webSocketPort(socket);
    port.send(frame);
    attach(port);
  };

  http.on('request', (request, response) => {
    void respond(root, host, headers, request, response);
  });
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head) => {
    stream.on('error', () => stream.destroy());
    const token = offeredToken(request);
    if (request.headers.host !== host || request.headers.origin !== origin) refuse(stream, '403 Forbidden');
    else if (request.url !== SOCKET_PATH) refuse(stream, '404 Not Found');
    else if (token === null) refuse(stream, '400 Bad Request');
    else {
      sockets.handleUpgrade(request, stream, head, (socket) => {
        admit(socket, token);
      });
    }
  });

  return {
    port,
    origin,
    newToken: () => tokens.create(),
    newUrl: () => `${origin}/#t=${tokens.create()}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => {
        http.close(() => {
          resolve();
        });
      });
      for (const socket of sockets.clients) {
        // One that nobody reads yet would not see the answer to the close.
        socket.resume();
        socket.close(1001);
      }
      http.closeIdleConnections();
      const cut = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
        http.closeAllConnections();
      }, STOP_MS);
      await closed;
      clearTimeout(cut);
      sockets.close();
    },
  };
}

/** The second of exactly two subprotocols, the first being ours. */
function offeredToken(request: IncomingMessage): string | null {
  const [first, second, ...more] = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  const token = v.safeParse(PageToken, second);
  return first === SUBPROTOCOL && more.length === 0 && token.success ? token.output : null;
}

/** Nothing that the page sends is read; one that does not answer the close is cut. */
function turnAway(socket: WebSocket, code: number): void {
  socket.on('error', () => {
    socket.terminate();
  });
  socket.close(code);
  setTimeout(() => {
    socket.terminate();
  }, STOP_MS).unref();
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function respond(
  root: string,
  host: string,
  headers: Record<string, string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fail = (status: number): void => {
    const text = `${status}\n`;
    const type = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': text.length, 'Cache-Control': 'no-store' };
    response.writeHead(status, { ...headers, ...type, ...(status === 405 ? { Allow: 'GET, HEAD' } : {}) });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  if (request.headers.host !== host) {
    fail(403);
    return;
  }
  const asset = resolveAsset(request.method ?? '', request.url ?? '');
  if (asset.status !== 200) {
    fail(asset.status);
    return;
  }
  const found = await findAsset(root, asset.path);
  if (found === null) {
    fail(404);
    return;
  }
  response.writeHead(200, {
    ...headers,
    'Content-Type': asset.type,
    'Content-Length': found.size,
    'Cache-Control': cacheControl(asset.html, asset.path),
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  // A page that leaves in the middle of a file is nothing to report; the pipeline closes both ends.
  await streams.pipeline(createReadStream(found.file), response).catch(() => undefined);
}
