// needs: tcpdump
/** The short form of `npm run chaos`: the same faults and deaths, fewer texts. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runChaos } from '../chaos/run.ts';

const MESSAGES = 40;

test('every text arrives once and sealed, whatever is lost, late, doubled, out of order or killed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-chaos-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const seed = process.env['SOTTO_CHAOS_SEED'] ?? randomBytes(4).toString('hex');
  const log: string[] = [];
  const result = await runChaos({
    directory,
    seed,
    messages: MESSAGES,
    maxKills: 3,
    limitMs: 420_000,
    routeDeathEvery: 40,
    nodeDeathEvery: 120,
    log: (line) => {
      log.push(line);
    },
  });
  const said = `SOTTO_CHAOS_SEED=${seed}\n${[...log, ...result.story].join('\n')}`;
  expect(result.problems, said).toEqual([]);
  expect(result, said).toMatchObject({ total: 2 * MESSAGES, delivered: 2 * MESSAGES, lost: 0, twice: 0, clear: 0 });
});
