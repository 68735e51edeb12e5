/** Whole Sottos before a server in this process: drawn nick lists, a netsplit in the core, idling, memory. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { profilePaths } from '../../../src/core/profile.ts';
import { chromiumArgs, chromiumPath } from '../../support/chromium.ts';
import { spawnHeadless } from '../../support/headless.ts';
import { quantile, round, type Figure } from '../figures.ts';
import { residentMb } from '../idle.ts';
import { quits } from './lines.ts';
import { startBenchServer } from './server.ts';

const entry = fileURLToPath(new URL('../../../src/host/serve/main.ts', import.meta.url));
const bundler = fileURLToPath(new URL('../../../scripts/build-app.mjs', import.meta.url));
const RUNS = 3;
const PATIENCE_MS = 60_000;
const TICKS_PER_SECOND = 100;

/** The shortest pause between lines there is: what is measured is not Sotto's patience with servers. */
const PAUSE_MS = 100;
/** Then the next few lines leave at once. */
const REFILLED_MS = 8 * PAUSE_MS;
/** Between two looks; each costs the core a little. */
const LOOK_MS = 50;

const config = (port: number, servers: readonly { name: string; channels: readonly string[] }[]): string =>
  servers
    .map(
      ({ name, channels }) =>
        `[servers.${name}]\nserver = "127.0.0.1"\nport = ${port}\nuse_tls = false\nnickname = "me"\nanti_flood = ${PAUSE_MS}\nchannels = ${JSON.stringify(channels)}\n`,
    )
    .join('') + '[veilid]\nenabled = false\n';

async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await delay(LOOK_MS);
  }
}

/** Seconds of CPU a process has had, all threads together. */
function cpuSeconds(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((user ?? 0) + (system ?? 0)) / TICKS_PER_SECOND;
}

/** From the server's first byte of the join to the nick list on the screen, in milliseconds; a small channel is the floor. */
async function drawn(directory: string): Promise<Map<number, number>> {
  const sizes = [20, 2_000, 10_000];
  const server = await startBenchServer((channel) => Number(/^#u(\d+)/.exec(channel)?.[1] ?? 1));
  const home = join(directory, 'drawn');
  await mkdir(join(home, 'config'), { recursive: true });
  await writeFile(profilePaths(home, {}).configFile, config(server.port, [{ name: 'lab', channels: ['#start'] }]));
  const child = spawn(process.execPath, [entry, '--profile', home, '--no-open'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('http://')) resolve(line);
      });
      child.once('exit', () => {
        reject(new Error('the host ended'));
      });
    });
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByRole('button', { name: /^#start/ }).click();
    const times = new Map<number, number>();
    for (const size of sizes) {
      const samples: number[] = [];
      for (let run = 0; run < RUNS; run += 1) samples.push(await joinAndDraw(page, size + run));
      times.set(size, quantile(samples, 0.5));
    }
    return times;
  } finally {
    await browser.close();
    child.kill('SIGINT');
    await new Promise((done) => child.once('exit', done));
    server.close();
  }
}

/** `/join` in the composer; the channel opens, and its nick list tells how many there are: a number that no channel before had. */
async function joinAndDraw(page: Page, size: number): Promise<number> {
  const channel = `#u${size}`;
  await delay(REFILLED_MS);
  await page.getByRole('textbox', { name: /message/i }).fill(`/join ${channel}`);
  const begin = performance.now();
  await page.keyboard.press('Enter');
  // Looked for in each frame: Playwright's own waiting looks twice a second after a while.
  await page.waitForFunction(
    (label) => document.querySelector(`[aria-label="${label}"]`)?.textContent.includes('nick') === true,
    `${size + 1} people`,
    { polling: 'raf', timeout: PATIENCE_MS },
  );
  return performance.now() - begin;
}

const SPLIT_USERS = 5_000;
const SPLIT_CHANNELS = Array.from({ length: 20 }, (_unused, index) => `#c${index}`);
/** CPU time of the core's process, its store with it, from the first quit until every list is empty again. */
async function netsplit(directory: string): Promise<Figure> {
  const server = await startBenchServer(() => SPLIT_USERS, true);
  const home = join(directory, 'netsplit');
  const sotto = await spawnHeadless({ directory: home, config: config(server.port, [{ name: 'lab', channels: SPLIT_CHANNELS }]) });
  try {
    await until('all channels are joined', () => server.joined() === SPLIT_CHANNELS.length);
    const pid = sotto.process.pid ?? 0;
    const last = async (): Promise<number> => {
      const { buffers } = await sotto.client.call('app.snapshot', {});
      const buffer = buffers.find(({ name }) => name === SPLIT_CHANNELS.at(-1))?.id;
      return buffer === undefined ? 0 : (await sotto.client.call('buffer.members', { buffer })).members.length;
    };
    await until('everybody is there', async () => (await last()) > SPLIT_USERS);
    await delay(2_000);
    const [cpu, begin] = [cpuSeconds(pid), performance.now()];
    server.say(quits(SPLIT_USERS));
    await until('everybody is gone', async () => (await last()) <= 1);
    const wall = performance.now() - begin;
    return {
      name: `netsplit of ${SPLIT_USERS} quits in ${SPLIT_CHANNELS.length} channels, CPU of the whole core`,
      value: round((cpuSeconds(pid) - cpu) * 1_000),
      unit: 'ms',
      aim: '< 250',
      beside: `until the last list is empty ${round(wall)} ms`,
    };
  } finally {
    await sotto.stop();
    server.close();
  }
}

const NETWORKS = 20;
const PER_NETWORK = 50;
const USERS = 20_000;
const IDLE_MS = 30_000;
/** Many channels, with `users` in all of them together; what the core does then in a while, and what it holds. */
async function quiet(
  directory: string,
  networks: number,
  users: number,
  program?: string[],
): Promise<{ percent: number; megabytes: number }> {
  const server = await startBenchServer(() => users / networks / PER_NETWORK);
  const channels = Array.from({ length: PER_NETWORK }, (_unused, index) => `#room${index}`);
  const servers = Array.from({ length: networks }, (_unused, index) => ({ name: `net${index}`, channels }));
  const home = {
    directory: join(directory, `quiet${networks}${program === undefined ? '' : '-bundle'}`),
    config: config(server.port, servers),
    ...(program === undefined ? {} : { program }),
  };
  // The first run fills the compile cache.
  await (await spawnHeadless(home)).stop();
  const joined = server.joined();
  const sotto = await spawnHeadless(home);
  try {
    await until('all channels are joined', () => server.joined() === joined + networks * PER_NETWORK);
    await delay(5_000);
    const pid = sotto.process.pid ?? 0;
    const before = cpuSeconds(pid);
    await delay(IDLE_MS);
    return { percent: ((cpuSeconds(pid) - before) / (IDLE_MS / 1_000)) * 100, megabytes: residentMb(pid) };
  } finally {
    await sotto.stop();
    server.close();
  }
}

/** The program that runs everything, with nothing to run. */
async function bareNode(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 60000)'], { stdio: 'ignore' });
  await delay(1_000);
  const megabytes = residentMb(child.pid ?? 0);
  child.kill('SIGKILL');
  return megabytes;
}

async function idle(directory: string): Promise<Figure[]> {
  const many = await quiet(directory, NETWORKS, USERS);
  const one = await quiet(directory, 1, USERS);
  const none = await quiet(directory, 1, 0);
  // What packages install: one file instead of hundreds, and no types to strip.
  execFileSync(process.execPath, [bundler, '--out', join(directory, 'bundle'), '--hosts', 'headless'], { stdio: 'ignore' });
  const installed = await quiet(directory, 1, USERS, [join(directory, 'bundle', 'app', 'headless.js')]);
  return [
    { name: `${NETWORKS} networks x ${PER_NETWORK} channels, idle`, value: round(many.percent), unit: '% CPU', aim: '< 1' },
    {
      name: `core memory (RSS) as installed, with ${PER_NETWORK} channels and ${USERS} users`,
      value: round(installed.megabytes),
      unit: 'MB',
      aim: '< 150',
      beside: `as sources ${round(one.megabytes)} MB, bare Node ${round(await bareNode())} MB, without the users as sources ${round(none.megabytes)} MB, with ${NETWORKS * PER_NETWORK} channels on ${NETWORKS} networks ${round(many.megabytes)} MB`,
    },
  ];
}

export async function benchWhole(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const figures: Figure[] = [];
  const attempt = async (what: string, work: () => Promise<Figure[]>): Promise<void> => {
    try {
      figures.push(...(await work()));
    } catch (error) {
      console.log(`irc: ${what}: not measured: ${error instanceof Error ? error.message : 'unknown error'}`);
    }
  };
  try {
    await attempt('drawn nick lists', async () => {
      const times = await drawn(directory);
      const floor = times.get(20) ?? Number.NaN;
      return [[2_000, '< 100'] as const, [10_000, '< 300'] as const].map(([size, aim]) => ({
        name: `/join of a channel of ${size} users to its drawn list`,
        value: round(times.get(size) ?? Number.NaN),
        unit: 'ms',
        aim,
        beside: `of twenty ${round(floor)} ms`,
      }));
    });
    await attempt('netsplit', async () => [await netsplit(directory)]);
    await attempt('idle', () => idle(directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return figures;
}
