/** Tab completion: nicks, channels and commands, cycling through the candidates. Pure. */

export interface Candidates {
  /** Those who spoke last come first. */
  nicks: readonly string[];
  channels: readonly string[];
  commands: readonly string[];
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

const matching = (names: readonly string[], word: string): string[] => {
  const lower = word.toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(lower)).slice(0, MAX_FOUND);
};

function candidatesFor(word: string, atStart: boolean, { nicks, channels, commands }: Candidates): string[] {
  if (atStart && word.startsWith('/')) return matching(commands, word.slice(1)).map((name) => `/${name} `);
  if (/^[#&+!]/.test(word)) return matching(channels, word).map((name) => `${name} `);
  if (word === '') return [];
  const at = word.startsWith('@') ? '@' : '';
  return matching(nicks, word.slice(at.length)).map((nick) => (atStart ? `${nick}: ` : `${nick} `));
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
  const found = candidatesFor(before.slice(start), start === 0, candidates);
  if (found.length === 0) return null;
  return place(text.slice(0, start), found, step === 1 ? 0 : found.length - 1, text.slice(cursor));
}

function place(head: string, found: readonly string[], index: number, rest: string): Completion {
  const word = found[index] ?? '';
  const inserted = rest.startsWith(' ') ? word.trimEnd() : word;
  return { text: head + inserted + rest, cursor: head.length + inserted.length, start: head.length, index, found, rest };
}
