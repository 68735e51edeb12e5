/**
 * Decides when the overlay runs, and says in words what it is doing. It starts when the configuration has a veilid entry,
 * a contact exists, or somebody asks for a route, an invite or a connection; `[veilid] enabled = false` forbids it. While a
 * proxy or Tor is configured nothing of it is built or started before the user has confirmed that it goes around the proxy.
 */
import { ContractError } from '../contract/errors.ts';
import type { NodePageView, NodeView, RouteView } from '../contract/views.ts';
import { OverlayError, type Address, type Overlay } from '../overlay/overlay.ts';
import type { NodeDetails } from '../overlay/veilid/veilid.ts';
import { nodePage } from './nodePage.ts';

/** How the host finds or builds `veilid-node`. */
export interface NodeBuilder {
  /** The program, if it is there in the version of these sources. */
  path(): Promise<string | null>;
  check(): Promise<{ ok: true } | { ok: false; missing: string[]; hint: string }>;
  /** `again`: builds it also where one is there. */
  build(options: {
    signal: AbortSignal;
    again?: boolean;
    onProgress: (progress: { done: number; total: number; text: string }) => void;
  }): Promise<string>;
}

/** An overlay whose node can be looked at and started again. */
export type ManagedOverlay = Overlay & {
  details?: (signal: AbortSignal) => Promise<NodeDetails>;
  restart?: (signal: AbortSignal) => Promise<void>;
};

export type NodeSource = { kind: 'process'; binary: string } | { kind: 'server'; address: string } | { kind: 'given' };

interface Options {
  builder: NodeBuilder | null;
  /** Set by tests and the demo: no program is needed. */
  overlayIsGiven: boolean;
  makeOverlay: (source: NodeSource) => Promise<ManagedOverlay>;
  onOverlay: (overlay: Overlay) => void;
  onView: (view: NodeView) => void;
  /** Whether the user has agreed before that Veilid goes around the proxy, and how that is kept. */
  outsideProxy: { agreed: boolean; remember: () => Promise<void> };
  now: () => number;
  log: (line: string) => void;
}

export interface NodeSettings {
  enabled: boolean;
  /** Address of a running veilid-server, or null for Sotto's own node. */
  server: string | null;
  /** A proxy or Tor is configured somewhere. */
  proxied: boolean;
}

export interface NodeControl {
  view(): NodeView;
  overlay(): Overlay | null;
  /** New settings; `wanted` starts the overlay, settings that forbid it stop it. */
  configure(settings: NodeSettings, wanted: boolean): void;
  /** Starts the overlay if needed. Throws `unavailable` with the reason a person can act on. */
  need(): Promise<Overlay>;
  page(signal: AbortSignal): Promise<NodePageView>;
  /** Starts the node anew; also the way out of a failed start or build. Throws `unavailable`. */
  restart(): Promise<void>;
  /** The user agrees that Veilid goes around the proxy; asked once. Starts what waited for it. */
  confirm(): Promise<void>;
  stop(): Promise<void>;
}

type Stage =
  | { kind: 'off' }
  | { kind: 'disabled' }
  | { kind: 'confirm' }
  | { kind: 'missing'; reason: string }
  | { kind: 'building'; progress: NodeView['progress'] }
  | { kind: 'failed'; reason: string }
  | { kind: 'running'; overlay: ManagedOverlay };

const CONFIRM =
  'A proxy or Tor is configured, and Veilid does not run through it: other nodes would see the address of this computer. It starts once you have agreed to that on the Veilid page.';

export function createNodeControl(options: Options): NodeControl {
  const { builder, overlayIsGiven, makeOverlay, onOverlay, onView, outsideProxy, now, log } = options;
  const lifetime = new AbortController();
  let settings: NodeSettings = { enabled: true, server: null, proxied: false };
  let { agreed } = outsideProxy;
  let stage: Stage = { kind: 'off' };
  let wanted = false;
  let binary: string | null = null;
  let usedSource: NodeSource | null = null;
  let building: Promise<void> | null = null;
  let starting: Promise<Overlay> | null = null;
  /** Rises when the overlay is to end: a start that is still under way is then undone. */
  let generation = 0;
  const routeTimes = new Map<string, number>();

  const routeViews = (addresses: Address[]): RouteView[] => {
    const known = new Set(addresses.map((address) => address.text));
    for (const text of routeTimes.keys()) if (!known.has(text)) routeTimes.delete(text);
    return addresses.map((address) => {
      const created = routeTimes.get(address.text) ?? now();
      routeTimes.set(address.text, created);
      return { text: address.text, created };
    });
  };

  const view = (): NodeView => {
    const empty = { peers: null, progress: null, routes: [], direct: null };
    switch (stage.kind) {
      case 'off':
        return { ...empty, phase: 'off', reason: 'Veilid starts when you copy your route or connect to somebody.' };
      case 'disabled':
        return { ...empty, phase: 'disabled', reason: 'Veilid is switched off in the configuration ([veilid] enabled = false).' };
      case 'confirm':
        return { ...empty, phase: 'confirm', reason: CONFIRM };
      case 'missing':
        return { ...empty, phase: 'missing', reason: stage.reason };
      case 'failed':
        return { ...empty, phase: 'stopped', reason: stage.reason };
      case 'building':
        return { ...empty, phase: 'building', reason: 'Building veilid-node, once. You can use IRC meanwhile.', progress: stage.progress };
      case 'running': {
        const { phase, reason, peers } = stage.overlay.state();
        return {
          phase,
          reason,
          peers,
          progress: null,
          routes: routeViews(stage.overlay.addresses()),
          direct: stage.overlay.direct?.state().reason ?? null,
        };
      }
    }
  };
  const enter = (next: Stage): void => {
    stage = next;
    onView(view());
  };

  const compile = (from: NodeBuilder, again: boolean): Promise<string> => {
    enter({ kind: 'building', progress: null });
    return from.build({
      signal: lifetime.signal,
      again,
      onProgress: (progress) => {
        enter({ kind: 'building', progress });
      },
    });
  };
  /** Does it, and once more after a new build when the binary turned out to be gone or of another version. */
  const withBinary = async (source: NodeSource, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const stale = error instanceof OverlayError && error.code === 'missing';
      if (!stale || source.kind !== 'process' || builder === null || !(await builder.check()).ok) throw error;
      log(`node: ${error.message}`);
      if ((await compile(builder, true)) !== source.binary)
        throw new Error('Sotto was updated while it ran: start it again.', { cause: error });
      await work();
    }
  };

  const run = async (source: NodeSource): Promise<Overlay> => {
    const mine = generation;
    const overlay = await makeOverlay(source);
    const show = (): void => {
      if (stage.kind === 'running' && stage.overlay === overlay) onView(view());
    };
    overlay.onState(show);
    overlay.direct?.onState(show);
    overlay.onAddresses(show);
    onOverlay(overlay);
    await withBinary(source, () => overlay.start(lifetime.signal));
    if (mine !== generation) {
      await overlay.stop();
      throw new ContractError('unavailable', view().reason);
    }
    usedSource = source;
    enter({ kind: 'running', overlay });
    return overlay;
  };
  const start = (source: NodeSource): Promise<Overlay> => {
    const mine = generation;
    starting ??= run(source).catch((error: unknown) => {
      if (mine !== generation) throw error;
      starting = null;
      const reason = error instanceof Error ? error.message : 'Veilid did not start.';
      log(`node: ${reason}`);
      enter({ kind: 'failed', reason });
      throw new ContractError('unavailable', reason, { cause: error });
    });
    return starting;
  };

  const build = async (from: NodeBuilder): Promise<void> => {
    binary = await from.path();
    if (binary !== null) return;
    const tools = await from.check();
    if (!tools.ok) {
      const reason = `veilid-node has to be built and this computer lacks ${tools.missing.join(', ')}: ${tools.hint}. Or set [veilid] server to a running veilid-server.`;
      enter({ kind: 'missing', reason });
      return;
    }
    try {
      binary = await compile(from, false);
      // what was decided while it was being built stays
      if (isBuilding()) enter({ kind: 'off' });
    } catch (error) {
      if (lifetime.signal.aborted) return;
      enter({ kind: 'failed', reason: `veilid-node could not be built: ${error instanceof Error ? error.message : 'unknown error'}` });
    }
  };

  // the stage may have changed while something was awaited
  const isBuilding = (): boolean => stage.kind === 'building';
  const source = (): NodeSource | null => {
    if (overlayIsGiven) return { kind: 'given' };
    if (settings.server !== null) return { kind: 'server', address: settings.server };
    return binary === null ? null : { kind: 'process', binary };
  };
  /** Why the overlay may not run, whoever wants it; null when it may. */
  const forbidden = (): Stage | null => {
    if (!settings.enabled) return { kind: 'disabled' };
    if (settings.proxied && !agreed && !overlayIsGiven) return wanted ? { kind: 'confirm' } : { kind: 'off' };
    return null;
  };
  /** Starts the overlay if it is allowed, wanted and possible; else leaves the stage that tells why not. */
  const advance = async (): Promise<Overlay | null> => {
    if (lifetime.signal.aborted) return null;
    const obstacle = forbidden();
    if (obstacle !== null) {
      const running = stage.kind === 'running' ? stage.overlay : null;
      generation += 1;
      starting = null;
      enter(obstacle);
      await running?.stop();
      return null;
    }
    if (stage.kind === 'disabled' || stage.kind === 'confirm') enter({ kind: 'off' });
    if (starting) return starting;
    if (source() === null && builder) {
      building ??= build(builder).finally(() => {
        building = null;
      });
      await building;
    }
    const found = forbidden() === null ? source() : null;
    return wanted && found ? start(found) : null;
  };
  const advanceQuietly = (): void => {
    advance().catch((error: unknown) => {
      log(`node: ${error instanceof Error ? error.message : 'did not start'}`);
    });
  };

  return {
    view,
    overlay: () => (stage.kind === 'running' ? stage.overlay : null),
    configure: (next, isWanted) => {
      settings = next;
      wanted ||= isWanted;
      advanceQuietly();
    },
    need: async () => {
      wanted = true;
      if (stage.kind === 'building') {
        throw new ContractError(
          'unavailable',
          'veilid-node is still being built. This works as soon as it is done; the status bar shows how far it is.',
        );
      }
      const overlay = await advance();
      if (!overlay) throw new ContractError('unavailable', view().reason);
      return overlay;
    },
    page: async (signal) => {
      const overlay = stage.kind === 'running' ? stage.overlay : null;
      const details = (await overlay?.details?.(signal)) ?? null;
      return nodePage(view(), details, { proxied: settings.proxied, agreed });
    },
    restart: async () => {
      wanted = true;
      if (stage.kind === 'building') throw new ContractError('unavailable', 'veilid-node is still being built.');
      if (stage.kind !== 'running') {
        if (!(await advance())) throw new ContractError('unavailable', view().reason);
        return;
      }
      const { overlay } = stage;
      const { restart } = overlay;
      if (restart === undefined || usedSource === null) throw new ContractError('unavailable', 'There is no Veilid node to restart.');
      const mine = generation;
      try {
        await withBinary(usedSource, () => restart(lifetime.signal));
      } finally {
        if (mine === generation) enter({ kind: 'running', overlay });
      }
    },
    confirm: async () => {
      await outsideProxy.remember();
      agreed = true;
      advanceQuietly();
    },
    stop: async () => {
      lifetime.abort();
      const overlay = stage.kind === 'running' ? stage.overlay : await starting?.catch(() => null);
      await overlay?.stop();
    },
  };
}
