/**
 * The nodes of `testnet.mjs up`: `node labServer.ts STATE`, inside the isolated network. It writes to the file STATE what it is
 * doing ({pid, phase, text}) and runs until SIGTERM.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labBinary, startLab } from './lab.ts';

const INFRASTRUCTURE = 5;

const [, , state = ''] = process.argv;
const tell = (phase: 'starting' | 'up' | 'failed', text: string): void => {
  writeFileSync(state, JSON.stringify({ pid: process.pid, phase, text }), { mode: 0o600 });
};
const dir = mkdtempSync(join(tmpdir(), 'sotto-testnet-'));
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
});
tell('starting', 'The nodes are starting.');
try {
  const lab = await startLab({ dir, binary: labBinary(), infra: INFRASTRUCTURE, stand: true });
  tell('up', `1 bootstrap node and ${INFRASTRUCTURE} infrastructure nodes`);
  // a promise alone does not keep a process running
  const awake = setInterval(() => undefined, 60_000);
  await asked;
  clearInterval(awake);
  await lab.stop();
  rmSync(state, { force: true });
} catch (error) {
  tell('failed', error instanceof Error ? error.message : 'The nodes did not start.');
  process.exitCode = 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exit();
