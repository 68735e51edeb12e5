/** Private messages over the isolated Veilid network, beside bare AppCalls of the same packet size in the same run. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BufferId, MessageId } from '../../src/contract/ids.ts';
import { MAX_UNDER_WAY } from '../../src/core/dm/pass.ts';
import { createVeilidOverlay, type VeilidOverlay } from '../../src/overlay/veilid/veilid.ts';
import { spawnHeadless, type Host } from '../support/headless.ts';
import { labBinary, startLab, type Lab } from '../support/veilid/lab.ts';
import { quantile, round, timed, type Figure } from './figures.ts';
import { measureIdle, residentMb } from './idle.ts';
import { costOfText } from './sealed.ts';

const TEXT = 'x'.repeat(1_024);
const MESSAGES = 100;
/** A program that talks has done so before: what comes first runs code that is not compiled yet, on either side of the comparison. */
const WARM = 100;
const PIPELINED = 200;
/** First hops that are killed, one a run; the network keeps enough others. */
const DEATHS = 4;
const INFRASTRUCTURE = 5 + DEATHS;
const PATIENCE_MS = 60_000;
/** Above this load a figure says nothing about Sotto. */
const CALM_LOAD = 1;

/** Idle means idle: the conversation of a moment ago would go on with dummies. */
const UNCOVERED = '[direct_messages]\ncover_traffic = "off"\n';

type Sotto = Host & { client: Awaited<ReturnType<typeof spawnHeadless>>['client'] };

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
  await overlay.start(AbortSignal.timeout(PATIENCE_MS));
  while (overlay.addresses().length === 0) await delay(20);
  return overlay;
}

interface Bare {
  /** Milliseconds of each call, one after another. */
  calls: number[];
  /** Calls a second, MAX_UNDER_WAY at a time. */
  perSecond: number;
}

async function bareCalls(lab: Lab, directory: string, bytes: number): Promise<Bare> {
  const [a, b] = await Promise.all([startBare(lab, 2, join(directory, 'bare-a')), startBare(lab, 3, join(directory, 'bare-b'))]);
  b.onDatagram(() => Promise.resolve(new Uint8Array(32)));
  const to = b.addresses()[0];
  if (!to) throw new Error('no address');
  const packet = new Uint8Array(bytes).fill(7);
  const call = (): Promise<Uint8Array> => a.send(to.bytes, packet, AbortSignal.timeout(20_000));
  const calls = await timed(MESSAGES, WARM, call);
  let left = PIPELINED;
  const begin = performance.now();
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: MAX_UNDER_WAY }, worker));
  const perSecond = PIPELINED / ((performance.now() - begin) / 1_000);
  await Promise.all([a.stop(), b.stop()]);
  return { calls, perSecond };
}

/** Tells when own lines of a buffer are delivered, whichever is heard first. */
function deliveries(sotto: Sotto): { count(): number; next(): Promise<void> } {
  const seen = new Set<MessageId>();
  let waiting: (() => void) | null = null;
  sotto.client.onEvent((event) => {
    if (event.name !== 'receipt' || !['delivered', 'read'].includes(event.payload.receipt.state)) return;
    if (seen.has(event.payload.message)) return;
    seen.add(event.payload.message);
    waiting?.();
  });
  return {
    count: () => seen.size,
    next: () =>
      new Promise((resolve) => {
        waiting = resolve;
      }),
  };
}

/** Milliseconds from the accepted call to the receipt. */
async function sayAndWait(sotto: Sotto, buffer: BufferId, delivered: ReturnType<typeof deliveries>): Promise<void> {
  const next = delivered.next();
  await sotto.client.call('buffer.input', { buffer, text: TEXT });
  await next;
}

/** Kills the node that the receiver's newest route begins at, which the lab's node list tells by its address in the blob. */
function killFirstHop(lab: Lab, blob: Buffer, dead: Set<number>): boolean {
  for (let index = 0; index < lab.infra; index += 1) {
    const address = Buffer.from([192, 31, 196, index + 2]);
    if (dead.has(index) || (!blob.includes(address) && !blob.includes(Buffer.from(address.toReversed())))) continue;
    dead.add(index);
    return lab.kill('infra', index);
  }
  return false;
}

async function recoveries(lab: Lab, from: Sotto, to: Sotto, buffer: BufferId, delivered: ReturnType<typeof deliveries>): Promise<number[]> {
  const times: number[] = [];
  const dead = new Set<number>();
  for (let run = 0; run < DEATHS; run += 1) {
    const { routes } = (await to.client.call('app.snapshot', {})).node;
    const killed = routes.some(({ text }) => killFirstHop(lab, Buffer.from(text, 'base64url'), dead));
    if (!killed) break;
    const begin = performance.now();
    await sayAndWait(from, buffer, delivered);
    times.push(performance.now() - begin);
    // until two routes by other nodes are announced again
    const before = new Set(routes.map(({ text }) => text));
    const end = Date.now() + PATIENCE_MS / 4;
    for (;;) {
      const now = (await to.client.call('app.snapshot', {})).node.routes;
      if (Date.now() > end || (now.length > 1 && now.some(({ text }) => !before.has(text)))) break;
      await delay(100);
    }
    await sayAndWait(from, buffer, delivered);
  }
  return times;
}

/** The node of app `index`: the largest process of its namespace. */
const nodePid = (lab: Lab, index: number): number => {
  const pids = execFileSync('ip', ['netns', 'pids', lab.app(index).netns.replace(/^.*\//, '')], { encoding: 'utf8' });
  return Number(pids.trim().split('\n').at(-1) ?? 0);
};

export async function benchMessages(): Promise<Figure[]> {
  const [load = 0] = loadavg();
  const directory = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const cost = await costOfText(TEXT);
  const lab = await startLab({ dir: join(directory, 'lab'), binary: labBinary(), infra: INFRASTRUCTURE });
  try {
    const bare = await bareCalls(lab, directory, cost.packetBytes);
    const node = (index: number) => ({ binary: labBinary(), netns: lab.app(index).netns, overrides: lab.app(index).networkOverrides });
    const started = performance.now();
    const [a, b] = await Promise.all([
      spawnHeadless({ directory: join(directory, 'a'), config: UNCOVERED, node: node(0) }),
      spawnHeadless({ directory: join(directory, 'b'), config: UNCOVERED, node: node(1) }),
    ]);
    const { text } = await a.client.call('route.get', {});
    const routeAfter = performance.now() - started;
    await b.client.call('route.get', {});
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
    const delivered = deliveries(b);
    const samples = await timed(MESSAGES, WARM, () => sayAndWait(b, buffer, delivered));
    const before = delivered.count();
    const begin = performance.now();
    await Promise.all(Array.from({ length: PIPELINED }, () => b.client.call('buffer.input', { buffer, text: TEXT })));
    while (delivered.count() < before + PIPELINED) await delay(2);
    const perSecond = PIPELINED / ((performance.now() - begin) / 1_000);

    const idle = await measureIdle(b.process.pid ?? 0, `h${lab.app(1).netns.replace(/^.*n/, '')}`);
    const memory = { node: residentMb(nodePid(lab, 1)), core: residentMb(b.process.pid ?? 0) };
    const recovery = await recoveries(lab, b, a, buffer, delivered);
    await Promise.all([a.stop(), b.stop()]);

    const p50 = quantile(samples, 0.5);
    const floor = quantile(bare.calls, 0.5) + cost.seal + cost.open + 2 * cost.commit;
    const busy = load > CALM_LOAD ? `; BUSY: load ${round(load)} before the start` : '';
    const figure = (name: string, value: number, unit: string, aim = '', beside = ''): Figure => ({
      name,
      value: round(value),
      unit,
      ...(aim === '' ? {} : { aim }),
      beside: `${beside}${busy}`.replace(/^; /, ''),
    });
    return [
      figure(
        `bare AppCall of ${cost.packetBytes} bytes, p50`,
        quantile(bare.calls, 0.5),
        'ms',
        '',
        `p95 ${round(quantile(bare.calls, 0.95))} ms`,
      ),
      figure(
        'bare AppCall + seal + open + two durable commits, p50',
        floor,
        'ms',
        '',
        `seal ${round(cost.seal)}, open ${round(cost.open)}, commit ${round(cost.commit)} ms`,
      ),
      figure('text of 1 KiB, accepted to delivered, p50', p50, 'ms', '', `${round(p50 / quantile(bare.calls, 0.5))} x bare AppCall`),
      figure('text of 1 KiB, accepted to delivered, p95', quantile(samples, 0.95), 'ms'),
      figure('the same p50, beside bare + seal + open + commits', p50 / floor, 'x', '<= 1.25'),
      figure('bare AppCalls a second, pipelined', bare.perSecond, '/s', '', `${MAX_UNDER_WAY} under way`),
      figure('texts a second for a contact, pipelined', perSecond, '/s', '>= 0.6 x bare', `${round(perSecond / bare.perSecond)} x bare`),
      figure('process start to first own route', routeAfter, 'ms'),
      figure('first contact by bare route, until both are sure', firstContact, 'ms'),
      figure(`delivery after the death of a first hop, p50 of ${recovery.length}`, quantile(recovery, 0.5), 'ms', '<= 2000'),
      figure('delivery after the death of a first hop, p95', quantile(recovery, 0.95), 'ms', '<= 12000', recovery.map(round).join(', ')),
      figure('node memory (RSS)', memory.node, 'MB', '', `core ${round(memory.core)} MB`),
      figure('idle traffic of a node with one contact, no cover traffic', idle.bytesPerHour / 1e6, 'MB/h'),
      figure('voluntary context switches of the idle core, main thread', idle.main, '/s', '< 1', `all threads ${round(idle.all)}`),
    ];
  } finally {
    await lab.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
