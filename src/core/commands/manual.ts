/** docs/COMMANDS.md, from the commands themselves. */
import { allCommands } from './all.ts';

const heading = `# Commands

Written by \`scripts/configuration.mjs\` from \`src/core/commands/\`: do not edit it here.

A line that begins with \`/\` is a command; \`//text\` and \`/say /text\` say \`/text\`. Commands about a channel mean the one you are in unless another
one is named. Names are those of Halloy where it has one.

- **Unknown commands are refused**, they never reach the server: a slip such as \`/indentify password\` would otherwise be on its way. \`/raw\` sends any line as it
  stands.
- A line that looks like a command behind a space, or like a command for NickServ without its slash, is refused in a conversation; \`/say\` says it.
- Your own commands stand under \`[buffer.commands.aliases]\` in the configuration ([CONFIGURATION.md](CONFIGURATION.md)) and win over these.
- \`/ignore\` writes \`filters.ignore\` of the server. What ignored people say, invite to, ask by CTCP and offer is neither shown nor stored, counted or answered (Halloy
  keeps their messages and hides them). Their coming and going is still seen. What was heard before stays.
- A text longer than one line of IRC is cut between words, with its formatting going on in the next line; how much fits is computed from what the server sends before it.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');
/** Text as it stands, in Markdown. */
const literal = (text: string): string => text.replace(/[\\`*_~]/g, '\\$&');

/** The whole page as Markdown. */
export function commandManual(): string {
  const rows = allCommands.map(({ usage, help, aliases }) => [
    cell(`\`${usage}\``),
    cell(literal(help) + (aliases.length === 0 ? '' : ` Also: ${aliases.map((alias) => `\`/${alias}\``).join(', ')}.`)),
  ]);
  const all = [['command', 'meaning'], ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...rest] = all;
  return `${heading}\n${[line(first), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest.map(line)].join('\n')}\n`;
}
