/** From the start of the process to a page that shows the last read buffer; memory of the core. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { mkdir, writeFile } from 'node:fs/promises';
import { profilePaths } from '../../src/core/profile.ts';
import { openStore } from '../../src/store/store.ts';
import * as v from 'valibot';
import { MessageId, ServerName } from '../../src/contract/ids.ts';
import { chromiumArgs, chromiumPath } from '../support/chromium.ts';
import { quantile, round, type Figure } from './figures.ts';

const LINES = 5_000;
const RUNS = 5;
const entry = fileURLToPath(new URL('../../src/host/serve/main.ts', import.meta.url));

/** A profile with one channel of many lines. */
async function prepare(directory: string): Promise<void> {
  const paths = profilePaths(directory, {});
  await mkdir(join(directory, 'config'), { recursive: true });
  await writeFile(
    paths.configFile,
    '[servers.lab]\nserver = "127.0.0.1"\nport = 9\nnickname = "me"\nautoconnect = false\n[veilid]\nenabled = false\n',
  );
  const { store } = await openStore({ dataDirectory: paths.dataDirectory, stateDirectory: paths.stateDirectory });
  const server = v.parse(ServerName, 'lab');
  const buffer = await store.openBuffer({ kind: 'channel', server, contact: null, key: '#bench', name: '#bench' });
  const lines = Array.from({ length: LINES }, (_, index) => ({
    message: {
      id: v.parse(MessageId, index + 1),
      buffer: buffer.id,
      time: 1_700_000_000_000 + index * 1_000,
      kind: 'privmsg' as const,
      from: `nick${index % 40}`,
      text: `line ${index} of a channel in which people talk about this and that`,
      subject: null,
      self: false,
      highlight: false,
      receipt: null,
    },
    msgid: null,
  }));
  for (let at = 0; at < lines.length; at += 1_000) await store.appendIrc(lines.slice(at, at + 1_000));
  await store.close();
}

export async function benchStart(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });
  const floorPage = await browser.newPage();
  const floorBegin = performance.now();
  await floorPage.goto('data:text/html,<h1>floor</h1>');
  const floor = performance.now() - floorBegin;
  await floorPage.close();
  const times: number[] = [];
  const listening: number[] = [];
  let rss = 0;
  try {
    await prepare(directory);
    for (let run = 0; run <= RUNS; run += 1) {
      const begin = performance.now();
      const child = spawn(process.execPath, [entry, '--profile', directory, '--no-open'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const url = await new Promise<string>((resolve, reject) => {
        createInterface({ input: child.stdout }).on('line', (line) => {
          if (line.startsWith('http://')) resolve(line);
        });
        child.once('exit', () => {
          reject(new Error('the host ended'));
        });
      });
      const listeningAt = performance.now() - begin;
      const page = await browser.newPage();
      await page.goto(url);
      await page.getByRole('button', { name: /^#bench/ }).click();
      await page.getByText(`line ${LINES - 1} of a channel`).waitFor();
      const usable = performance.now() - begin;
      // The first run fills the compile cache.
      if (run > 0) {
        times.push(usable);
        listening.push(listeningAt);
      }
      const status = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8');
      rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      await page.close();
      child.kill('SIGINT');
      await new Promise((done) => child.once('exit', done));
    }
  } finally {
    await browser.close();
    await rm(directory, { recursive: true, force: true });
  }
  return [
    {
      name: 'start: process to shown last lines, median',
      value: round(quantile(times, 0.5)),
      unit: 'ms',
      aim: '<= 1800',
      beside: `empty page alone ${round(floor)} ms`,
    },
    { name: 'start: process to address printed, median', value: round(quantile(listening, 0.5)), unit: 'ms' },
    { name: 'core memory (RSS) with one channel open', value: round(rss), unit: 'MB', aim: '<= 150' },
  ];
}
