// Writes docs/CONFIGURATION.md from the sections of src/config, and docs/COMMANDS.md from src/core/commands. `--check` fails when it is not up to date. Needs Node 24.
import { readFile, writeFile } from 'node:fs/promises';
import { manual } from '../src/config/manual.ts';
import { commandManual } from '../src/core/commands/manual.ts';

const pages = { CONFIGURATION: manual(), COMMANDS: commandManual() };

for (const [name, text] of Object.entries(pages)) {
  const file = new URL(`../docs/${name}.md`, import.meta.url);
  if (!process.argv.includes('--check')) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`docs/${name}.md is not up to date: run \`node scripts/configuration.mjs\`.`);
    process.exitCode = 1;
  }
}
