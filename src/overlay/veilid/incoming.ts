import { fromBase64 } from '../base64.ts';
import { MAX_PACKET_BYTES, type DatagramHandler } from '../overlay.ts';
import type { NodeClient } from './client.ts';
import type { Update } from './protocol.ts';
import type { Routes } from './routes.ts';

/** Packets that are worked on at the same time; the rest gets silence and is sent again by its sender. */
const MAX_AT_WORK = 64;

type Call = Extract<Update, { kind: 'call' }>;

export interface Incoming {
  handle(handler: DatagramHandler): void;
  take(client: NodeClient, call: Call, signal: AbortSignal): void;
}

/** Hands arriving packets on and sends the replies. `routes` knows our addresses by route id, and the packets we send ourselves as a test. */
export function createIncoming(routes: Pick<Routes, 'at' | 'answer'>, log: (line: string) => void): Incoming {
  let handler: DatagramHandler | null = null;
  let atWork = 0;

  const answer = async (client: NodeClient, { callId, message, routeId }: Call, signal: AbortSignal): Promise<void> => {
    const test = routes.answer(routeId, message);
    if (test !== null) {
      await client.reply(callId, test, signal);
      return;
    }
    // a call that came by no route of ours was sent to the node itself: an answer would tie the person to the node
    const own = routeId === null ? null : routes.at(routeId);
    const bytes = fromBase64(message, MAX_PACKET_BYTES);
    if (own === null || bytes === null || handler === null) return;
    const reply = await handler(bytes, own);
    if (reply !== null && !signal.aborted) await client.reply(callId, reply, signal);
  };

  return {
    handle(next) {
      handler = next;
    },
    take(client, call, signal) {
      if (atWork >= MAX_AT_WORK) return;
      atWork += 1;
      answer(client, call, signal)
        .catch((error: unknown) => {
          // a late reply is refused by the node; the sender has given up and asks again
          if (!signal.aborted) log(`a packet was not answered: ${error instanceof Error ? error.message : String(error)}`);
        })
        .finally(() => {
          atWork -= 1;
        });
    },
  };
}
