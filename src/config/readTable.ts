/** One table of the file through one section's schema. */
import * as v from 'valibot';
import type { Table } from './document.ts';
import { docOf } from './key.ts';
import type { Path } from './places.ts';

/** What a reader found wrong: the loader adds line and column. `where: 'key'` points at the key instead of the value. */
export interface Finding {
  severity: 'error' | 'warning';
  path: Path;
  message: string;
  where?: 'key';
}

export const pathText = (path: Path): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : /^[\w-]+$/.test(part) ? part : JSON.stringify(part)))
    .join('.')
    .replaceAll('.[', '[');

/**
 * Only keys of the schema are looked at, under their own names or an alias. Returns null after adding to `findings`.
 * `path` is where the table stands.
 */
export function readTable<const E extends v.ObjectEntries>(
  schema: v.ObjectSchema<E, v.ErrorMessage<v.ObjectIssue> | undefined>,
  table: Table,
  path: Path,
  findings: Finding[],
): v.InferOutput<typeof schema> | null {
  const input: Record<string, unknown> = {};
  const spelled = new Map<string, string>();
  for (const [name, entry] of Object.entries(schema.entries)) {
    const given = [name, ...docOf(entry).aliases].filter((spelling) => Object.hasOwn(table, spelling));
    const [first, second] = given;
    if (first === undefined) continue;
    if (second !== undefined) {
      findings.push({
        severity: 'error',
        path: [...path, second],
        where: 'key',
        message: `\`${second}\` is another name for \`${first}\`: only one of them may be set.`,
      });
    }
    input[name] = table[first];
    spelled.set(name, first);
  }
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  for (const issue of result.issues) {
    const { message, path: parts = [] } = issue;
    const inner = parts.map((part) => (typeof part.key === 'number' ? part.key : String(part.key)));
    if (typeof inner[0] === 'string') inner[0] = spelled.get(inner[0]) ?? inner[0];
    const full = [...path, ...inner];
    findings.push({ severity: 'error', path: full, message: `\`${pathText(full)}\` must be ${message}.` });
  }
  return null;
}
