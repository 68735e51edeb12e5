import { equalBytes, toBase64Url } from '../base64.ts';
import { MAX_ADDRESSES, OverlayError, type Address } from '../overlay.ts';
import { delay } from '../wait.ts';
import { sharesFirstHop } from './hops.ts';
import { createRouteTest, type RouteClient } from './routeTest.ts';
import type { OwnRoute, RoutesFile } from './routes-file.ts';

/** Announced before, still answering: contacts may only know these. The oldest gives way. */
const MAX_RETIRED = 8;
/** Allocations for one route that does not share its first hop with the other. */
const MAX_TRIES_FOR_ANOTHER_HOP = 4;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const RELEASE_TIMEOUT_MS = 10_000;
/**
 * An announced route gives way to a new one after this time, up to a quarter later. Routes have no lifetime of their own; the
 * longer one is used, the better its hops know how much is sent here. It answers on until it is released.
 */
export const ROUTE_AGE_MS = 12 * 3_600_000;
const AGE_SPREAD = 0.25;
/** The spare is tested this often, so that it is good when it is needed. The node's own tests (30 s of idleness) go on beside. */
const SPARE_TEST_MS = 10 * 60_000;
/** Ages, tests and sleep are looked at this often. */
const TEND_MS = 60_000;
/** A round that comes later than this is the first after a sleep: the clock goes on then, timers do not. */
const SLEPT_MS = 3 * TEND_MS;

/** A route with what is known of it; times are milliseconds since 1970. */
interface Held extends OwnRoute {
  /** When it is replaced. */
  until: number;
  /** Last proof that it is alive: the node's own test when it was made, ours after that. */
  tested: number;
}

/**
 * Our own routes: two announced ones, a spare nobody knows, and those that were announced before. The spare is tested by
 * calling ourselves through it; so are all after a sleep, a lost connection, or the death of another. All changes go through
 * one queue; tests wait outside of it.
 */
export interface Routes {
  addresses(): Address[];
  /** The address that belongs to a route id, or null: then nobody may be told that we are here. */
  at(routeId: string): Uint8Array | null;
  isOwn(blob: Uint8Array): boolean;
  /** The node is ready. `restarted`: its process is new, so announced routes are replaced; the old ones answer on if the node shut down in order, a killed one forgets them. */
  begin(client: RouteClient, restarted: boolean, signal: AbortSignal): void;
  /** The node says that these are dead. */
  dead(routeIds: readonly string[]): void;
  /** Something may have broken our routes: tests all of them and replaces those that are dead. */
  check(): Promise<void>;
  /** What comes with time: replaces a route that is old, tests the spare, notices a sleep. Called by itself once a minute. */
  tend(): Promise<void>;
  /** The answer to a test packet of ours, see `RouteTest`. */
  answer(routeId: string | null, message: string): Uint8Array | null;
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
  /** Milliseconds since 1970. */
  now?: () => number;
}

export function createRoutes({ file, onAddresses, log, now = Date.now }: RoutesOptions): Routes {
  let live: Held[] = [];
  let retired: OwnRoute[] = [];
  let spare: Held | null = null;
  let loaded = false;
  let node: { client: RouteClient; signal: AbortSignal } | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  let announced = '';
  let checking: Promise<void> | null = null;
  let testing: Promise<unknown> = Promise.resolve();
  let tended = 0;
  let timer: NodeJS.Timeout | undefined;
  const test = createRouteTest();

  const serially = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  const addresses = (): Address[] => live.map(({ blob }) => ({ bytes: blob, text: toBase64Url(blob) }));
  const announce = (): void => {
    const current = addresses();
    const key = current.map(({ text }) => text).join();
    if (key === announced) return;
    announced = key;
    onAddresses(current);
  };
  const save = async (): Promise<void> => {
    await file?.save([...live, ...retired], spare === null ? [] : [spare]).catch((error: unknown) => {
      log(`the routes could not be noted: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  const drop = async (client: RouteClient, route: OwnRoute): Promise<void> => {
    // a route the node has forgotten is released as well
    for (let left = test.releases(route.id); left > 0; left -= 1) {
      await client.releaseRoute(route.id, AbortSignal.timeout(RELEASE_TIMEOUT_MS)).catch(() => undefined);
    }
  };
  const retire = async (client: RouteClient, routes: readonly OwnRoute[]): Promise<void> => {
    const all = [...routes, ...retired];
    retired = all.slice(0, MAX_RETIRED);
    for (const route of all.slice(MAX_RETIRED)) await drop(client, route);
  };

  /** One new route, by another first hop than those in `beside` where there is one. */
  const allocate = async (client: RouteClient, beside: readonly OwnRoute[], signal: AbortSignal): Promise<Held> => {
    const passedOver: OwnRoute[] = [];
    try {
      for (let tries = 1; ; tries += 1) {
        const route = await client.newRoute(signal);
        if (tries === MAX_TRIES_FOR_ANOTHER_HOP || !beside.some((other) => sharesFirstHop(other.blob, route.blob))) {
          return { ...route, until: now() + ROUTE_AGE_MS * (1 + AGE_SPREAD * Math.random()), tested: now() };
        }
        // kept until the end: released at once, the same route would be allocated again
        passedOver.push(route);
      }
    } finally {
      for (const route of passedOver) await drop(client, route);
    }
  };

  /** Fills what is missing; each step is kept, so that a failure later loses nothing. */
  const fill = async (client: RouteClient, signal: AbortSignal): Promise<void> => {
    while (live.length < MAX_ADDRESSES) {
      const next: Held = spare ?? (await allocate(client, live, signal));
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

  /** Takes dead routes out of use. True when one of them was announced or the spare. */
  const bury = (gone: ReadonlySet<string>): boolean => {
    const before = live.length + (spare === null ? 0 : 1);
    live = live.filter(({ id }) => !gone.has(id));
    retired = retired.filter(({ id }) => !gone.has(id));
    if (spare !== null && gone.has(spare.id)) spare = null;
    return live.length + (spare === null ? 0 : 1) < before;
  };
  /** Tests routes, one round after the other; those that are dead are replaced and released. */
  const weed = (choose: () => readonly Held[]): Promise<void> => {
    const round = testing.then(() => weedOut(choose()));
    testing = round.catch(() => undefined);
    return round;
  };
  const weedOut = async (routes: readonly Held[]): Promise<void> => {
    if (node === null || routes.length === 0) return;
    const { client, signal } = node;
    const passed = await Promise.all(routes.map((route) => test.passes(client, route, signal)));
    const dead = routes.filter((_, at) => passed[at] !== true);
    for (const route of routes) if (!dead.includes(route)) route.tested = now();
    if (dead.length === 0) return;
    // where nothing comes back the network may be at fault; a new route, which the node tests, tells the one from the other
    if (dead.length === routes.length) {
      const proof = await serially(() => allocate(client, [], signal));
      if (spare === null || dead.includes(spare)) spare = proof;
      else await drop(client, proof);
    }
    log(`${dead.length} of our routes did not answer and ${dead.length === 1 ? 'is' : 'are'} replaced`);
    bury(new Set(dead.map(({ id }) => id)));
    for (const route of dead) await drop(client, route);
    await keepFilled();
  };
  const check = (): Promise<void> => {
    checking ??= weed(() => [...live, ...(spare === null ? [] : [spare])])
      .catch((error: unknown) => {
        if (node?.signal.aborted === false)
          log(`our routes could not be tested: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => {
        checking = null;
      });
    return checking;
  };
  /** The oldest announced route gives way when its time is over; the other one stays, so that one of those known is always good. */
  const renewOldest = async ({ client, signal }: { client: RouteClient; signal: AbortSignal }): Promise<void> => {
    await serially(async () => {
      const old = live.findLast(({ until }) => until <= now());
      if (old === undefined) return;
      const next = spare ?? (await allocate(client, live, signal));
      spare = null;
      live = [next, ...live.filter((route) => route !== old)];
      await retire(client, [old]);
    });
    await keepFilled();
  };
  const tend = async (): Promise<void> => {
    const slept = tended !== 0 && now() - tended > SLEPT_MS;
    tended = now();
    if (node === null || node.signal.aborted) return;
    try {
      if (slept) await check();
      else await weed(() => (spare !== null && now() - spare.tested >= SPARE_TEST_MS ? [spare] : []));
      if (live.some(({ until }) => until <= now())) await renewOldest(node);
    } catch (error) {
      log(`our routes wait to be renewed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  return {
    addresses,
    at: (routeId) => [...live, ...retired].find(({ id }) => id === routeId)?.blob ?? null,
    isOwn: (blob) => [...live, ...retired, ...(spare === null ? [] : [spare])].some((route) => equalBytes(route.blob, blob)),
    begin(client, restarted, signal) {
      node = { client, signal };
      tended = now();
      clearInterval(timer);
      timer = setInterval(() => void tend(), TEND_MS);
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
      const before = live.length;
      if (!bury(new Set(routeIds))) return;
      // what broke one may have broken the others
      const isLive = live.length < before;
      void keepFilled().then(() => (isLive ? check() : undefined));
    },
    check,
    tend,
    answer: (routeId, message) => test.answer(routeId, message),
    renew(signal) {
      const current = node;
      if (current === null) return Promise.reject(new OverlayError('tryAgain', 'The Veilid network is not ready yet.'));
      return serially(async () => {
        const { client } = current;
        const both = AbortSignal.any([signal, current.signal]);
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
      clearInterval(timer);
      node = null;
      live = [];
      retired = [];
      spare = null;
      loaded = false;
      announce();
    },
  };
}
