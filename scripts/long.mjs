// npm run long: what takes too long for every push. Plain JavaScript, no packages.
//
//   npm run long                      everything: about four hours on two cores
//   npm run long -- model schedules   some parts
//
// The last line is "N passed, N failed"; exit code 0 only if all passed.
import path from 'node:path';
import { install, lockedNode, oneAtATime, root, run, runMain } from './set-up.mjs';

const say = (line) => console.log(line);
const testnet = path.join(root, 'scripts', 'testnet.mjs');
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
/** Of one part; vitest is told to wait longer than that. */
const LONGEST_MS = 6 * 3_600_000;

/** What each part runs, and with which settings. */
const parts = {
  model: { args: [path.join(root, 'scripts', 'model.mjs')], env: {} },
  schedules: { args: [vitest, 'run', '--project', 'pq', 'tests/pq/schedules.test.ts'], env: { SOTTO_SCHEDULES: '50000' } },
  fuzz: {
    args: [vitest, 'run', '--project', 'pq', 'tests/pq/fuzz/fuzz.test.ts'],
    env: { SOTTO_FUZZ_SECONDS: '3600', SOTTO_FUZZ_SEED: `${Date.now()}` },
  },
  'irc-fuzz': {
    args: [vitest, 'run', '--project', 'irc', 'tests/irc/fuzz/engine.test.ts'],
    env: { SOTTO_FUZZ_SECONDS: '3600', SOTTO_FUZZ_SEED: `${Date.now()}` },
  },
  chaos: { args: [testnet, 'run', '--', 'node', path.join(root, 'tests', 'chaos', 'chaos.ts')], env: {} },
  many: {
    args: [testnet, 'run', '--', 'node', vitest, 'run', '--project', 'veilid', 'tests/veilid/many.test.ts'],
    env: { SOTTO_PEOPLE: '100' },
  },
};

await runMain(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) {
    console.error(`There is no part "${unknown}"; there are ${Object.keys(parts).join(', ')}.`);
    return 1;
  }
  await oneAtATime(say, () => install(say));
  let failed = 0;
  const chosen = Object.entries(parts).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  for (const [name, { args, env }] of chosen) {
    const begin = Date.now();
    say(`=== ${name}`);
    const more = args.includes(vitest) ? [`--testTimeout=${LONGEST_MS}`, '--retry=0'] : [];
    const code = await run(lockedNode(), [...args, ...more], { env: { ...process.env, ...env } });
    say(`${name}: ${code === 0 ? 'passed' : `failed (${code})`} in ${Math.round((Date.now() - begin) / 1000)} s`);
    if (code !== 0) failed += 1;
  }
  say(`${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
