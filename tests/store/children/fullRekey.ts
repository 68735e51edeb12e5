/** On a small disk (its argument): a rekey and a change of the key file that find no room, then both with room. Prints one JSON object. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, readKeyFile, StoreError, writeKeyFile } from '../../../src/store/store.ts';

const [folder = ''] = process.argv.slice(2);
const directories = { dataDirectory: join(folder, 'data'), stateDirectory: join(folder, 'state') };
const next = 'ab'.repeat(32);
const big = new Uint8Array(50_000).fill(1);
const names = Array.from({ length: 30 }, (_, index) => `big${index}`);
const codeOf = (error: unknown): string => (error instanceof StoreError ? error.code : 'none');

const first = await openStore(directories);
for (const name of names) await first.store.putSecret(name, big);
const file = readKeyFile(directories.stateDirectory);
const old = file.kind === 'plain' ? file.key : '';
const ballast = join(folder, 'ballast');
/** Until nothing fits any more. */
const fill = (path: string, step: number): void => {
  try {
    for (;;) writeFileSync(path, new Uint8Array(step), { flag: 'a' });
  } catch {
    // full
  }
};
fill(ballast, 100_000);
fill(`${ballast}2`, 100);
const rekey = await first.store.rekey(next).then(() => 'done', codeOf);
const goesOn = ((await first.store.getSecret('big29').catch(() => null))?.length ?? 0) === big.length;
fill(`${ballast}3`, 100);
let keyFile = 'written';
const sealed = { kind: 'sealed', keys: 'aa'.repeat(2_000), wraps: [{ kind: 'recovery', sealed: 'bb' }], others: [] } as const;
try {
  writeKeyFile(directories.stateDirectory, { ...sealed, wraps: [...sealed.wraps] });
} catch (error) {
  keyFile = codeOf(error);
}
const stillPlain = readKeyFile(directories.stateDirectory).kind === 'plain';
await first.store.close();
for (const name of ['', '2', '3']) rmSync(`${ballast}${name}`, { force: true });
writeKeyFile(directories.stateDirectory, { ...sealed, wraps: [...sealed.wraps] });
const keyFileAfterwards = stillPlain ? readKeyFile(directories.stateDirectory).kind : 'changed too early';
const kept = async (keys: readonly [string, ...string[]]): Promise<string> => {
  const { store } = await openStore({ ...directories, keys });
  const lengths = await Promise.all(names.map(async (name) => (await store.getSecret(name))?.length));
  await store.close();
  return lengths.every((length) => length === big.length) ? 'kept' : 'lost';
};
const afterwards = await kept([next, old]);
const onlyNew = await kept([next]);
process.stdout.write(JSON.stringify({ rekey, goesOn, keyFile, keyFileAfterwards, afterwards, onlyNew }));
