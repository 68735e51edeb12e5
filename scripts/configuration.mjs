// Writes docs/CONFIGURATION.md from the sections of src/config. `--check` fails when it is not up to date. Needs Node 24.
import { readFile, writeFile } from 'node:fs/promises';
import { manual } from '../src/config/manual.ts';

const file = new URL('../docs/CONFIGURATION.md', import.meta.url);
const text = manual();
if (!process.argv.includes('--check')) await writeFile(file, text);
else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error('docs/CONFIGURATION.md is not up to date: run `node scripts/configuration.mjs`.');
  process.exitCode = 1;
}
