/** Keys that a page must never change (design: they name a command, file, certificate, proxy or program, or weaken one). */
import { docOf } from './key.ts';
import { sections } from './sections/all.ts';
import { isList, isTable } from './document.ts';

/** Whole tables, and keys of Halloy's that this version does not read; `*` any segment, and whatever lies below belongs to it. */
const unread = [
  'proxy',
  'servers.*.proxy',
  'servers.*.networks.*.proxy',
  'servers.*.sasl.external',
  'servers.*.filehost',
  'buffer.commands.exec',
  'buffer.commands.aliases',
  'file_transfer.save_directory',
  'notifications.*.sound',
  'notifications.channel.*.sound',
  'highlights.match',
];
const read = sections.flatMap(({ path, entries }) =>
  Object.entries(entries).flatMap(([name, schema]) => (docOf(schema).readOnly ? [`${path}.${name}`] : [])),
);
const patterns = [...unread, ...read].map((pattern) => pattern.split('.'));
/** Keys of later versions are closed before anybody thinks of them. */
const closedEndings = /(^|_)(command|file|file_first_line_only|cert|cert_path|certs|directory|program)$/;

/**
 * True when a page may not write at `path`. With `value` also when a table written there would hold such a key.
 * Removing a whole table is judged by the table's own path.
 */
export function isReadOnlyKey(path: readonly string[], value?: unknown): boolean {
  if (path.some((segment, index) => index > 0 && closedEndings.test(segment) && !(index === 1 && path[0] === 'servers'))) return true;
  if (patterns.some((pattern) => pattern.length <= path.length && pattern.every((part, index) => part === '*' || part === path[index])))
    return true;
  if (isTable(value)) return Object.entries(value).some(([name, inner]) => isReadOnlyKey([...path, name], inner));
  return isList(value) && value.some((inner) => isTable(inner) && isReadOnlyKey(path, inner));
}
