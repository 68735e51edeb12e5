import { describe, expect, it } from 'vitest';
import type { NodePageView, NodeView } from '../../src/contract/views.ts';
import { createNodeControl, type ManagedOverlay, type NodeBuilder, type NodeControl } from '../../src/core/nodeControl.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { OverlayError } from '../../src/overlay/overlay.ts';
import { until } from '../support/cores.ts';

const BINARY = '/cache/veilid-node';
const never = new AbortController().signal;

interface Stand {
  control: NodeControl;
  views: NodeView[];
  builds: boolean[];
  starts: () => number;
  stops: () => number;
  restarts: () => number;
  remembered: () => number;
  /** What the next starts or restarts reject with. */
  fail: OverlayError[];
}

function stand({ agreed = false, built = true, given = false }: { agreed?: boolean; built?: boolean; given?: boolean } = {}): Stand {
  const views: NodeView[] = [];
  const builds: boolean[] = [];
  const fail: OverlayError[] = [];
  const counts = { starts: 0, stops: 0, restarts: 0, remembered: 0 };
  const builder: NodeBuilder = {
    path: () => Promise.resolve(built || builds.length > 0 ? BINARY : null),
    check: () => Promise.resolve({ ok: true }),
    build: ({ again = false }) => {
      builds.push(again);
      return Promise.resolve(BINARY);
    },
  };
  const control = createNodeControl({
    builder,
    overlayIsGiven: given,
    makeOverlay: () => {
      const inner = createLoopbackOverlay(createLoopbackNetwork());
      const may = (): Promise<void> => {
        const error = fail.shift();
        return error === undefined ? Promise.resolve() : Promise.reject(error);
      };
      const overlay: ManagedOverlay = {
        ...inner,
        start: async (signal) => {
          await may();
          counts.starts += 1;
          await inner.start(signal);
        },
        stop: () => {
          counts.stops += 1;
          return inner.stop();
        },
        restart: async () => {
          await may();
          counts.restarts += 1;
        },
        details: () =>
          Promise.resolve({
            own: true,
            version: '0.2.0',
            library: '0.5.7',
            since: 5,
            traffic: { down: 1, up: 2, totalDown: 3, totalUp: 4 },
            crashes: { count: 1, last: { time: 9, reason: 'veilid-node was ended by SIGKILL.' } },
            log: ['a line'],
          }),
      };
      return Promise.resolve(overlay);
    },
    onOverlay: () => undefined,
    onView: (view) => views.push(view),
    outsideProxy: {
      agreed,
      remember: () => {
        counts.remembered += 1;
        return Promise.resolve();
      },
    },
    now: () => 1_000,
    log: () => undefined,
  });
  return {
    control,
    views,
    builds,
    fail,
    starts: () => counts.starts,
    stops: () => counts.stops,
    restarts: () => counts.restarts,
    remembered: () => counts.remembered,
  };
}
const settings = (more: Partial<Parameters<NodeControl['configure']>[0]> = {}) => ({
  enabled: true,
  server: null,
  proxied: false,
  ...more,
});
const phase = (control: NodeControl, wanted: NodeView['phase']): Promise<unknown> =>
  until(`the phase ${wanted}`, () => control.view().phase === wanted);

describe('Veilid beside a proxy', () => {
  it('is neither built nor started before the user agrees, and says why', async () => {
    const { control, builds, starts } = stand({ built: false });
    control.configure(settings({ proxied: true }), true);
    await phase(control, 'confirm');
    expect(control.view().reason).toContain('does not run through it');
    await expect(control.need()).rejects.toMatchObject({ code: 'unavailable', message: control.view().reason });
    await expect(control.restart()).rejects.toMatchObject({ code: 'unavailable' });
    expect(builds).toEqual([]);
    expect(starts()).toBe(0);
    await control.stop();
  });

  it('asks nobody as long as nobody wants Veilid', async () => {
    const { control, builds } = stand({ built: false });
    control.configure(settings({ proxied: true }), false);
    expect(control.view().phase).toBe('off');
    expect(builds).toEqual([]);
    await expect(control.need()).rejects.toMatchObject({ code: 'unavailable' });
    expect(control.view().phase).toBe('confirm');
  });

  it('starts with the consent, which is kept and not asked for again', async () => {
    const { control, starts, remembered } = stand();
    control.configure(settings({ proxied: true }), true);
    await phase(control, 'confirm');
    await control.confirm();
    await until('a start', () => starts() === 1);
    expect(remembered()).toBe(1);
    expect(await control.page(never)).toMatchObject({ proxied: true, agreed: true });
    await control.stop();

    const next = stand({ agreed: true });
    next.control.configure(settings({ proxied: true, server: '/run/veilid/0' }), true);
    await until('a start', () => next.starts() === 1);
    await next.control.stop();
  });

  it('stops when a proxy is configured while it runs, and starts again when it is taken away', async () => {
    const { control, starts, stops } = stand();
    control.configure(settings(), true);
    await until('a start', () => starts() === 1);
    control.configure(settings({ proxied: true }), true);
    await phase(control, 'confirm');
    await until('a stop', () => stops() === 1);
    control.configure(settings(), true);
    await until('another start', () => starts() === 2);
    await control.stop();
  });

  it('means only the network: an overlay inside this computer is not asked about', async () => {
    const { control, starts } = stand({ given: true });
    control.configure(settings({ proxied: true }), true);
    await until('a start', () => starts() === 1);
    await control.stop();
  });
});

describe('the node', () => {
  const stale = (): OverlayError => new OverlayError('missing', 'veilid-node has version 0.0.9 and Sotto needs 0.2.0.');

  it('of another version is built again by itself, and then started', async () => {
    const { control, builds, starts, fail, views } = stand();
    fail.push(stale());
    control.configure(settings(), true);
    await until('a start', () => starts() === 1);
    expect(builds).toEqual([true]);
    expect(views.map((view) => view.phase)).toContain('building');
    await control.stop();
  });

  it('that is stale even after a build says so and is not built over and over', async () => {
    const { control, builds, fail } = stand();
    fail.push(stale(), stale());
    await expect(control.need()).rejects.toThrow('veilid-node has version 0.0.9');
    expect(builds).toEqual([true]);
    expect(control.view()).toMatchObject({ phase: 'stopped', reason: stale().message });
  });

  it('is restarted, and built first where the binary has gone stale', async () => {
    const { control, builds, restarts, fail } = stand();
    await control.need();
    await control.restart();
    expect(restarts()).toBe(1);
    fail.push(stale());
    await control.restart();
    expect([restarts(), builds]).toEqual([2, [true]]);
    expect(control.overlay()).not.toBeNull();
    await control.stop();
  });

  it('that failed to start is started by a restart', async () => {
    const { control, starts, fail } = stand();
    fail.push(new OverlayError('tryAgain', 'Not now.'));
    await expect(control.need()).rejects.toThrow('Not now.');
    await control.restart();
    expect(starts()).toBe(1);
    await control.stop();
  });

  it('is shown with its numbers, and its routes by their ends only', async () => {
    const { control } = stand();
    const overlay = await control.need();
    const [first] = await until('an address', () => (overlay.addresses().length > 0 ? overlay.addresses() : null));
    const page: NodePageView = await control.page(never);
    expect(page).toMatchObject({ phase: 'ready', proxied: false, node: { version: '0.2.0', crashes: { count: 1 }, log: ['a line'] } });
    const route = first?.text ?? '';
    expect(page.routes[0]).toEqual({ short: route.slice(-8), created: 1_000 });
    expect(JSON.stringify(page)).not.toContain(route.slice(0, 12));
    await control.stop();
  });

  it('that is forbidden while it starts does not run', async () => {
    const { control, starts, stops } = stand();
    control.configure(settings(), true);
    control.configure(settings({ enabled: false }), true);
    await until('the end of what had begun', () => starts() === stops());
    expect(control.view().phase).toBe('disabled');
    expect(control.overlay()).toBeNull();
    await control.stop();
  });
});
