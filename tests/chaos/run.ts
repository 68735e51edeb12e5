/**
 * The chaos run: two whole Sottos over two real nodes of the isolated network, through proxies that lose, delay, double and
 * reorder what passes, kill routes and nodes, and with cores that are ended at their commit points. It ends when every text
 * stands in the other's history and is known to be delivered, or when its time is up.
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { labBinary, startLab } from '../support/veilid/lab.ts';
import { startCapture } from './capture.ts';
import { createPerson, type Person, type Told } from './person.ts';
import { createRandom } from './random.ts';
import { CALM, NO_DEATHS, ProxyReport } from './spec.ts';

export interface ChaosOptions {
  directory: string;
  seed: string;
  /** Texts each way. */
  messages: number;
  /** Ends of each core, at most. */
  maxKills: number;
  limitMs: number;
  routeDeathEvery: number;
  nodeDeathEvery: number;
  log: (line: string) => void;
}

export interface ChaosResult {
  total: number;
  delivered: number;
  lost: number;
  twice: number;
  clear: number;
  seconds: number;
  problems: string[];
  /** What was done to them, for people. */
  story: string[];
}

const REPORT_MS = 10_000;
/** After the last text was taken, faults go on for so long; then there is quiet, so that it can end. */
const CALM_AFTER_MS = 60_000;

/** Mostly short, some of a kilobyte, a few as long as a first text may be. */
function makeTexts(marker: string, name: string, count: number, seed: string): string[] {
  const random = createRandom(`${seed} texts ${name}`);
  const lengthOf = (): number => {
    const kind = random.below(100);
    if (kind < 80) return random.below(120);
    return kind < 98 ? 1_000 : 18_000;
  };
  return Array.from({ length: count }, (_, at) => `${marker} ${name} ${at} ${'x'.repeat(lengthOf())}`.trim());
}

const arrived = (state: string | undefined): boolean => state === 'delivered' || state === 'read';

interface Count {
  delivered: number;
  lost: number;
  twice: number;
  open: string[];
}

/** How the texts of one side fared. Lost is what was taken, never arrived, and does not wait any more either. */
function judge(texts: readonly string[], taken: ReadonlySet<string>, from: Told, to: Told): Count {
  let [delivered, lost, twice] = [0, 0, from.ownTwice];
  const open: string[] = [];
  for (const text of texts) {
    const times = to.theirs.get(text) ?? 0;
    const state = from.own.get(text);
    if (times === 0 && taken.has(text) && state !== 'queued' && state !== 'sent') lost += 1;
    if (times > 1) twice += 1;
    if (times > 0 && arrived(state)) delivered += 1;
    else open.push(`${text.slice(0, 30)} (${state ?? 'not taken'}, there ${times} times)`);
  }
  return { delivered, lost, twice, open };
}

/** Whether any file below holds the marker. */
async function holds(directory: string, marker: string): Promise<string | null> {
  for (const file of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (file.isFile() && (await readFile(join(file.parentPath, file.name))).includes(marker)) return file.name;
  }
  return null;
}

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { directory, seed, messages, log } = options;
  const began = Date.now();
  const marker = `needle-${seed}`;
  const reports = join(directory, 'reports');
  await mkdir(reports, { recursive: true });
  const lab = await startLab({ dir: join(directory, 'lab'), binary: labBinary(), infra: 5 });
  const capture = await startCapture(marker);
  const ended = new AbortController();
  // first contact: a route that dies before it was used is nobody's fault, and another one would have to be pasted
  writeFileSync(join(reports, NO_DEATHS), '');
  const make = (name: 'a' | 'b', index: number, route: (() => Promise<string>) | null): { person: Person; texts: string[] } => {
    const app = lab.app(index);
    const texts = makeTexts(marker, name, messages, seed);
    const proxy = {
      seed,
      name,
      directory: reports,
      marker,
      routeDeathEvery: options.routeDeathEvery,
      nodeDeathEvery: options.nodeDeathEvery,
    };
    const core = { binary: labBinary(), netns: app.netns, overrides: app.networkOverrides, proxy };
    const random = createRandom(`${seed} person ${name}`);
    const person = createPerson({ name, directory, seed, random, texts, core, maxKills: options.maxKills, route, log });
    return { person, texts };
  };
  const a = make('a', 0, null);
  const b = make('b', 1, () => a.person.ownRoute());
  const both = [a.person, b.person];
  const failure: { error: unknown } = { error: null };
  const running = Promise.all(both.map((person) => person.run(ended.signal))).catch((error: unknown) => {
    failure.error = error;
  });

  const quietly = async <T>(task: () => Promise<T>, otherwise: T): Promise<T> => task().catch(() => otherwise);
  const empty: Told = { own: new Map(), ownTwice: 0, theirs: new Map() };
  const count = async (): Promise<Count> => {
    const [fromA, fromB] = [await quietly(() => a.person.told(), empty), await quietly(() => b.person.told(), empty)];
    const [one, other] = [judge(a.texts, a.person.taken(), fromA, fromB), judge(b.texts, b.person.taken(), fromB, fromA)];
    return {
      delivered: one.delivered + other.delivered,
      lost: one.lost + other.lost,
      twice: one.twice + other.twice,
      open: [...one.open, ...other.open],
    };
  };
  const tell = async (): Promise<void> => {
    const now = await count();
    const words = await Promise.all(both.map(async (person) => `${person.name} ${await quietly(() => person.status(), 'away')}`));
    const lives = both.map((person) => `${person.taken().size} taken, ${person.lives()} lives`).join('; ');
    log(`${Math.round((Date.now() - began) / 1000)} s: ${now.delivered} of ${2 * messages} delivered; ${lives}; ${words.join(' / ')}`);
  };

  let connected = false;
  let takenAt: number | null = null;
  let toldAt = Date.now();
  while (failure.error === null && Date.now() - began < options.limitMs) {
    await pause(500);
    if (!connected) {
      connected = (await Promise.all(both.map((person) => quietly(() => person.isConnected(), false)))).every(Boolean);
      if (connected) rmSync(join(reports, NO_DEATHS));
    }
    const taken = both.every((person) => person.taken().size >= messages);
    if (taken && takenAt === null) {
      takenAt = Date.now();
      for (const person of both) person.spare();
      writeFileSync(join(reports, NO_DEATHS), '');
    }
    if (takenAt !== null && Date.now() - takenAt > CALM_AFTER_MS) writeFileSync(join(reports, CALM), '');
    if (taken && (await count()).delivered === 2 * messages) break;
    if (Date.now() - toldAt > REPORT_MS) {
      toldAt = Date.now();
      await tell();
    }
  }
  const final = await count();
  const memory = both.map((person) => quietly(() => Promise.resolve(person.memory()), 0));
  ended.abort();
  await running;
  const traffic = await capture.stop();
  await lab.stop();

  const problems: string[] = [];
  if (failure.error !== null) problems.push(failure.error instanceof Error ? failure.error.message : 'a core failed');
  if (final.open.length > 0) problems.push(`${final.open.length} open: ${final.open.slice(0, 10).join('; ')}`);
  const again = both.reduce((sum, person) => sum + person.shownAgain(), 0);
  if (again > 0) problems.push(`${again} lines were shown again`);
  if (!traffic.controlled) problems.push('the capture saw nothing');
  const logged = both.flatMap((person) => person.log()).filter((line) => line.includes(marker)).length;
  if (logged > 0) problems.push(`${logged} log lines hold a text`);
  for (const person of both) {
    const file = await holds(join(directory, person.name), marker);
    if (file !== null) problems.push(`${person.name} keeps a text in clear in ${file}`);
  }
  const sums = readdirSync(reports)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(join(reports, name), 'utf8'))
    .flatMap((text) => (text === '' ? [] : [v.parse(ProxyReport, JSON.parse(text))]));
  const faults = new Map<string, number>();
  for (const report of sums) for (const [name, times] of Object.entries(report.faults)) faults.set(name, (faults.get(name) ?? 0) + times);
  const sum = (pick: (report: ProxyReport) => number): number => sums.reduce((total, report) => total + pick(report), 0);
  const points = new Set(both.flatMap((person) => person.points()));
  return {
    total: 2 * messages,
    delivered: final.delivered,
    lost: final.lost,
    twice: final.twice + again,
    clear: traffic.found + sum((report) => report.clear),
    seconds: Math.round((Date.now() - began) / 1000),
    problems,
    story: [
      `faults: ${[...faults.values()].reduce((total, times) => total + times, 0)} in ${sum((report) => report.lines)} lines (${[...faults]
        .sort()
        .map(([name, times]) => `${name} ${times}`)
        .join(', ')})`,
      `routes killed: ${sum((report) => report.routesKilled)}; nodes killed: ${sum((report) => (report.nodeKilled ? 1 : 0))}; nodes started: ${sums.length}`,
      `cores killed: ${both.map((person) => person.points().length).join(' + ')}, at ${points.size} commit points: ${[...points].sort().join(', ')}`,
      `captured: ${Math.round(traffic.bytes / 1e6)} MB, ${traffic.missed} packets missed; core memory at the end: ${(await Promise.all(memory)).join(' and ')} MB`,
    ],
  };
}
