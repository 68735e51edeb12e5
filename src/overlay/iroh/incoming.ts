import type { Connection, Endpoint, Incoming } from '@number0/iroh';
import { MAX_PACKET_BYTES } from '../overlay.ts';
import { delay, unlessAborted } from '../wait.ts';
import { TOKEN_BYTES } from './address.ts';

/** Connections others hold to us, handshakes under way included. One more is refused. */
const MAX_CONNECTIONS = 64;
/** Calls of one connection at a time; QUIC makes the other side wait for the rest. */
const MAX_STREAMS = 16n;
/** A connection that named so many tokens that are not ours is closed. */
const MAX_WRONG_TOKENS = 8;
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** The caller gives up after 5 s: what takes longer is of no use to anybody. */
const STREAM_TIMEOUT_MS = 6_000;

/** Answers a packet for one of our tokens; null is silence, also for tokens that are not ours. */
export type TakePacket = (token: Uint8Array, packet: Uint8Array) => Promise<Uint8Array | 'wrongToken' | null>;

/**
 * Serves calls until the signal aborts. A call is one stream: token ‖ packet there, the reply back. Silence is a stream that
 * stays open until the caller gives up, so that it looks the same whether nobody, somebody else or somebody unwilling is here.
 */
export async function serveCalls(endpoint: Endpoint, take: TakePacket, signal: AbortSignal): Promise<void> {
  let open = 0;

  const serveStream = async (connection: Connection, onWrong: () => void): Promise<void> => {
    const stream = await connection.acceptBi();
    // not waited for: the next stream of this connection is accepted meanwhile
    void (async () => {
      const within = AbortSignal.any([signal, AbortSignal.timeout(STREAM_TIMEOUT_MS)]);
      try {
        const bytes = Uint8Array.from(await unlessAborted(stream.recv.readToEnd(TOKEN_BYTES + MAX_PACKET_BYTES), within));
        const reply = await unlessAborted(take(bytes.slice(0, TOKEN_BYTES), bytes.slice(TOKEN_BYTES)), within);
        if (reply === 'wrongToken') onWrong();
        if (reply === null || reply === 'wrongToken') {
          await delay(STREAM_TIMEOUT_MS, within);
          return;
        }
        await stream.send.writeAll(Array.from(reply));
        await stream.send.finish();
      } catch {
        // the other side has gone, was too slow or sent too much, or we stop: all of it is silence
        await stream.send.reset(0n).catch(() => undefined);
      }
    })();
  };
  const serve = async (incoming: Incoming): Promise<void> => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(HANDSHAKE_TIMEOUT_MS)]);
    const connection = await unlessAborted(
      incoming.accept().then((accepting) => accepting.connect()),
      within,
    );
    connection.setMaxConcurrentBiStreams(MAX_STREAMS);
    connection.setMaxConcurrentUniStreams(0n);
    let wrong = 0;
    for (;;) {
      await unlessAborted(
        serveStream(connection, () => {
          wrong += 1;
          if (wrong >= MAX_WRONG_TOKENS) connection.close(0n, []);
        }),
        signal,
      );
    }
  };

  while (!signal.aborted) {
    const incoming = await endpoint.acceptNext();
    if (incoming === null) return;
    if (open >= MAX_CONNECTIONS) {
      await incoming.refuse().catch(() => undefined);
      continue;
    }
    open += 1;
    serve(incoming)
      // its end, whatever the reason, is all there is to say of a stranger's connection
      .catch(() => undefined)
      .finally(() => {
        open -= 1;
      });
  }
}
