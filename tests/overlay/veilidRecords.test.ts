import { describe, expect, onTestFinished, test } from 'vitest';
import type { OverlayRecords } from '../../src/overlay/overlay.ts';
import { codeOf, twoAddresses } from './compliance.ts';
import { scriptNode, text, type ScriptedNode } from './scriptedNode.ts';

const never = new AbortController().signal;
const key = `VLD0:${'k'.repeat(43)}:${'e'.repeat(43)}`;
const record = { key, writer: `VLD0:${'p'.repeat(43)}:${'s'.repeat(43)}` };

async function start(prepare: (node: ScriptedNode) => void): Promise<{ node: ScriptedNode; records: OverlayRecords }> {
  const node = scriptNode();
  prepare(node);
  onTestFinished(() => node.overlay.stop());
  await node.overlay.start(never);
  await twoAddresses(node.overlay);
  const { records } = node.overlay;
  if (records === null) throw new Error('no records');
  return { node, records };
}
const count = (node: ScriptedNode, op: string): number => node.requests.filter((request) => request['rc_op'] === op).length;
const value = (seq: number, bytes: Uint8Array): { value: unknown } => ({ value: { seq, data: text(bytes), writer: 'VLD0:x' } });

describe('records on a node', () => {
  test('a write that the node calls done but kept no copy of was not stored, and is repeated', async () => {
    let copies = 0;
    const { node, records } = await start((script) => {
      script.on('GetDhtValue', () => {
        copies += 1;
        return copies < 3 ? value(0, Uint8Array.of(9)) : value(1, Uint8Array.of(1));
      });
    });
    await records.publish(record, 0, Uint8Array.of(1), never);
    expect(count(node, 'SetDhtValue')).toBe(3);
    node.on('GetDhtValue', () => ({ value: null }));
    expect(await codeOf(records.publish(record, 0, Uint8Array.of(2), never))).toBe('tryAgain');
  });

  test('a reader that was away asks for the numbers of the slots it knows and for one slot beyond', async () => {
    const written = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];
    const { node, records } = await start((script) => {
      script.on('GetDhtValue', (request) => {
        const bytes = written[Number(request['subkey'])];
        return bytes === undefined ? { value: null } : value(4, bytes);
      });
      script.on('InspectDhtRecord', () => {
        const seqs = [4, 4];
        return { value: { subkeys: [], offline_subkeys: [], local_seqs: seqs, network_seqs: seqs } };
      });
    });
    await records.resolve(key, 0, never);
    await records.resolve(key, 1, never);
    const before = node.requests.length;
    written.push(Uint8Array.of(4));
    expect(await records.news(key, never)).toEqual([2, 3]);
    const asked = node.requests.slice(before);
    expect(asked.filter((request) => request['rc_op'] === 'InspectDhtRecord').map((request) => request['subkeys'])).toEqual([[[0, 1]]]);
    expect(asked.filter((request) => request['rc_op'] === 'GetDhtValue').map((request) => request['subkey'])).toEqual([2, 3, 4]);
  });

  test('a notice about slots that no record of ours has is read over', async () => {
    const { node, records } = await start((script) => {
      script.on('InspectDhtRecord', () => ({ value: { local_seqs: [], network_seqs: [] } }));
    });
    const slots: number[] = [];
    await records.watch(
      key,
      (slot) => {
        slots.push(slot);
      },
      AbortSignal.timeout(60_000),
    );
    node.say({ type: 'Update', kind: 'ValueChange', key, subkeys: [[14, 4_000_000_000]], count: 9, value: null });
    await expect.poll(() => slots).toEqual([14, 15]);
  });
});
