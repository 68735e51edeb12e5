/**
 * `npm run chaos [-- --messages N --seed S --minutes M --kills K --keep]`: the chaos run in its long form, 1,000 messages each way. The seed
 * repeats the choice of texts, faults and commit points; what the network does in between is its own. The last line is
 * `delivered D of N, lost L, twice T, clear C`; exit code 0 only when all were delivered, none lost, doubled or in clear.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChaos } from './run.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    minutes: { type: 'string', default: '90' },
    kills: { type: 'string', default: '40' },
    keep: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => {
  console.log(line);
};
const directory = await mkdtemp(join(tmpdir(), 'sotto-chaos-'));
say(`seed ${values.seed}`);
const result = await runChaos({
  directory,
  seed: values.seed,
  messages: Number(values.messages),
  maxKills: Number(values.kills),
  limitMs: Number(values.minutes) * 60_000,
  routeDeathEvery: 60,
  nodeDeathEvery: 200,
  log: say,
});
for (const line of [...result.story, ...result.problems.map((problem) => `problem: ${problem}`)]) say(line);
if (values.keep) await writeFile(join(directory, 'result.json'), JSON.stringify(result));
else await rm(directory, { recursive: true, force: true });
say(`${result.seconds} s, seed ${values.seed}${values.keep ? `, kept in ${directory}` : ''}`);
say(`delivered ${result.delivered} of ${result.total}, lost ${result.lost}, twice ${result.twice}, clear ${result.clear}`);
const good = result.delivered === result.total && result.lost + result.twice + result.clear === 0 && result.problems.length === 0;
process.exit(good ? 0 : 1);
