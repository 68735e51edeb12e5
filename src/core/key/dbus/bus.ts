/**
 * A connection to the session bus: dbus-native's client behind calls that end and values that were checked. The bus is trusted as the rest
 * of the session is: it looks at what its clients send each other, so a service can lie but not malform. What a broken bus can do is
 * bounded here: greeting, message, what is not taken, time.
 */
import { connect } from 'node:net';
import { ConnectionClosedError, createClient, DBusError, messageType, TimeoutError } from 'dbus-native';
import * as v from 'valibot';
import { busAddresses, type Environment } from './addresses.ts';
import { bodySchema, outgoing, type Value } from './value.ts';

const CONNECT_MS = 5_000;
/** Starting the service may be part of it. */
const CALL_MS = 25_000;
const MAX_CALLS = 64;
const MAX_GREETING_BYTES = 16_384;
/** Replies of a keyring are some hundred bytes; the bus itself allows 128 MiB. */
const MAX_MESSAGE_BYTES = 1_048_576;
/** Calls and answers that the bus does not take. */
const MAX_UNSENT_BYTES = 1_048_576;

/**
 * `name`: the D-Bus name of the error, such as `org.freedesktop.DBus.Error.ServiceUnknown`; `none`: there is no bus; `closed`: it went
 * away, or did not answer; `invalid`: the call, or its answer, is none.
 */
export class BusError extends Error {
  readonly busName: string;
  constructor(busName: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BusError';
    this.busName = busName;
  }
}

/** `signature`: the types of `body`, in the specification's letters. */
export interface Call {
  destination: string;
  path: string;
  interface: string;
  member: string;
  signature: string;
  body: readonly Value[];
}
export interface Signal {
  path: string;
  interface: string;
  member: string;
  /** The unique name of who sent it; the bus sees to it. */
  sender: string;
  body: Value[];
}

const signalSchema = v.object({
  path: v.string(),
  interface: v.string(),
  member: v.string(),
  sender: v.string(),
  body: v.optional(bodySchema, []),
});

export interface Bus {
  /** The values of the reply. Rejects with BusError, or the signal's reason. */
  call(call: Call, signal: AbortSignal): Promise<Value[]>;
  /** Told of every signal the bus was asked for (`AddMatch`); returns what ends it. */
  onSignal(handler: (signal: Signal) => void): () => void;
  close(): void;
}

const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new DOMException('Cancelled.', 'AbortError');

/** Its text may quote what was asked for: only the name is kept. */
const explain = (error: DBusError): BusError => {
  if (error instanceof ConnectionClosedError) return new BusError('closed', 'The connection to the session bus ended.');
  if (error instanceof TimeoutError) return new BusError('closed', 'What was asked over the session bus is not answered.');
  return error instanceof DBusError && error.dbusName !== undefined
    ? new BusError(error.dbusName, 'The answer over the session bus is an error.')
    : new BusError('invalid', 'This cannot be asked over the session bus.');
};

async function open(path: string, signal: AbortSignal): Promise<Bus> {
  const socket = connect({ path });
  let greeted = false;
  // Heard before dbus-native's own, which keeps a greeting of any length.
  socket.on('readable', () => {
    if (!greeted && socket.bytesRead > MAX_GREETING_BYTES) socket.destroy();
  });
  // Its own Hello throws where nobody can catch: it is said below.
  const client = createClient({
    stream: socket,
    direct: true,
    authMethods: ['EXTERNAL'],
    maxMessageSize: MAX_MESSAGE_BYTES,
    plainValues: false,
    variants: 'wrap',
    returnBigInt: false,
  });
  const { connection } = client;
  const drop = (): void => {
    // What was asked last, to dismiss a dialog perhaps, goes out first.
    socket.uncork();
    socket.destroy();
  };
  connection.on('error', drop);
  connection.on('handlerError', drop);
  const handlers = new Set<(signal: Signal) => void>();
  connection.on('message', (message) => {
    if (socket.writableLength > MAX_UNSENT_BYTES) drop();
    if (message.type !== messageType.signal || handlers.size === 0) return;
    const parsed = v.safeParse(signalSchema, message);
    if (parsed.success) for (const handler of handlers) handler(parsed.output);
  });
  const timer = setTimeout(drop, CONNECT_MS);
  signal.addEventListener('abort', drop);
  try {
    await new Promise<void>((resolve, reject) => {
      connection.on('connect', resolve);
      connection.on('close', (cause) => {
        reject(new BusError('none', 'There is no session bus.', { cause }));
      });
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', drop);
  }
  greeted = true;

  let waiting = 0;
  return {
    call: async ({ body, ...call }, given) => {
      if (waiting >= MAX_CALLS) throw new BusError('closed', 'Too much was asked over the session bus.');
      waiting += 1;
      const values = await new Promise<unknown[]>((resolve, reject) => {
        client.invoke({ ...call, body: body.map(outgoing) }, { signal: given, timeout: CALL_MS }, (error, ...answer: unknown[]) => {
          waiting -= 1;
          if (error === null) resolve(answer);
          else reject(given.aborted ? reasonOf(given) : explain(error));
        });
      });
      try {
        return v.parse(bodySchema, values);
      } catch {
        throw new BusError('invalid', 'The answer over the session bus makes no sense.');
      }
    },
    onSignal: (handler) => {
      handlers.add(handler);
      return () => {
        handlers.delete(handler);
      };
    },
    close: drop,
  };
}

/** Connects and greets. Rejects with BusError `none` where there is no session bus. */
export async function connectBus(env: Environment, signal: AbortSignal): Promise<Bus> {
  signal.throwIfAborted();
  let failure: unknown = new BusError('none', 'There is no session bus.');
  for (const path of busAddresses(env)) {
    try {
      const bus = await open(path, signal);
      const name = 'org.freedesktop.DBus';
      try {
        await bus.call(
          { destination: name, path: '/org/freedesktop/DBus', interface: name, member: 'Hello', signature: '', body: [] },
          signal,
        );
        return bus;
      } catch (error) {
        bus.close();
        throw error;
      }
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}
