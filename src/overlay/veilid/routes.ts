import { equalBytes, toBase64Url } from '../base64.ts';
import { MAX_ADDRESSES, OverlayError, type Address } from '../overlay.ts';
import { delay } from '../wait.ts';
import type { NodeClient } from './client.ts';
import { sharesFirstHop } from './hops.ts';
import type { OwnRoute, RoutesFile } from './routes-file.ts';

/** Announced before, still answering: contacts may only know these. The oldest gives way. */
const MAX_RETIRED = 8;
/** Allocations for one route that does not share its first hop with the other. */
const MAX_TRIES_FOR_ANOTHER_HOP = 4;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const RELEASE_TIMEOUT_MS = 10_000;

/**
 * Our own routes: two announced ones, a spare nobody knows (the node tests it with the others), and those that were announced
 * before. All changes go through one queue.
 */
export interface Routes {
  addresses(): Address[];
  /** The address that belongs to a route id, or null: then nobody may be told that we are here. */
  at(routeId: string): Uint8Array | null;
  isOwn(blob: Uint8Array): boolean;
  /** The node is ready. `restarted`: its process is new, so announced routes are replaced; the old ones answer on if the node shut down in order, a killed one forgets them. */
  begin(client: NodeClient, restarted: boolean, signal: AbortSignal): void;
  /** The node says that these are dead. */
  dead(routeIds: readonly string[]): void;
  renew(signal: AbortSignal): Promise<Address[]>;
  release(blob: Uint8Array): Promise<void>;
  /** The overlay stops; nothing is announced any more. */
  end(): void;
}

export interface RoutesOptions {
  /** Null where nothing can be kept. */
  file: RoutesFile | null;
  onAddresses: (addresses: Address[]) => void;
  log: (line: string) => void;
}

export function createRoutes({ file, onAddresses, log }: RoutesOptions): Routes {
  let live: OwnRoute[] = [];
  let retired: OwnRoute[] = [];
  let spare: OwnRoute | null = null;
  let loaded = false;
  let node: { client: NodeClient; signal: AbortSignal } | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  let announced = '';

  const serially = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  const addresses = (): Address[] => live.map(({ blob }) => ({ bytes: blob, text: toBase64Url(blob) }));
  const announce = (): void => {
    const now = addresses();
    const key = now.map(({ text }) => text).join();
    if (key === announced) return;
    announced = key;
    onAddresses(now);
  };
  const save = async (): Promise<void> => {
    await file?.save([...live, ...retired], spare === null ? [] : [spare]).catch((error: unknown) => {
      log(`the routes could not be noted: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  const drop = async (client: NodeClient, route: OwnRoute): Promise<void> => {
    // a route the node has forgotten is released as well
    await client.releaseRoute(route.id, AbortSignal.timeout(RELEASE_TIMEOUT_MS)).catch(() => undefined);
  };
  const retire = async (client: NodeClient, routes: readonly OwnRoute[]): Promise<void> => {
    const all = [...routes, ...retired];
    retired = all.slice(0, MAX_RETIRED);
    for (const route of all.slice(MAX_RETIRED)) await drop(client, route);
  };

  /** One new route, by another first hop than those in `beside` where there is one. */
  const allocate = async (client: NodeClient, beside: readonly OwnRoute[], signal: AbortSignal): Promise<OwnRoute> => {
    const passedOver: OwnRoute[] = [];
    try {
      for (let tries = 1; ; tries += 1) {
        const route = await client.newRoute(signal);
        if (tries === MAX_TRIES_FOR_ANOTHER_HOP || !beside.some((other) => sharesFirstHop(other.blob, route.blob))) return route;
        // kept until the end: released at once, the same route would be allocated again
        passedOver.push(route);
      }
    } finally {
      for (const route of passedOver) await drop(client, route);
    }
  };

  /** Fills what is missing; each step is kept, so that a failure later loses nothing. */
  const fill = async (client: NodeClient, signal: AbortSignal): Promise<void> => {
    while (live.length < MAX_ADDRESSES) {
      const next: OwnRoute = spare ?? (await allocate(client, live, signal));
      spare = null;
      live = [next, ...live];
    }
    // noted before anybody learns of them: what the file does not name is not answered after a restart
    await save();
    announce();
    spare ??= await allocate(client, live, signal);
    await save();
  };

  /** Repeats `fill` until it succeeds or the connection ends. */
  const keepFilled = async (): Promise<void> => {
    for (let attempt = 0; node !== null && !node.signal.aborted; attempt += 1) {
      const { client, signal } = node;
      try {
        await serially(() => fill(client, signal));
        return;
      } catch (error) {
        // one address is better than none
        await save();
        announce();
        if (signal.aborted) return;
        log(`no route yet: ${error instanceof Error ? error.message : String(error)}`);
        await delay(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 0, signal).catch(() => undefined);
      }
    }
  };

  return {
    addresses,
    at: (routeId) => [...live, ...retired].find(({ id }) => id === routeId)?.blob ?? null,
    isOwn: (blob) => [...live, ...retired, ...(spare === null ? [] : [spare])].some((route) => equalBytes(route.blob, blob)),
    begin(client, restarted, signal) {
      node = { client, signal };
      const old = restarted ? live : [];
      if (restarted) live = [];
      void serially(async () => {
        const known = loaded || file === null ? { announced: [], spare: [] } : await file.load();
        loaded = true;
        for (const route of known.spare) await drop(client, route);
        if (restarted && spare !== null) {
          await drop(client, spare);
          spare = null;
        }
        await retire(client, [...old, ...known.announced]);
      }).then(keepFilled, (error: unknown) => {
        log(`the routes of the last run could not be taken over: ${error instanceof Error ? error.message : String(error)}`);
      });
    },
    dead(routeIds) {
      const gone = new Set(routeIds);
      const before = live.length + (spare === null ? 0 : 1);
      live = live.filter(({ id }) => !gone.has(id));
      retired = retired.filter(({ id }) => !gone.has(id));
      if (spare !== null && gone.has(spare.id)) spare = null;
      if (live.length + (spare === null ? 0 : 1) < before) void keepFilled();
    },
    renew(signal) {
      const now = node;
      if (now === null) return Promise.reject(new OverlayError('tryAgain', 'The Veilid network is not ready yet.'));
      return serially(async () => {
        const { client } = now;
        const both = AbortSignal.any([signal, now.signal]);
        const first = spare ?? (await allocate(client, [], both));
        // if the next one fails, this one is the spare again
        spare = first;
        const second = await allocate(client, [first], both);
        spare = null;
        await retire(client, live);
        live = [second, first];
        await save();
        announce();
        void keepFilled();
        return addresses();
      });
    },
    async release(blob) {
      const client = node?.client;
      const route = [...live, ...retired].find((own) => equalBytes(own.blob, blob));
      if (route === undefined) return;
      live = live.filter((own) => own !== route);
      retired = retired.filter((own) => own !== route);
      if (client !== undefined) await drop(client, route);
      await save();
      if (client === undefined) announce();
      else void keepFilled();
    },
    end() {
      node = null;
      live = [];
      retired = [];
      spare = null;
      loaded = false;
      announce();
    },
  };
}
