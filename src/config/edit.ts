/**
 * Edits of `config.toml` as text: only the range that changes is touched, so comments, order and spacing stay. Every
 * edit is read back before it is returned: it says exactly what was asked and nothing else, or it is not made.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AST } from 'toml-eslint-parser';
import { isTable, MAX_CONFIG_LENGTH, parseDocument, withoutMark, type Table } from './document.ts';
import { ConfigError } from './errors.ts';
import { keyNames, syntaxTree } from './places.ts';
import { commentsIn, cutLines, indentAt, lineEnd, lineStart, replace, type Source } from './splice.ts';
import { isTomlTable, tomlKey, tomlPath, tomlValue, type TomlTable, type TomlValue } from './toml.ts';

const MAX_PATH_LENGTH = 12;
const MAX_KEY_LENGTH = 256;

type Header = Pick<AST.TOMLTable, 'range' | 'body'>;
type Spot =
  | { kind: 'pair'; pair: AST.TOMLKeyValue }
  | { kind: 'inline'; table: AST.TOMLInlineTable; rest: string[] }
  | { kind: 'table'; header: Header }
  | { kind: 'body'; after: AST.TOMLKeyValue | null; header: Header | null; rest: string[] }
  | { kind: 'new' };

const startsWith = (path: readonly unknown[], prefix: readonly unknown[]): boolean =>
  prefix.length <= path.length && prefix.every((part, index) => part === path[index]);

const unable = (): ConfigError =>
  new ConfigError('badPath', 'This setting is written in a way that cannot be changed from here: change it in the file.');

function open(text: string): { source: Source; root: Table } {
  const parsed = parseDocument(text);
  if (!parsed.ok) {
    throw new ConfigError(
      'broken',
      `The file has an error in line ${parsed.line}, column ${parsed.column}: correct it first. ${parsed.message}`,
    );
  }
  const tree = syntaxTree(text);
  if (tree === null) throw unable();
  return { source: { text, tree, newline: text.includes('\r\n') ? '\r\n' : '\n' }, root: parsed.root };
}

/** The key itself, or the place where it belongs. */
function findSpot(tree: AST.TOMLTopLevelTable, path: readonly string[]): Spot {
  let best: { shared: number; spot: Spot } = { shared: -1, spot: { kind: 'new' } };
  const offer = (shared: number, spot: Spot): void => {
    if (shared >= best.shared) best = { shared, spot };
  };
  const inside = (base: readonly unknown[], body: readonly AST.TOMLKeyValue[], header: Header | null): Spot | null => {
    for (const pair of body) {
      const full = [...base, ...keyNames(pair.key)];
      if (isDeepStrictEqual(full, path)) return { kind: 'pair', pair };
      if (startsWith(path, full)) {
        if (pair.value.type !== 'TOMLInlineTable') throw unable();
        return inside(full, pair.value.body, null) ?? { kind: 'inline', table: pair.value, rest: path.slice(full.length) };
      }
      // A dotted key that opens a table on the way: its neighbours must stand beside it.
      let shared = 0;
      while (shared < full.length && shared < path.length && full[shared] === path[shared]) shared++;
      if (shared > base.length && shared < path.length && pair.parent.type !== 'TOMLInlineTable') {
        offer(shared, { kind: 'body', after: pair, header, rest: path.slice(base.length) });
      }
    }
    return null;
  };
  const loose = tree.body.filter((node) => node.type === 'TOMLKeyValue');
  const found = inside([], loose, null);
  if (found) return found;
  if (path.length === 1) offer(0, { kind: 'body', after: loose.at(-1) ?? null, header: null, rest: [...path] });
  for (const node of tree.body) {
    if (node.type !== 'TOMLTable' || !startsWith(path, node.resolvedKey)) continue;
    if (node.resolvedKey.length === path.length) return { kind: 'table', header: node };
    const hit = inside(node.resolvedKey, node.body, node);
    if (hit) return hit;
    if (node.resolvedKey.length === path.length - 1) {
      offer(path.length - 1, { kind: 'body', after: node.body.at(-1) ?? null, header: node, rest: path.slice(-1) });
    }
  }
  return best.spot;
}

function replaceValue(source: Source, pair: AST.TOMLKeyValue, value: TomlValue): string {
  const { text, newline } = source;
  const [start, end] = pair.value.range;
  const inner = commentsIn(source, start, end);
  const changed = replace(text, start, end, tomlValue(value));
  if (inner.length === 0) return changed;
  const indent = indentAt(text, pair.range[0]);
  const above = inner.map((comment) => indent + comment + newline).join('');
  const at = lineStart(text, pair.range[0]);
  return replace(changed, at, at, above);
}

function insertInline(text: string, table: AST.TOMLInlineTable, pair: string): string {
  const last = table.body.at(-1);
  if (last) return replace(text, last.range[1], last.range[1], `, ${pair}`);
  return replace(text, ...table.range, `{ ${pair} }`);
}

function insertLine({ text, tree, newline }: Source, spot: Extract<Spot, { kind: 'body' }>, line: string): string {
  const before = spot.after ?? spot.header;
  if (before) {
    const end = spot.after ? lineEnd(text, spot.after.range[1]) : lineEnd(text, before.range[0]);
    const indent = spot.after ? indentAt(text, spot.after.range[0]) : indentAt(text, before.range[0]);
    return replace(text, end, end, newline + indent + line);
  }
  const first = tree.body[0];
  if (!first) return appended(text, newline, line);
  // Above the first table and the comment that belongs to it.
  let at = lineStart(text, first.range[0]);
  while (at > 0 && /^[ \t]*#/.test(text.slice(lineStart(text, at - 1), at))) at = lineStart(text, at - 1);
  return replace(text, at, at, line + newline + newline);
}

const appended = (text: string, newline: string, block: string): string => {
  if (text === '') return block + newline;
  return text + (text.endsWith('\n') ? '' : newline) + block + newline;
};

function newTable({ text, newline }: Source, path: readonly string[], value: TomlTable): string {
  const lines = [`[${tomlPath(path)}]`, ...Object.entries(value).map(([key, inner]) => `${tomlKey(key)} = ${tomlValue(inner)}`)];
  const gap = text.trim() === '' ? '' : newline;
  const base = text === '' || text.endsWith('\n') ? text : text + newline;
  return appended(base + gap, newline, lines.join(newline));
}

function write(source: Source, root: Table, path: readonly string[], value: TomlValue): string {
  const { text, tree } = source;
  const spot = findSpot(tree, path);
  switch (spot.kind) {
    case 'pair':
      return replaceValue(source, spot.pair, value);
    case 'inline':
      return insertInline(text, spot.table, `${tomlPath(spot.rest)} = ${tomlValue(value)}`);
    case 'table':
      return mergeTable(text, root, path, value);
    case 'body':
      if (isTomlTable(value) && spot.header === null && spot.after === null) return newTable(source, path, value);
      return insertLine(source, spot, `${tomlPath(spot.rest)} = ${tomlValue(value)}`);
    case 'new': {
      if (valueAt(root, path) !== undefined) return mergeTable(text, root, path, value);
      if (isTomlTable(value)) return newTable(source, path, value);
      const last = path.at(-1);
      if (last === undefined) throw unable();
      return newTable(source, path.slice(0, -1), { [last]: value });
    }
  }
}

/** A table with a header keeps it: keys are set and removed one by one. */
function mergeTable(text: string, root: Table, path: readonly string[], value: TomlValue): string {
  const now = valueAt(root, path);
  if (!isTable(now) || !isTomlTable(value)) throw unable();
  let next = text;
  for (const key of Object.keys(now)) if (!Object.hasOwn(value, key)) next = removeValue(next, [...path, key]);
  for (const [key, inner] of Object.entries(value)) next = setValue(next, [...path, key], inner);
  return next;
}

const valueAt = (root: unknown, path: readonly string[]): unknown => {
  let value = root;
  for (const part of path) {
    if (!isTable(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
};

/** A copy of `root` with `value` at `path`, or without it. Throws where the way leads through something that is no table. */
function changed(root: Table, path: readonly string[], value: TomlValue | undefined): Table {
  const [first, ...rest] = path;
  if (first === undefined) throw unable();
  const entries = new Map(Object.entries(root));
  const inner = entries.get(first) ?? {};
  if (rest.length > 0 && !isTable(inner)) throw unable();
  const next = rest.length > 0 && isTable(inner) ? changed(inner, rest, value) : value;
  if (next === undefined) entries.delete(first);
  else entries.set(first, next);
  return Object.fromEntries(entries);
}

/** Without prototypes and with `-0` as 0, for comparing. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (isTable(value)) return new Map(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return Object.is(value, -0) ? 0 : value;
};

const comments = ({ text, tree }: Source): string[] => commentsIn({ text, tree, newline: '\n' }, 0, text.length).sort();

function checkPath(path: readonly string[]): void {
  if (path.length === 0 || path.length > MAX_PATH_LENGTH || path.some((part) => part.length > MAX_KEY_LENGTH || !part.isWellFormed())) {
    throw new ConfigError('badPath', 'This is not the name of a setting.');
  }
}

function edit(text: string, path: readonly string[], value: TomlValue | undefined): string {
  checkPath(path);
  const mark = text.slice(0, text.length - withoutMark(text).length);
  const { source, root } = open(withoutMark(text));
  const wanted = changed(root, path, value);
  const next = value === undefined ? cut(source, path) : write(source, root, path, value);
  if (next.length > MAX_CONFIG_LENGTH) throw new ConfigError('badValue', 'The file would become larger than 1 MiB.');
  const after = parseDocument(next);
  const tree = syntaxTree(next);
  if (!after.ok || tree === null) throw unable();
  const pruned = value === undefined && valueAt(after.root, path) === undefined && isDeepStrictEqual(prune(after.root), prune(wanted));
  if (!pruned && !isDeepStrictEqual(plain(after.root), plain(wanted))) throw unable();
  if (!isDeepStrictEqual(comments(source), comments({ text: next, tree, newline: '\n' }))) throw unable();
  return mark + next;
}

/** A table that only existed by its last key goes with it. */
const prune = (value: unknown): unknown => {
  if (!isTable(value)) return plain(value);
  const inner = Object.entries(value).map(([key, item]) => [key, prune(item)] as const);
  return new Map(inner.filter(([, item]) => !(item instanceof Map && item.size === 0)));
};

function cut(source: Source, path: readonly string[]): string {
  const { text, tree } = source;
  const spot = findSpot(tree, path);
  if (spot.kind === 'inline') return text;
  if (spot.kind === 'pair') {
    const { pair } = spot;
    if (pair.parent.type !== 'TOMLInlineTable') return cutLines(source, ...pair.range);
    const { body, range } = pair.parent;
    const index = body.indexOf(pair);
    const previous = body[index - 1];
    const next = body[index + 1];
    if (previous) return replace(text, previous.range[1], pair.range[1], '');
    return next ? replace(text, pair.range[0], next.range[0], '') : replace(text, ...range, '{}');
  }
  const doomed: AST.Range[] = [];
  const pairs = (base: readonly unknown[], body: readonly AST.TOMLKeyValue[]): void => {
    for (const pair of body) if (startsWith([...base, ...keyNames(pair.key)], path)) doomed.push(pair.range);
  };
  for (const node of tree.body) {
    if (node.type === 'TOMLKeyValue') pairs([], [node]);
    else if (startsWith(node.resolvedKey, path)) doomed.push(node.range);
    else pairs(node.resolvedKey, node.body);
  }
  // From the end, so that the ranges before stay right.
  doomed.sort((a, b) => b[0] - a[0]);
  return doomed.reduce((now, range) => cutLines({ ...source, text: now }, ...range), text);
}

/**
 * The text with `value` at `path`. An existing value is replaced in place; a new key goes below the last one of its
 * table; a table that does not exist yet is added at the end of the file. Comments stay, also those inside a value.
 * Throws ConfigError: `broken` when the text is not valid TOML, `badPath` where the path leads through a list or a plain
 * value or the edit cannot be made safely, `badValue` for what TOML cannot hold.
 */
export const setValue = (text: string, path: readonly string[], value: TomlValue): string => edit(text, path, value);

/** The text without what is at `path`, a key or a whole table; unchanged when nothing is there. Throws as `setValue`. */
export function removeValue(text: string, path: readonly string[]): string {
  checkPath(path);
  const { root } = open(text);
  return valueAt(root, path) === undefined ? text : edit(text, path, undefined);
}
