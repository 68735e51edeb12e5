import type { Connection, Endpoint, EndpointAddr } from '@number0/iroh';
import { MAX_PACKET_BYTES, OverlayError } from '../overlay.ts';
import { reasonOf, unlessAborted } from '../wait.ts';

/** As long as Veilid waits for an answer. */
const CALL_TIMEOUT_MS = 5_000;
/** Connections that are kept for the next call; the one that was used least recently is closed. */
const MAX_KEPT = 32;
/** Attempts under way. iroh gives up after 30 s and cannot be told to do so earlier. */
const MAX_CONNECTING = 16;

export interface Calls {
  /** One call to the endpoint in `to`: token and packet there, the reply back. Rejects with an OverlayError or the signal's reason. */
  call(to: EndpointAddr, token: Uint8Array, packet: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

export function createCalls(endpoint: Endpoint, alpn: readonly number[]): Calls {
  /** By endpoint id, the least recently used first. */
  const kept = new Map<string, Promise<Connection>>();
  let connecting = 0;

  const connect = async (to: EndpointAddr): Promise<Connection> => {
    if (connecting >= MAX_CONNECTING) throw new OverlayError('tryAgain', 'Too many connections are being made.');
    connecting += 1;
    try {
      return await endpoint.connect(to, [...alpn]);
    } catch (cause) {
      throw new OverlayError('unreachable', 'They cannot be reached over iroh.', { cause });
    } finally {
      connecting -= 1;
    }
  };
  const connected = (to: EndpointAddr): Promise<Connection> => {
    const id = to.id().toString();
    const known = kept.get(id);
    const connection = known ?? connect(to);
    kept.delete(id);
    kept.set(id, connection);
    if (known) return known;
    const forget = (): void => {
      if (kept.get(id) === connection) kept.delete(id);
    };
    connection.then((made) => made.closed().then(forget, forget), forget);
    for (const [oldest, idle] of kept) {
      if (kept.size <= MAX_KEPT) break;
      kept.delete(oldest);
      idle.then(
        (made) => {
          made.close(0n, []);
        },
        () => undefined,
      );
    }
    return connection;
  };

  return {
    async call(to, token, packet, signal) {
      const late = AbortSignal.timeout(CALL_TIMEOUT_MS);
      const within = AbortSignal.any([signal, late]);
      const failed = (error: unknown): Error => {
        if (signal.aborted) return reasonOf(signal);
        if (late.aborted) return new OverlayError('timeout', 'There was no answer in time.');
        if (error instanceof OverlayError) return error;
        // it may have arrived: only the answer is missing
        return new OverlayError('timeout', 'The connection ended before an answer came.', { cause: error });
      };
      try {
        const connection = await unlessAborted(connected(to), within);
        const stream = await unlessAborted(connection.openBi(), within);
        try {
          await unlessAborted(stream.send.writeAll([...token, ...packet]), within);
          await unlessAborted(stream.send.finish(), within);
          return Uint8Array.from(await unlessAborted(stream.recv.readToEnd(MAX_PACKET_BYTES), within));
        } catch (error) {
          // not waited for: the library carries it out when the read above has ended by itself
          void Promise.allSettled([stream.send.reset(0n), stream.recv.stop(0n)]);
          throw error;
        }
      } catch (error) {
        throw failed(error);
      }
    },
  };
}
