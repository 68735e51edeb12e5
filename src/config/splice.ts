/** Cutting and pasting in a text by range, with the lines around. */
import type { AST } from 'toml-eslint-parser';

export interface Source {
  readonly text: string;
  readonly tree: AST.TOMLTopLevelTable;
  /** How the file ends its lines. */
  readonly newline: string;
}

export const replace = (text: string, start: number, end: number, by: string): string => text.slice(0, start) + by + text.slice(end);

export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

/** Where the line ends, its line break not included. */
export const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  if (end === -1) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
};

export const indentAt = (text: string, at: number): string => /^[ \t]*/.exec(text.slice(lineStart(text, at), at))?.[0] ?? '';

/** The comments within a range, in order, each with its `#`. */
export const commentsIn = ({ text, tree }: Source, start: number, end: number): string[] =>
  tree.parent.comments.filter(({ range }) => range[0] >= start && range[1] <= end).map(({ range }) => text.slice(...range));

/** Removes whole lines from the one `start` is in to the one `end` is in; their comments stay, a line each. */
export function cutLines(source: Source, start: number, end: number): string {
  const { text, newline } = source;
  const from = lineStart(text, start);
  const to = lineEnd(text, end);
  const kept = commentsIn(source, from, to).map((comment) => indentAt(text, start) + comment);
  if (kept.length > 0) return replace(text, from, to, kept.join(newline));
  const after = text.startsWith('\r\n', to) ? to + 2 : Math.min(to + 1, text.length);
  return replace(text, from, after, '');
}
