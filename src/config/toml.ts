/** Values and keys as TOML 1.0 text. */
import { ConfigError } from './errors.ts';

export type TomlValue = string | number | boolean | readonly TomlValue[] | TomlTable;
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

/** Same bound as for the file: deeper could not be read back. */
const MAX_VALUE_DEPTH = 12;

const quote = (text: string): string => {
  if (!text.isWellFormed()) throw new ConfigError('badValue', 'This text cannot be written: it holds half a character.');
  // JSON's escapes are TOML's, but TOML also wants DEL escaped.
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
};

export const tomlKey = (key: string): string => (/^[\w-]+$/.test(key) && !/[^\x20-\x7e]/.test(key) ? key : quote(key));

export const tomlPath = (path: readonly string[]): string => path.map(tomlKey).join('.');

const number = (value: number): string => {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw new ConfigError('badValue', 'This number cannot be written.');
  }
  return Object.is(value, -0) ? '0' : String(value);
};

export const isList = (value: TomlValue): value is readonly TomlValue[] => Array.isArray(value);
export const isTomlTable = (value: TomlValue): value is TomlTable => typeof value === 'object' && !isList(value);

/** On one line. Throws ConfigError `badValue` for what TOML, or this program's reader, cannot hold. */
export function tomlValue(value: TomlValue, depth = 0): string {
  if (depth > MAX_VALUE_DEPTH) throw new ConfigError('badValue', 'This value is nested too deeply.');
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map((item) => tomlValue(item, depth + 1)).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, inner]) => `${tomlKey(key)} = ${tomlValue(inner, depth + 1)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}
