/** docs/CONFIGURATION.md, from the sections themselves. */
import { docOf } from './key.ts';
import { sections } from './sections/all.ts';

const heading = `# Configuration

Written by \`scripts/configuration.mjs\` from \`src/config/sections/\`: do not edit it here.

Sotto reads \`$XDG_CONFIG_HOME/sotto/config.toml\` (usually \`~/.config/sotto/config.toml\`), or \`config/config.toml\` of the directory given with
\`--profile\`. The file is [TOML](https://toml.io). It is read again whenever it changes; with an error in it, the last good configuration stays in
force and Sotto shows line and column. A \`config.toml\` made for Halloy loads as it is: names, types and defaults are the same, and settings this
version does not use yet are left alone. Paths may start with \`~/\`. Start from \`config.example.toml\`.

Keys marked **file only** name a file, program, certificate or proxy, or weaken one: they can be changed in the file, never from the window.
A server whose password or key cannot be had is never connected without it.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => (/^[[{"\d]|^(true|false)$/.test(text) && !text.includes(', or') ? `\`${text}\`` : text);

/** Columns aligned, as the formatter wants it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = rows.map((row) => line(row.map((text, column) => text.padEnd(widths[column] ?? 0))));
  return [lines[0], line(widths.map((width) => '-'.repeat(width))), ...lines.slice(1)].join('\n');
}

/** The whole page as Markdown. */
export function manual(): string {
  const parts = sections.map(({ path, heading: title, about, entries }) => {
    const rows = Object.entries(entries).map(([name, schema]) => {
      const doc = docOf(schema);
      const also = doc.aliases.length > 0 ? ` Also: ${doc.aliases.map((alias) => `\`${alias}\``).join(', ')}.` : '';
      const note = doc.readOnly ? ' **File only.**' : '';
      return [`\`${name}\``, doc.type, code(doc.default), doc.meaning + also + note].map(cell);
    });
    return `\n## ${title}: \`[${path.replaceAll('*', '<name>')}]\`\n\n${about}\n\n${table([['key', 'type', 'default', 'meaning'], ...rows])}\n`;
  });
  return heading + parts.join('');
}
