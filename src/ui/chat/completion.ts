/** Tab completion: nicks, channels, commands and their arguments, cycling through the candidates. Pure. */
import type { ArgumentKind, CommandView } from '../../contract/views.ts';

export interface Candidates {
  /** Those who spoke last come first. */
  nicks: readonly string[];
  channels: readonly string[];
  contacts: readonly string[];
  commands: readonly CommandView[];
}

/** Kept between two presses of Tab; any other change of the text ends it. */
export interface Completion {
  text: string;
  cursor: number;
  start: number;
  index: number;
  found: readonly string[];
  rest: string;
}

/** Candidates that one press cycles through. */
const MAX_FOUND = 100;
/** Changes of members that every server knows. */
const modes = ['+o', '-o', '+v', '-v', '+b', '-b', '+m', '-m', '+t', '-t', '+i', '-i', '+k', '-k', '+l', '-l'];

const matching = (names: readonly string[], word: string): string[] => {
  const lower = word.toLowerCase();
  return [...new Set(names)].filter((name) => name.toLowerCase().startsWith(lower)).slice(0, MAX_FOUND);
};
const spaced = (names: string[]): string[] => names.map((name) => `${name} `);

const allNames = (commands: readonly CommandView[]): string[] => commands.flatMap(({ name, aliases }) => [name, ...aliases]);

/** The command that a line begins with and the word at its end, from 0 (`-1`: the command's own name); null without one. */
export function commandAt(before: string, commands: readonly CommandView[]): { command: CommandView | null; place: number } | null {
  const found = /^\/(?!\/)(\S*)/.exec(before);
  if (found === null) return null;
  const name = (found[1] ?? '').toLowerCase();
  const command = commands.find(
    (known) => known.name.toLowerCase() === name || known.aliases.some((alias) => alias.toLowerCase() === name),
  );
  return { command: command ?? null, place: before.split(/\s+/).length - 2 };
}

/** Names for one place of a command; null: as in any text. */
function namesFor(kind: ArgumentKind | undefined, word: string, { nicks, channels, contacts, commands }: Candidates): string[] | null {
  switch (kind) {
    case 'nick':
      return matching(nicks, word);
    case 'channel':
      return matching(channels, word);
    case 'target':
      return matching([...nicks, ...channels], word);
    case 'contact':
      return matching(contacts, word);
    case 'command':
      return matching(allNames(commands), word.replace(/^\//, ''));
    case 'mode':
      return matching(modes, word);
    case 'mask':
      return matching(
        nicks.map((nick) => `${nick}!*@*`),
        word,
      );
    case 'word':
      return [];
    case 'text':
    case undefined:
      return null;
  }
}

function inText(word: string, atStart: boolean, { nicks, channels }: Candidates): string[] {
  if (/^[#&+!]/.test(word)) return spaced(matching(channels, word));
  if (word === '') return [];
  const at = word.startsWith('@') ? '@' : '';
  return matching(nicks, word.slice(at.length)).map((nick) => (atStart ? `${nick}: ` : `${nick} `));
}

function candidatesFor(before: string, word: string, candidates: Candidates): string[] {
  const line = commandAt(before, candidates.commands);
  if (line === null) return inText(word, before === word, candidates);
  if (line.place < 0) return matching(allNames(candidates.commands), word.slice(1)).map((name) => `/${name} `);
  if (line.command === null) return inText(word, false, candidates);
  const kinds = line.command.arguments;
  // A text goes on to the end of the line.
  const kind = kinds[line.place] ?? (kinds.at(-1) === 'text' ? 'text' : 'word');
  const names = namesFor(kinds.length === 0 ? undefined : kind, word, candidates);
  return names === null ? inText(word, false, candidates) : spaced(names);
}

/** The next completion at `cursor`, or null when nothing fits. `step` is 1, or -1 for Shift+Tab. */
export function complete(
  text: string,
  cursor: number,
  candidates: Candidates,
  previous: Completion | null,
  step: 1 | -1,
): Completion | null {
  if (previous !== null && previous.text === text && previous.cursor === cursor) {
    const index = (previous.index + step + previous.found.length) % previous.found.length;
    return place(text.slice(0, previous.start), previous.found, index, previous.rest);
  }
  const before = text.slice(0, cursor);
  const start = before.search(/\S*$/);
  const found = candidatesFor(before, before.slice(start), candidates);
  if (found.length === 0) return null;
  return place(text.slice(0, start), found, step === 1 ? 0 : found.length - 1, text.slice(cursor));
}

function place(head: string, found: readonly string[], index: number, rest: string): Completion {
  const word = found[index] ?? '';
  const inserted = rest.startsWith(' ') ? word.trimEnd() : word;
  return { text: head + inserted + rest, cursor: head.length + inserted.length, start: head.length, index, found, rest };
}

/** What the input shows while a command is typed: how it is used and what it does. Null without a known command. */
export function usageHint(text: string, commands: readonly CommandView[]): Pick<CommandView, 'usage' | 'help'> | null {
  const line = commandAt(text, commands);
  if (line === null || text.includes('\n')) return null;
  if (line.command !== null || line.place >= 0) return line.command;
  const word = text.slice(1).toLowerCase();
  const fitting = word === '' ? [] : commands.filter(({ name, aliases }) => [name, ...aliases].some((known) => known.startsWith(word)));
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}
