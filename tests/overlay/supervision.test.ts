import { afterEach, describe, expect, test } from 'vitest';
import type { Overlay } from '../../src/overlay/overlay.ts';
import { codeOf, twoAddresses } from './compliance.ts';
import { blob, scriptNode, type ScriptedNode } from './scriptedNode.ts';

const never = new AbortController().signal;
const started: Overlay[] = [];
const ready = (node: ScriptedNode) => expect.poll(() => node.overlay.state().phase, { timeout: 10_000 }).toBe('ready');
const asked = (node: ScriptedNode, op: string): number =>
  node.requests.filter((request) => (request['rc_op'] ?? request['op']) === op).length;

async function start(): Promise<ScriptedNode> {
  const node = scriptNode();
  started.push(node.overlay);
  await node.overlay.start(never);
  await twoAddresses(node.overlay);
  return node;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((overlay) => overlay.stop()));
});

describe('a supervised node', () => {
  test('that ends unasked is counted as a crash, with time and reason', async () => {
    const before = Date.now();
    const node = await start();
    expect((await node.overlay.details(never)).crashes).toEqual({ count: 0, last: null });
    node.hangUp();
    await expect.poll(() => node.overlay.state().phase).toBe('degraded');
    expect(node.overlay.state().reason).toBe('The node ended. Trying again.');
    expect((await node.overlay.details(never)).since).toBeNull();
    await ready(node);
    const { crashes, since } = await node.overlay.details(never);
    expect(crashes).toMatchObject({ count: 1, last: { reason: 'The node ended.' } });
    expect(crashes.last?.time).toBeGreaterThanOrEqual(before);
    expect(since).toBeGreaterThanOrEqual(crashes.last?.time ?? Infinity);
  });

  test('is restarted on demand: ended in order, begun at once, and no crash; what waited is told to try again', async () => {
    const node = await start();
    node.on('AppCall', () => null);
    const sending = codeOf(node.overlay.send(blob(50), new Uint8Array(3), never));
    await expect.poll(() => asked(node, 'AppCall')).toBe(1);
    await node.overlay.restart(never);
    expect(await sending).toBe('tryAgain');
    await expect.poll(() => node.opened()).toBe(2);
    await ready(node);
    expect(node.closed()).toBe(1);
    expect((await node.overlay.details(never)).crashes.count).toBe(0);
  });

  test('says with how many peers and how much traffic when a page asks', async () => {
    const node = await start();
    expect(node.overlay.state().peers).toBe(7);
    const attachment = { public_internet_ready: true, live_peer_count: '31' };
    node.on('GetState', () => ({ value: { attachment, network: { bps_down: '5', bps_up: '6', peers: [{ peer_address: 'x' }] } } }));
    node.on('VeilidVersionString', () => ({ value: '0.5.9' }));
    const details = await node.overlay.details(never);
    expect(details).toMatchObject({ library: '0.5.9', traffic: { down: 5, up: 6 } });
    expect(JSON.stringify(details)).not.toContain('peer_address');
    expect(node.overlay.state()).toMatchObject({ phase: 'ready', peers: 31 });
  });

  test('is restarted out of a long pause', async () => {
    const node = scriptNode();
    started.push(node.overlay);
    node.on('Attach', () => ({ error: { kind: 'Internal', message: 'broken' } }));
    await node.overlay.start(never);
    // the third attempt comes after pauses of 0.5 and 2 s, the fourth would come 5 s later
    await expect.poll(() => node.opened(), { timeout: 10_000 }).toBe(3);
    await expect.poll(() => node.overlay.state().phase).toBe('degraded');
    node.on('Attach', () => ({ value: null }));
    await node.overlay.restart(never);
    await expect.poll(() => node.opened(), { timeout: 2_000 }).toBe(4);
    await ready(node);
  });

  test('that is stopped cannot be restarted, and tells nothing of the last run but its crashes', async () => {
    const node = await start();
    await node.overlay.stop();
    expect(await codeOf(node.overlay.restart(never))).toBe('stopped');
    expect(await node.overlay.details(never)).toMatchObject({ own: false, since: null, traffic: null, library: null });
  });

  test('that is started anew gets new handles: context, open records and watches', async () => {
    const node = await start();
    const record = { key: `VLD0:${'k'.repeat(43)}:${'e'.repeat(43)}`, writer: `VLD0:${'p'.repeat(43)}:${'s'.repeat(43)}` };
    node.on('GetDhtValue', () => ({ value: null }));
    node.on('InspectDhtRecord', () => ({ value: { subkeys: [[0, 15]], offline_subkeys: [], local_seqs: [], network_seqs: [] } }));
    const watching = new AbortController();
    await node.overlay.records?.watch(record.key, () => undefined, watching.signal);
    await node.overlay.records?.resolve(record.key, 0, never);
    const before = { context: asked(node, 'NewRoutingContext'), open: asked(node, 'OpenDhtRecord'), watch: asked(node, 'WatchDhtValues') };
    expect(before).toEqual({ context: 1, open: 1, watch: 1 });
    node.hangUp();
    await expect.poll(() => asked(node, 'WatchDhtValues'), { timeout: 10_000 }).toBe(2);
    expect(asked(node, 'NewRoutingContext')).toBe(2);
    expect(asked(node, 'OpenDhtRecord')).toBe(2);
    watching.abort();
  });
});
