/**
 * `npm run bench [-- start chat irc crypto messages FILE]`: prints a table and writes JSON (default bench.json); without names all parts. Every figure stands beside the floor or peer
 * that was measured in the same run. Parts that cannot run here (no Chromium, no test network) say so. Nothing is asserted.
 */
import { writeFile } from 'node:fs/promises';
import { benchChat } from './chat.ts';
import { benchCrypto } from './crypto.ts';
import { benchIrc } from './irc.ts';
import { benchMessages } from './messages.ts';
import { benchStart } from './start.ts';
import type { Figure } from './figures.ts';

const figures: Figure[] = [];
const parts: [name: string, part: () => Promise<Figure[]>][] = [
  ['start', benchStart],
  ['chat', benchChat],
  ['irc', benchIrc],
  ['crypto', benchCrypto],
  ['messages', benchMessages],
];
const named = process.argv.slice(2).filter((argument) => parts.some(([name]) => name === argument));
const file = process.argv.slice(2).find((argument) => !named.includes(argument)) ?? 'bench.json';
for (const [name, part] of parts) {
  if (named.length > 0 && !named.includes(name)) continue;
  try {
    figures.push(...(await part()));
  } catch (error) {
    console.log(`${name}: not measured: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}

const rows = figures.map(({ name, value, unit, aim, beside }) => ({
  figure: name,
  value: `${value} ${unit}`,
  aim: aim ?? '',
  beside: beside ?? '',
}));
console.table(rows);
await writeFile(file, `${JSON.stringify({ date: new Date().toISOString(), node: process.version, figures }, null, 2)}\n`);
process.exit(0);
