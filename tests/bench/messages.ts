/** A private message from accepted to delivered over the isolated Veilid network, beside a bare AppCall of the same size. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createVeilidOverlay, type VeilidOverlay } from '../../src/overlay/veilid/veilid.ts';
import { labBinary, startLab, type Lab } from '../support/veilid/lab.ts';
import { spawnHeadless } from '../support/headless.ts';
import { quantile, round, timed, type Figure } from './figures.ts';

const PACKET_BYTES = 4_096;
const MESSAGES = 60;

async function startBare(lab: Lab, index: number, directory: string): Promise<VeilidOverlay> {
  const { command, networkOverrides } = lab.app(index);
  const overlay = createVeilidOverlay({
    source: {
      kind: 'process',
      binary: labBinary(),
      command,
      networkOverrides,
      configDirectory: join(directory, 'config'),
      storageDirectory: join(directory, 'storage'),
      namespace: '',
      devicePassword: 'bench',
    },
  });
  await overlay.start(AbortSignal.timeout(60_000));
  while (overlay.addresses().length === 0) await delay(50);
  return overlay;
}

async function bareCalls(lab: Lab, directory: string): Promise<number[]> {
  const [a, b] = await Promise.all([startBare(lab, 2, join(directory, 'bare-a')), startBare(lab, 3, join(directory, 'bare-b'))]);
  b.onDatagram(() => Promise.resolve(new Uint8Array(32)));
  const to = b.addresses()[0];
  if (!to) throw new Error('no address');
  const packet = new Uint8Array(PACKET_BYTES).fill(7);
  const samples = await timed(MESSAGES, 5, () => a.send(to.bytes, packet, AbortSignal.timeout(20_000)));
  await Promise.all([a.stop(), b.stop()]);
  return samples;
}

export async function benchMessages(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const lab = await startLab({ dir: join(directory, 'lab'), binary: labBinary(), infra: 5 });
  try {
    const bare = await bareCalls(lab, directory);
    const node = (index: number) => ({ binary: labBinary(), netns: lab.app(index).netns, overrides: lab.app(index).networkOverrides });
    const started = performance.now();
    const [a, b] = await Promise.all([
      spawnHeadless({ directory: join(directory, 'a'), node: node(0) }),
      spawnHeadless({ directory: join(directory, 'b'), node: node(1) }),
    ]);
    const { text } = await a.client.call('route.get', {});
    const routeAfter = performance.now() - started;
    const contactBegin = performance.now();
    const { buffer } = await b.client.call('contact.connect', { text });
    for (;;) {
      const request = (await a.client.call('app.snapshot', {})).requests[0];
      if (request) {
        await a.client.call('contact.accept', { contact: request.contact });
        break;
      }
      await delay(10);
    }
    while ((await b.client.call('app.snapshot', {})).contacts[0]?.shield !== 'not-verified') await delay(10);
    const firstContact = performance.now() - contactBegin;

    await b.client.call('buffers.show', { buffers: [buffer] });
    let arrived: (() => void) | null = null;
    b.client.onEvent((event) => {
      if (event.name === 'receipt' && event.payload.receipt.state === 'delivered') arrived?.();
    });
    const samples = await timed(MESSAGES, 5, async () => {
      const delivered = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      await b.client.call('buffer.input', { buffer, text: 'x'.repeat(640) });
      await delivered;
    });
    await Promise.all([a.stop(), b.stop()]);
    const p50 = quantile(bare, 0.5);
    return [
      { name: 'bare AppCall of 4 KiB, p50 / p95', value: round(p50), unit: 'ms', beside: `p95 ${round(quantile(bare, 0.95))} ms` },
      {
        name: 'private message, accepted to delivered, p50',
        value: round(quantile(samples, 0.5)),
        unit: 'ms',
        aim: '<= 1.5 x (bare + seal + open + 2 commits)',
        beside: `${round(quantile(samples, 0.5) / p50)} x bare AppCall`,
      },
      { name: 'private message, accepted to delivered, p95', value: round(quantile(samples, 0.95)), unit: 'ms' },
      { name: 'process start to first own route', value: round(routeAfter), unit: 'ms' },
      { name: 'first contact by bare route, until both are certain', value: round(firstContact), unit: 'ms' },
    ];
  } finally {
    await lab.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
