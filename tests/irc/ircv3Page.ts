/** The text of docs/IRCV3.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rows, type Row } from './ircv3.ts';

const root = join(import.meta.dirname, '..', '..');

/** Titles of all `describe`s in tests/ with the files they stand in. */
export function proofs(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.test.ts')) continue;
    const file = join(root, 'tests', name);
    for (const [, , title = ''] of readFileSync(file, 'utf8').matchAll(/\bdescribe\(\s*(['"`])(.*?)\1/g))
      found.set(title, [...(found.get(title) ?? []), relative(root, file)]);
  }
  return found;
}

const code = (word: string): string => `\`${word}\``;

function cells({ spec, status, wire, supported, tests, on, note }: Row, known: ReadonlyMap<string, readonly string[]>): string[] {
  const files = [...new Set(tests.flatMap((title) => known.get(title) ?? []))].sort();
  return [
    spec,
    status,
    wire.map(code).join(', '),
    supported ? 'yes' : 'no',
    files.map((file) => `[${file.replace(/^tests\//, '').replace(/\.test\.ts$/, '')}](../${file})`).join(', '),
    supported ? (on.length > 0 ? on.join(', ') : 'scripted') : '',
    note ?? '',
  ];
}

/** Columns as wide as their widest cell, as prettier wants them. */
function table(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_cell, column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)));
  const text = (line: readonly string[]): string => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = lines;
  return [head, widths.map((width) => '-'.repeat(width)), ...body].map(text).join('\n');
}

export function ircv3Page(): string {
  const known = proofs();
  const yes = rows.filter(({ supported }) => supported).length;
  return `<!-- Written by scripts/ircv3.mjs from tests/irc/ircv3.ts. Do not edit. -->

# What Sotto speaks of IRCv3

${yes} of ${rows.length} rows. _Server_ is where CI sees it: InspIRCd 3 with Atheme 7, ngIRCd 26 and ZNC 1.8 as Debian has them. What none of them
offers is proved by a server that plays the exchanges of the specification over a socket ("scripted"). The same is tried against Ergo and soju
where \`ERGO=\` and \`SOJU=\` name their programs.

${table([['Specification', 'Status', 'On the wire', 'Supported', 'Tests', 'Server', 'Note'], ...rows.map((row) => cells(row, known))])}
`;
}
