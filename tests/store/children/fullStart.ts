/**
 * Opens a profile on a small disk that is full or read-only, and one whose key file is read then. Arguments: folder, kind. Prints one JSON object.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, readKeyFile, StoreError, writeKeyFile } from '../../../src/store/store.ts';

const [folder = '', kind = ''] = process.argv.slice(2);
const directories = { dataDirectory: join(folder, 'data'), stateDirectory: join(folder, 'state') };
const told = (error: unknown): { code: string; message: string } =>
  error instanceof StoreError ? { code: error.code, message: error.message } : { code: 'other', message: String(error) };
const attempt = async (): Promise<unknown> => {
  try {
    await (await openStore(directories)).store.close();
    return 'opened';
  } catch (error) {
    return told(error).code;
  }
};
const change = (): unknown => {
  const file = readKeyFile(directories.stateDirectory);
  if (file.kind !== 'plain') return file.kind;
  try {
    writeKeyFile(directories.stateDirectory, { kind: 'plain', key: file.key });
    return 'written';
  } catch (error) {
    return told(error);
  }
};
const ballast = join(folder, 'ballast');
const fill = (): void => {
  try {
    for (;;) writeFileSync(ballast, new Uint8Array(512), { flag: 'a' });
  } catch {
    // full
  }
};
const mount = (how: 'ro' | 'rw'): void => {
  execFileSync('mount', ['-o', `remount,${how}`, folder]);
};

const report: Record<string, unknown> = {};
if (kind === 'full') fill();
else mount('ro');
report['fresh'] = await attempt();
if (kind === 'full') rmSync(ballast);
else mount('rw');
report['withRoom'] = await attempt();
if (kind === 'full') fill();
else mount('ro');
report['change'] = change();
report['keyFile'] = readKeyFile(directories.stateDirectory).kind;
if (kind === 'full') rmSync(ballast);
else mount('rw');
report['changeWithRoom'] = change();
report['again'] = await attempt();
process.stdout.write(JSON.stringify(report));
