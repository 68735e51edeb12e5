import { randomBytes } from 'node:crypto';
import { equalBytes, toBase64Url } from '../base64.ts';
import type { NodeClient } from './client.ts';
import type { OwnRoute } from './routes-file.ts';

/** A packet that nobody else can know, and shorter than any of DM/1. */
const TEST_BYTES = 32;
/** One lost call proves nothing: the sender's half of the way may have been at fault. */
const TRIES = 2;

/** What is asked of a node about routes. */
export type RouteClient = Pick<NodeClient, 'newRoute' | 'releaseRoute' | 'importRoute' | 'call'>;

/** Proves that a route of ours leads to us: we import it and call ourselves through it, as anybody else would. */
export interface RouteTest {
  /** False when no packet of ours came back. One test of a route at a time. Takes some milliseconds where the route is alive, 10 s where it is not. */
  passes(client: RouteClient, route: OwnRoute, signal: AbortSignal): Promise<boolean>;
  /** The answer where a packet that arrived at that route is a test of ours; null for any other. `message` is base64url. */
  answer(routeId: string | null, message: string): Uint8Array | null;
  /** How often a route has to be released until it is gone: a test that failed leaves an imported copy, which the node releases first. */
  releases(routeId: string): number;
}

export function createRouteTest(): RouteTest {
  /** Text of the packet under way, by route: as many as there are announced routes and spares. */
  const underWay = new Map<string, { text: string; bytes: Uint8Array }>();
  /** Routes with an imported copy; an entry ends with its route. */
  const copies = new Set<string>();

  const once = async (client: RouteClient, { id, blob }: OwnRoute, signal: AbortSignal): Promise<boolean> => {
    const bytes = new Uint8Array(randomBytes(TEST_BYTES));
    underWay.set(id, { text: toBase64Url(bytes), bytes });
    try {
      const imported = await client.importRoute(blob, signal);
      copies.add(id);
      if (!equalBytes(await client.call(imported, bytes, signal), bytes)) return false;
      // the copy goes first, it was used a moment ago; after a failure it may be gone, and the route itself would be released
      await client.releaseRoute(imported, signal);
      copies.delete(id);
      return true;
    } finally {
      underWay.delete(id);
    }
  };

  return {
    async passes(client, route, signal) {
      for (let tries = 1; tries <= TRIES; tries += 1) {
        if (await once(client, route, signal).catch(() => false)) return true;
        signal.throwIfAborted();
      }
      return false;
    },
    answer(routeId, message) {
      const test = routeId === null ? undefined : underWay.get(routeId);
      return test?.text === message ? test.bytes : null;
    },
    releases(routeId) {
      return copies.delete(routeId) ? 2 : 1;
    },
  };
}
