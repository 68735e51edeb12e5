/** Text to bounded values. smol-toml decides what is valid; places come from `places.ts`. */
import { parse, TomlError } from 'smol-toml';

/** In UTF-16 units. */
export const MAX_CONFIG_LENGTH = 1024 * 1024;
/** Tables and arrays inside each other; Halloy's own settings need seven. */
export const MAX_DEPTH = 16;
/** Keys and list entries in the whole file. */
export const MAX_VALUES = 50_000;

export type Table = Readonly<Record<string, unknown>>;

export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Line and column from 1. */
export type Parsed = { ok: true; root: Table } | { ok: false; message: string; line: number; column: number };

const sentence = (message: string): string => {
  // Only the first line: the rest quotes the file, which may hold a password.
  const first = (message.split('\n', 1)[0] ?? '').replace('Invalid TOML document: ', '');
  return `This is not valid TOML: ${first}.`;
};

const excess = (root: Table): string | null => {
  const waiting: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  let count = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next;
    if (!isTable(value) && !isList(value)) continue;
    if (depth > MAX_DEPTH) return `Tables stand more than ${MAX_DEPTH} deep inside each other.`;
    const inside = isList(value) ? value : Object.values(value);
    count += inside.length;
    if (count > MAX_VALUES) return `The file holds more than ${MAX_VALUES} values.`;
    for (const inner of inside) waiting.push({ value: inner, depth: depth + 1 });
  }
  return null;
};

export const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);

/** Never throws; tables have no prototype, so a key `__proto__` is a key like any other. */
export function parseDocument(text: string): Parsed {
  if (text.length > MAX_CONFIG_LENGTH) return { ok: false, message: 'The file is larger than 1 MiB.', line: 1, column: 1 };
  try {
    const root = parse(withoutMark(text), { maxDepth: MAX_DEPTH, integersAsBigInt: 'asNeeded' });
    const message = excess(root);
    return message === null ? { ok: true, root } : { ok: false, message, line: 1, column: 1 };
  } catch (error) {
    if (error instanceof TomlError) return { ok: false, message: sentence(error.message), line: error.line, column: error.column };
    return { ok: false, message: 'This is not valid TOML.', line: 1, column: 1 };
  }
}
