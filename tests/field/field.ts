/** `npm run field-test [-- INVITE]`: see docs/FIELD-TEST.md. The profile is made for the test and deleted with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { talk } from './talk.ts';

const MINUTE_MS = 60_000;
const [, , invite = null] = process.argv;
const directory = await mkdtemp(join(tmpdir(), 'sotto-field-'));
const say = (line: string): void => {
  console.log(line);
};
try {
  const report = await talk({
    host: { directory, config: '', program: [fileURLToPath(new URL('../../src/host/headless/main.ts', import.meta.url))] },
    invite,
    texts: 60,
    everyMs: 1_000,
    idleMs: 4 * MINUTE_MS,
    patienceMs: 2 * MINUTE_MS,
    say,
    show: (text) => {
      say(`Send this to the other person over any channel; it works once:\n\n  npm run field-test -- ${text}\n`);
    },
  });
  say(report);
} catch (error) {
  say(error instanceof Error ? error.message : 'The test failed.');
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.exit();
