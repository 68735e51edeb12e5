// Writes docs/IRCV3.md from tests/irc/ircv3.ts. `--check` fails when it is not up to date. Needs Node 24.
import { readFile, writeFile } from 'node:fs/promises';
import { ircv3Page } from '../tests/irc/ircv3Page.ts';

const file = new URL('../docs/IRCV3.md', import.meta.url);
const text = ircv3Page();
if (!process.argv.includes('--check')) await writeFile(file, text);
else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error('docs/IRCV3.md is not up to date: run `node scripts/ircv3.mjs`.');
  process.exitCode = 1;
}
