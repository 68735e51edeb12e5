/** A connection to the session bus (D-Bus Specification, "Authentication Protocol" and "Server Addresses"): calls and signals. */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { decodeMessage, encodeCall, MAX_MESSAGE_BYTES, messageLength, type Call, type Message } from './message.ts';
import { WireError, type Value } from './wire.ts';

const CONNECT_MS = 5_000;
/** Starting the service may be part of it. */
const CALL_MS = 25_000;
const MAX_CALLS = 64;

/** `name`: the D-Bus name of the error, such as `org.freedesktop.DBus.Error.ServiceUnknown`; `none`: there is no bus; `closed`: it went away, or did not answer. */
export class BusError extends Error {
  readonly busName: string;
  constructor(busName: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BusError';
    this.busName = busName;
  }
}

export interface Bus {
  /** The values of the reply. Rejects with BusError, or the signal's reason. */
  call(call: Call, signal: AbortSignal): Promise<Value[]>;
  /** Told of every signal the bus was asked for (`AddMatch`); returns what ends it. */
  onSignal(handler: (message: Message) => void): () => void;
  close(): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Paths of sockets, in the order to try; `\0` begins an abstract one. */
export function busAddresses(env: Environment): string[] {
  const given = env['DBUS_SESSION_BUS_ADDRESS'];
  const runtime = env['XDG_RUNTIME_DIR'];
  if (given === undefined || given === '') return runtime === undefined || runtime === '' ? [] : [join(runtime, 'bus')];
  return given.split(';').flatMap((address) => {
    const [transport, pairs = ''] = address.split(':');
    if (transport !== 'unix') return [];
    const values = new Map(pairs.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
    const decode = (text: string): string[] => {
      try {
        return [decodeURIComponent(text)];
      } catch {
        return [];
      }
    };
    const path = values.get('path');
    const abstract = values.get('abstract');
    if (path !== undefined) return decode(path);
    return abstract === undefined ? [] : decode(abstract).map((name) => `\0${name}`);
  });
}

const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new DOMException('Cancelled.', 'AbortError');

function openSocket(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const timer = setTimeout(() => {
      fail(new BusError('none', 'The session bus does not answer.'));
    }, CONNECT_MS);
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners();
    };
    const fail = (error: Error): void => {
      done();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const abort = (): void => {
      fail(reasonOf(signal));
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', (cause) => {
      fail(new BusError('none', 'There is no session bus.', { cause }));
    });
    let answer = '';
    socket.once('connect', () => {
      const uid = Array.from(String(process.getuid?.() ?? 0), (digit) => digit.charCodeAt(0).toString(16)).join('');
      socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    });
    socket.on('data', (chunk: Uint8Array) => {
      answer += new TextDecoder('latin1').decode(chunk);
      if (!answer.includes('\r\n') && answer.length < 512) return;
      if (!answer.startsWith('OK ')) {
        fail(new BusError('org.freedesktop.DBus.Error.AccessDenied', 'The session bus refuses this program.'));
        return;
      }
      done();
      socket.pause();
      socket.write('BEGIN\r\n');
      resolve(socket);
    });
    socket.once('close', () => {
      fail(new BusError('none', 'The session bus closed the connection.'));
    });
  });
}

/** Connects and greets. Rejects with BusError `none` where there is no session bus. */
export async function connectBus(env: Environment, signal: AbortSignal): Promise<Bus> {
  signal.throwIfAborted();
  let socket: Socket | null = null;
  let failure: unknown = new BusError('none', 'There is no session bus.');
  for (const path of busAddresses(env)) {
    try {
      socket = await openSocket(path, signal);
      break;
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  if (socket === null) throw failure;
  const bus = serve(socket);
  try {
    await bus.call(
      {
        destination: 'org.freedesktop.DBus',
        path: '/org/freedesktop/DBus',
        interface: 'org.freedesktop.DBus',
        member: 'Hello',
        signature: '',
        body: [],
      },
      signal,
    );
    return bus;
  } catch (error) {
    bus.close();
    throw error;
  }
}

function serve(socket: Socket): Bus {
  const waiting = new Map<number, { resolve: (body: Value[]) => void; reject: (error: Error) => void }>();
  const handlers = new Set<(message: Message) => void>();
  let serial = 0;
  let rest = new Uint8Array(0);
  let open = true;

  const end = (cause?: unknown): void => {
    if (!open) return;
    open = false;
    socket.destroy();
    const error = new BusError('closed', 'The connection to the session bus ended.', { cause });
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    handlers.clear();
  };
  const receive = (message: Message): void => {
    if (message.kind === 'signal') {
      for (const handler of handlers) handler(message);
      return;
    }
    const entry = waiting.get(message.replySerial);
    if (message.kind === 'return') entry?.resolve(message.body);
    // Its text may quote what was asked for: only the name is kept.
    else if (message.kind === 'error') entry?.reject(new BusError(message.errorName, 'The keyring answered with an error.'));
  };
  socket.on('data', (chunk: Uint8Array) => {
    const joined = new Uint8Array(rest.length + chunk.length);
    joined.set(rest);
    joined.set(chunk, rest.length);
    rest = joined;
    try {
      if (rest.length > 2 * MAX_MESSAGE_BYTES) throw new WireError('too much');
      for (let next = messageLength(rest); next !== null && rest.length >= next.total; next = messageLength(rest)) {
        const bytes = rest.slice(0, next.total);
        rest = rest.slice(next.total);
        receive(decodeMessage(bytes, next.header));
      }
    } catch (error) {
      end(error);
    }
  });
  socket.on('error', end);
  socket.on('close', () => {
    end();
  });
  socket.resume();

  return {
    call: (call, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted || !open || waiting.size >= MAX_CALLS) {
          reject(signal.aborted ? reasonOf(signal) : new BusError('closed', 'The connection to the session bus ended.'));
          return;
        }
        serial += 1;
        const mine = serial;
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          waiting.delete(mine);
        };
        const fail = (error: Error): void => {
          done();
          reject(error);
        };
        const abort = (): void => {
          fail(reasonOf(signal));
        };
        const timer = setTimeout(() => {
          fail(new BusError('closed', 'The keyring does not answer.'));
        }, CALL_MS);
        signal.addEventListener('abort', abort, { once: true });
        waiting.set(mine, {
          resolve: (body) => {
            done();
            resolve(body);
          },
          reject: fail,
        });
        socket.write(encodeCall(mine, call));
      }),
    onSignal: (handler) => {
      handlers.add(handler);
      return () => {
        handlers.delete(handler);
      };
    },
    close: () => {
      end();
    },
  };
}
