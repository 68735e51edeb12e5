/** The form of the published vectors: JSON with bytes as lower-case hex, printed as prettier prints it. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export const hex = (bytes: Uint8Array): string => bytesToHex(bytes);

const WIDTH = 140;
const isScalar = (value: Json): boolean => value === null || typeof value !== 'object';

/** `column`: what stands on the line before the value, its comma included. */
function print(value: Json, indent: string, column: number): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  const block = (open: string, lines: readonly string[], close: string): string =>
    lines.length === 0 ? `${open}${close}` : `${open}\n${lines.map((line) => inner + line).join(',\n')}\n${indent}${close}`;
  if (Array.isArray(value)) {
    const items: readonly Json[] = value;
    const flat = `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;
    if (items.every(isScalar) && column + flat.length <= WIDTH) return flat;
    return block(
      '[',
      items.map((item) => print(item, inner, inner.length + 1)),
      ']',
    );
  }
  const lines = Object.entries(value).map(([name, item]) => {
    const key = `${JSON.stringify(name)}: `;
    return key + print(item, inner, inner.length + key.length + 1);
  });
  return block('{', lines, '}');
}

export const printJson = (value: Json): string => `${print(value, '', 0)}\n`;

function narrow(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => narrow(item));
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, item]: [string, unknown]) => [name, narrow(item)]));
  throw new Error('not JSON');
}

export const parseJson = (text: string): Json => {
  const value: unknown = JSON.parse(text);
  return narrow(value);
};

/** What is at a path; throws where nothing is. */
export function at(value: Json, ...path: readonly (string | number)[]): Json {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const found = maybe(value, name);
  if (found === undefined) throw new Error(`no ${name}`);
  return at(found, ...rest);
}

/** A field that may be missing. */
export function maybe(value: Json, name: string | number): Json | undefined {
  if (value === null || typeof value !== 'object') throw new Error(`no ${name} in ${typeof value}`);
  return Object.entries(value).find(([key]) => key === String(name))?.[1];
}

export function textAt(value: Json, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found !== 'string') throw new Error(`${path.join('.')} is no text`);
  return found;
}

export function numberAt(value: Json, ...path: readonly (string | number)[]): number {
  const found = at(value, ...path);
  if (typeof found !== 'number') throw new Error(`${path.join('.')} is no number`);
  return found;
}

export const flagAt = (value: Json, ...path: readonly (string | number)[]): boolean => at(value, ...path) === true;

export const bytesAt = (value: Json, ...path: readonly (string | number)[]): Uint8Array => hexToBytes(textAt(value, ...path));

/** Bytes, or null where the file says null. */
export const bytesOrNull = (value: Json, ...path: readonly (string | number)[]): Uint8Array | null =>
  at(value, ...path) === null ? null : bytesAt(value, ...path);

export function listAt(value: Json, ...path: readonly (string | number)[]): readonly Json[] {
  const found = at(value, ...path);
  if (!Array.isArray(found)) throw new Error(`${path.join('.')} is no list`);
  const list: readonly Json[] = found;
  return list;
}
