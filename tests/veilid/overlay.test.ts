import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOverlay } from '../overlay/compliance.ts';
import { labBinary, startLab } from '../support/veilid/lab.ts';
import { startApp } from '../support/veilid/app.ts';

describeOverlay('veilid', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sotto-lab-'));
  const lab = await startLab({ dir, binary: labBinary(), infra: 5 });
  const [a, b] = await Promise.all([startApp(lab, 0, dir), startApp(lab, 1, dir)]);
  const stop = async (): Promise<void> => {
    await Promise.all([a.stop(), b.stop()]);
    await lab.stop();
    rmSync(dir, { recursive: true });
  };
  return { a, b, stop };
});
