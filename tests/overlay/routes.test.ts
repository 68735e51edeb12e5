import { describe, expect, onTestFinished, test } from 'vitest';
import { OverlayError } from '../../src/overlay/overlay.ts';
import { toBase64Url } from '../../src/overlay/base64.ts';
import type { RouteClient } from '../../src/overlay/veilid/routeTest.ts';
import { ROUTE_AGE_MS, createRoutes } from '../../src/overlay/veilid/routes.ts';
import { twoAddresses } from './compliance.ts';
import { blob, routeId, scriptNode, text } from './scriptedNode.ts';

const HOUR = 3_600_000;
const unused = (): Promise<never> => Promise.reject(new OverlayError('unreachable', 'not part of this test'));

/** Our own routes on a node that makes route after route; each answers a call to oneself unless it was broken. */
function onNode() {
  let made = 0;
  let time = Date.parse('2026-01-01');
  const state = { isOnline: true };
  const broken = new Set<string>();
  const known = new Set<string>();
  const released: string[] = [];
  const tested: string[] = [];
  const announced: string[][] = [];
  const client: RouteClient = {
    newRoute() {
      if (!state.isOnline) return Promise.reject(new OverlayError('tryAgain', 'not online'));
      made += 1;
      known.add(routeId(made));
      return Promise.resolve({ id: routeId(made), blob: blob(made) });
    },
    releaseRoute(id) {
      released.push(id);
      return Promise.resolve();
    },
    importRoute(bytes) {
      const n = Array.from({ length: made }, (_, at) => at + 1).find((number) => text(blob(number)) === toBase64Url(bytes));
      return n === undefined ? unused() : Promise.resolve(routeId(n));
    },
    call(id, message) {
      tested.push(id);
      if (broken.has(id) || !state.isOnline) return Promise.reject(new OverlayError('timeout', 'no answer'));
      // what arrives at our own route is answered by ourselves
      const answer = routes.answer(id, toBase64Url(message));
      return answer === null ? unused() : Promise.resolve(answer);
    },
  };
  const routes = createRoutes({
    file: null,
    onAddresses: (addresses) => announced.push(addresses.map((address) => address.text)),
    log: () => undefined,
    now: () => time,
  });
  const life = new AbortController();
  routes.begin(client, true, life.signal);
  onTestFinished(() => {
    life.abort();
    routes.end();
  });
  const live = (): number[] =>
    routes.addresses().map((address) => Array.from({ length: made }, (_, at) => at + 1).find((n) => text(blob(n)) === address.text) ?? 0);
  return {
    routes,
    broken,
    released,
    tested,
    announced,
    state,
    live,
    made: () => made,
    pass(ms: number) {
      time += ms;
    },
    ready: () => expect.poll(() => [live().length, made]).toEqual([2, 3]),
  };
}

describe('our own routes', () => {
  test('the spare is tested by a call to ourselves, and one that is dead is replaced before it is needed', async () => {
    const node = onNode();
    await node.ready();
    expect(node.live()).toEqual([2, 1]);
    node.pass(60_000);
    await node.routes.tend();
    expect(node.tested).toEqual([]);
    node.pass(170_000);
    await node.routes.tend();
    for (let minutes = 0; minutes < 10; minutes += 1) {
      node.pass(60_000);
      await node.routes.tend();
    }
    expect(new Set(node.tested)).toEqual(new Set([routeId(3)]));
    expect(node.made()).toBe(3);
    node.broken.add(routeId(3));
    for (let minutes = 0; minutes < 11; minutes += 1) {
      node.pass(60_000);
      await node.routes.tend();
    }
    expect(node.live()).toEqual([2, 1]);
    expect(node.released).toContain(routeId(3));
    node.routes.dead([routeId(1)]);
    await expect.poll(node.live).not.toContain(1);
    expect(node.live()).not.toContain(3);
  });

  test('a test that nobody made is no test', async () => {
    const node = onNode();
    await node.ready();
    expect(node.routes.answer(routeId(1), toBase64Url(new Uint8Array(32)))).toBeNull();
    expect(node.routes.answer(null, '')).toBeNull();
  });

  test('a route gives way when its time is over, one at a time, and the old one answers on', async () => {
    const node = onNode();
    await node.ready();
    const before = node.live();
    node.pass(HOUR);
    await node.routes.tend();
    expect(node.live()).toEqual(before);
    node.pass(ROUTE_AGE_MS * 1.25);
    await node.routes.tend();
    expect(node.live()[1]).toBe(before[0]);
    expect(before).not.toContain(node.live()[0]);
    expect(node.routes.at(routeId(before[1] ?? 0))).toEqual(blob(before[1] ?? 0));
    node.pass(60_000);
    await node.routes.tend();
    for (const n of before) expect(node.live()).not.toContain(n);
    expect(node.announced.every((addresses) => addresses.length === 2)).toBe(true);
  });

  test('after a sleep all are tested, and those that died meanwhile are replaced', async () => {
    const node = onNode();
    await node.ready();
    node.broken.add(routeId(1));
    node.pass(HOUR);
    await node.routes.tend();
    expect(new Set(node.tested)).toEqual(new Set([1, 2, 3].map(routeId)));
    expect(node.live()).toEqual([3, 2]);
    expect(node.released).toContain(routeId(1));
  });

  test('where no route answers, a new one decides whether it is the network', async () => {
    const node = onNode();
    await node.ready();
    const before = node.live();
    node.state.isOnline = false;
    await node.routes.check();
    expect(node.live()).toEqual(before);
    node.state.isOnline = true;
    for (const n of [1, 2, 3]) node.broken.add(routeId(n));
    await node.routes.check();
    await expect.poll(() => node.live().filter((n) => n > 3)).toHaveLength(2);
    for (const n of [1, 2, 3]) expect(node.released).toContain(routeId(n));
  });

  test('the death of one is the reason to test the others', async () => {
    const node = onNode();
    await node.ready();
    node.broken.add(routeId(2));
    node.routes.dead([routeId(1)]);
    await expect.poll(node.live).not.toContain(2);
    expect(node.released).toContain(routeId(2));
  });

  test('a node that comes back to the network has its routes tested', async () => {
    const node = scriptNode();
    onTestFinished(() => node.overlay.stop());
    await node.overlay.start(new AbortController().signal);
    await twoAddresses(node.overlay);
    const calls = (): number => node.requests.filter((request) => request['rc_op'] === 'AppCall').length;
    const attachment = (ready: boolean): void => {
      node.say({ type: 'Update', kind: 'Attachment', state: 'AttachedGood', public_internet_ready: ready, local_network_ready: true });
    };
    attachment(true);
    expect(node.overlay.state().phase).toBe('ready');
    attachment(false);
    expect(node.overlay.state().phase).toBe('degraded');
    expect(calls()).toBe(0);
    attachment(true);
    await expect.poll(calls).toBeGreaterThanOrEqual(2);
  });
});
