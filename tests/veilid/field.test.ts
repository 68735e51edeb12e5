/** The field test itself, short and on the isolated network: what two people would run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { talk } from '../field/talk.ts';
import { labBinary, startLab } from '../support/veilid/lab.ts';

test('two people are measured and get reports without addresses, keys or names', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-field-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const lab = await startLab({ dir: join(directory, 'lab'), binary: labBinary(), infra: 5 });
  onTestFinished(() => lab.stop());
  const shown = Promise.withResolvers<string>();
  const side = (index: number, invite: string | null): Promise<string> => {
    const { netns, networkOverrides } = lab.app(index);
    const node = { binary: labBinary(), netns, overrides: networkOverrides };
    return talk({
      host: { directory: join(directory, `side${index}`), config: '', node },
      invite,
      texts: 6,
      everyMs: 0,
      idleMs: 0,
      patienceMs: 60_000,
      say: () => undefined,
      show: shown.resolve,
    });
  };
  const inviting = side(0, null);
  const invite = await Promise.race([shown.promise, inviting]);
  const reports = await Promise.all([inviting, side(1, invite)]);
  for (const report of reports) {
    expect(report).toContain('6 of 6 delivered');
    expect(report).toContain('texts heard: 11, of them twice: 0');
    expect(report).not.toContain('not in time');
    for (const word of report.split(/\s+/)) expect(word).not.toMatch(/^(sotto:|VLD0:)|[A-Za-z0-9_-]{40}|\d+\.\d+\.\d+\.\d+/);
  }
});
