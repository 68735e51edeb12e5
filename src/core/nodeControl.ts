/**
 * Decides when the overlay runs, and says in words what it is doing. It starts when the configuration has a veilid entry,
 * a contact exists, or somebody asks for a route, an invite or a connection; `[veilid] enabled = false` forbids it.
 */
import { ContractError } from '../contract/errors.ts';
import type { NodeView, RouteView } from '../contract/views.ts';
import type { Address, Overlay } from '../overlay/overlay.ts';

/** How the host finds or builds `veilid-node`. */
export interface NodeBuilder {
  /** The program, if it is there in the version of these sources. */
  path(): Promise<string | null>;
  check(): Promise<{ ok: true } | { ok: false; missing: string[]; hint: string }>;
  build(options: { signal: AbortSignal; onProgress: (progress: { done: number; total: number; text: string }) => void }): Promise<string>;
}

export type NodeSource = { kind: 'process'; binary: string } | { kind: 'server'; address: string } | { kind: 'given' };

interface Options {
  builder: NodeBuilder | null;
  /** Set by tests and the demo: no program is needed. */
  overlayIsGiven: boolean;
  makeOverlay: (source: NodeSource) => Promise<Overlay>;
  onOverlay: (overlay: Overlay) => void;
  onView: (view: NodeView) => void;
  now: () => number;
  log: (line: string) => void;
}

export interface NodeSettings {
  enabled: boolean;
  /** Address of a running veilid-server, or null for Sotto's own node. */
  server: string | null;
}

export interface NodeControl {
  view(): NodeView;
  overlay(): Overlay | null;
  /** New settings; `wanted` starts the overlay, settings that forbid it stop it. */
  configure(settings: NodeSettings, wanted: boolean): void;
  /** Starts the overlay if needed. Throws `unavailable` with the reason a person can act on. */
  need(): Promise<Overlay>;
  stop(): Promise<void>;
}

type Stage =
  | { kind: 'off' }
  | { kind: 'disabled' }
  | { kind: 'missing'; reason: string }
  | { kind: 'building'; progress: NodeView['progress'] }
  | { kind: 'failed'; reason: string }
  | { kind: 'running'; overlay: Overlay };

export function createNodeControl({ builder, overlayIsGiven, makeOverlay, onOverlay, onView, now, log }: Options): NodeControl {
  const lifetime = new AbortController();
  let settings: NodeSettings = { enabled: true, server: null };
  let stage: Stage = { kind: 'off' };
  let wanted = false;
  let binary: string | null = null;
  let building: Promise<void> | null = null;
  let starting: Promise<Overlay> | null = null;
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
    const empty = { peers: null, progress: null, routes: [] };
    switch (stage.kind) {
      case 'off':
        return { ...empty, phase: 'off', reason: 'Veilid starts when you copy your route or connect to somebody.' };
      case 'disabled':
        return { ...empty, phase: 'disabled', reason: 'Veilid is switched off in the configuration ([veilid] enabled = false).' };
      case 'missing':
        return { ...empty, phase: 'missing', reason: stage.reason };
      case 'failed':
        return { ...empty, phase: 'stopped', reason: stage.reason };
      case 'building':
        return { ...empty, phase: 'building', reason: 'Building veilid-node, once. You can use IRC meanwhile.', progress: stage.progress };
      case 'running': {
        const { phase, reason, peers } = stage.overlay.state();
        return { phase, reason, peers, progress: null, routes: routeViews(stage.overlay.addresses()) };
      }
    }
  };
  const enter = (next: Stage): void => {
    stage = next;
    onView(view());
  };

  const run = async (source: NodeSource): Promise<Overlay> => {
    const overlay = await makeOverlay(source);
    overlay.onState(() => {
      onView(view());
    });
    overlay.onAddresses(() => {
      onView(view());
    });
    onOverlay(overlay);
    await overlay.start(lifetime.signal);
    enter({ kind: 'running', overlay });
    return overlay;
  };
  const start = (source: NodeSource): Promise<Overlay> => {
    starting ??= run(source).catch((error: unknown) => {
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
    enter({ kind: 'building', progress: null });
    try {
      binary = await from.build({
        signal: lifetime.signal,
        onProgress: (progress) => {
          enter({ kind: 'building', progress });
        },
      });
      enter({ kind: 'off' });
    } catch (error) {
      if (lifetime.signal.aborted) return;
      enter({ kind: 'failed', reason: `veilid-node could not be built: ${error instanceof Error ? error.message : 'unknown error'}` });
    }
  };

  const source = (): NodeSource | null => {
    if (overlayIsGiven) return { kind: 'given' };
    if (settings.server !== null) return { kind: 'server', address: settings.server };
    return binary === null ? null : { kind: 'process', binary };
  };
  /** Starts the overlay if it is allowed, wanted and possible; else leaves the stage that tells why not. */
  const advance = async (): Promise<Overlay | null> => {
    if (lifetime.signal.aborted) return null;
    if (!settings.enabled) {
      const running = stage.kind === 'running' ? stage.overlay : null;
      enter({ kind: 'disabled' });
      starting = null;
      await running?.stop();
      return null;
    }
    if (stage.kind === 'disabled') enter({ kind: 'off' });
    if (starting) return starting;
    if (source() === null && builder) {
      building ??= build(builder).finally(() => {
        building = null;
      });
      await building;
    }
    const found = source();
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
    stop: async () => {
      lifetime.abort();
      const overlay = stage.kind === 'running' ? stage.overlay : await starting?.catch(() => null);
      await overlay?.stop();
    },
  };
}
