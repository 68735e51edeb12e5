/** One side of the field test: a whole headless Sotto that is measured while it talks to another one. */
import { arch, platform } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { BufferId, ContactId } from '../../src/contract/ids.ts';
import type { Client } from '../../src/contract/rpc/client.ts';
import { quantile } from '../bench/figures.ts';
import { spawnHeadless, type HostOptions } from '../support/headless.ts';

export interface FieldOptions {
  host: HostOptions;
  /** What the other one printed; null prints what the other one needs. */
  invite: string | null;
  texts: number;
  /** Between two texts, and before the last ones. */
  everyMs: number;
  idleMs: number;
  /** The longest wait for any one thing. */
  patienceMs: number;
  say: (line: string) => void;
  /** Gets the invite. */
  show: (invite: string) => void;
}

/** Times in milliseconds; null: it did not happen in time. */
interface Report {
  role: 'invited' | 'inviting';
  toRoute: number | null;
  firstContact: number | null;
  texts: (number | null)[];
  restart: { toRoute: number | null; toDelivered: number | null };
  afterIdle: (number | null)[];
  heard: number;
  twice: number;
  peers: number | null;
  version: string;
}

const STEP_MS = 50;
const IDLE_TEXTS = 5;
/** Beginnings of the texts. */
const TEXT = 'field text';
const BACK = 'field: I was restarted';

/** Milliseconds until `check` holds, or null after `patience`. */
async function after(check: () => Promise<boolean>, patience: number): Promise<number | null> {
  const begin = performance.now();
  while (performance.now() - begin < patience) {
    if (await check().catch(() => false)) return performance.now() - begin;
    await pause(STEP_MS);
  }
  return null;
}

export async function talk(options: FieldOptions): Promise<string> {
  const { invite, say, patienceMs } = options;
  let sotto = await spawnHeadless(options.host);
  const client = (): Client => sotto.client;
  const hasRoute = async (): Promise<boolean> => (await client().call('route.get', {})).text !== '';
  say('Starting Veilid ...');
  const toRoute = await after(hasRoute, patienceMs);
  if (toRoute === null) throw new Error('There is no route: is the network reachable?');
  const only = async (): Promise<{ id: ContactId; sure: boolean } | null> => {
    const [contact] = (await client().call('app.snapshot', {})).contacts;
    if (!contact) return null;
    return { id: contact.id, sure: ['not-verified', 'invite-pinned', 'verified'].includes(contact.shield) && !contact.waiting };
  };
  if (invite === null) options.show((await client().call('invite.create', {})).text);
  else await client().call('contact.connect', { text: invite });
  const isSure = async (): Promise<boolean> => (await only())?.sure === true;
  const met = await after(isSure, invite === null ? Number.POSITIVE_INFINITY : patienceMs);
  if (met === null) throw new Error('The other side did not answer.');
  say('Connected. The rest goes by itself; leave both windows open.');

  const buffer = async (): Promise<BufferId> => {
    const contact = await only();
    if (!contact) throw new Error('the contact is gone');
    return (await client().call('contact.open', { contact: contact.id })).buffer;
  };
  const lines = async () => (await client().call('buffer.page', { buffer: await buffer(), before: null, limit: 200 })).messages;
  /** Says something; how long until it is delivered. */
  const deliver = async (text: string): Promise<number | null> => {
    await client().call('buffer.input', { buffer: await buffer(), text });
    const delivered = async (): Promise<boolean> =>
      (await lines()).some((line) => line.self && line.text === text && ['delivered', 'read'].includes(line.receipt?.state ?? ''));
    return after(delivered, patienceMs);
  };
  const series = async (name: string, count: number): Promise<(number | null)[]> => {
    const times: (number | null)[] = [];
    for (let number = 0; number < count; number += 1) {
      times.push(await deliver(`${TEXT} ${name} ${number} `.padEnd(1_024, '.')));
      await pause(options.everyMs);
    }
    return times;
  };
  const texts = await series('first', options.texts);

  const otherIsBack = (): Promise<number | null> =>
    after(async () => (await lines()).some((line) => !line.self && line.text === BACK), patienceMs);
  const restart = async (): Promise<Report['restart']> => {
    say('Restarting this side ...');
    await sotto.stop();
    const begin = performance.now();
    sotto = await spawnHeadless({ ...options.host });
    const route = await after(hasRoute, patienceMs);
    const delivered = await deliver(BACK);
    return { toRoute: route, toDelivered: delivered === null ? null : performance.now() - begin };
  };
  // one after the other: the invited side first
  if (invite === null) await otherIsBack();
  const restarted = await restart();
  if (invite !== null) await otherIsBack();

  say(`Saying nothing for ${Math.round(options.idleMs / 1_000)} s ...`);
  await pause(options.idleMs);
  const afterIdle = await series('last', IDLE_TEXTS);
  const expected = options.texts + IDLE_TEXTS;
  const heard = async (): Promise<string[]> =>
    (await lines()).filter((line) => !line.self && line.text.startsWith(TEXT)).map((line) => line.text);
  await after(async () => new Set(await heard()).size >= expected, patienceMs);
  const all = await heard();
  const { node, version } = await client().call('app.snapshot', {});
  await sotto.stop();
  return write({
    role: invite === null ? 'inviting' : 'invited',
    toRoute,
    firstContact: invite === null ? null : met,
    texts,
    restart: restarted,
    afterIdle,
    heard: new Set(all).size,
    twice: all.length - new Set(all).size,
    peers: node.peers,
    version,
  });
}

const ms = (time: number | null): string =>
  time === null ? 'not in time' : time >= 10_000 ? `${(time / 1_000).toFixed(1)} s` : `${Math.round(time)} ms`;
const spread = (times: readonly (number | null)[]): string => {
  const known = times.filter((time) => time !== null);
  if (known.length === 0) return `none of ${times.length} delivered in time`;
  const [p50, p95, max] = [quantile(known, 0.5), quantile(known, 0.95), Math.max(...known)];
  return `p50 ${ms(p50)}, p95 ${ms(p95)}, longest ${ms(max)}; ${known.length} of ${times.length} delivered`;
};

/** What is pasted: times and counts. No address, no key, no name, no text. */
function write(report: Report): string {
  return [
    '--- Sotto field report',
    `Sotto ${report.version}, Node ${process.versions.node}, ${platform()} ${arch()}, ${new Date().toISOString().slice(0, 10)}`,
    `role: ${report.role}; peers at the end: ${report.peers ?? 'unknown'}`,
    `process start to first route: ${ms(report.toRoute)}`,
    `first contact by invite: ${report.role === 'invited' ? ms(report.firstContact) : 'see the other report'}`,
    `texts of 1 KiB, accepted to delivered: ${spread(report.texts)}`,
    `after a restart: route in ${ms(report.restart.toRoute)}, first text delivered in ${ms(report.restart.toDelivered)}`,
    `after a silence: ${spread(report.afterIdle)}`,
    `texts heard: ${report.heard}, of them twice: ${report.twice}`,
    '--- end of the report',
  ].join('\n');
}
