/** The list of ignored people as it stands in the file: entries this version does not use stay when it is written again. */
import * as v from 'valibot';
import { isTable, parseDocument } from './document.ts';
import type { TomlValue } from './toml.ts';

const List = v.array(v.union([v.string(), v.record(v.string(), v.string())]));

/** Empty where there is none, or where it is no such list. */
export function ignoredIn(text: string, server: string): TomlValue[] {
  const parsed = parseDocument(text);
  if (!parsed.ok || !isTable(parsed.root['servers'])) return [];
  const entry = parsed.root['servers'][server];
  const filters = isTable(entry) ? entry['filters'] : undefined;
  const list = v.safeParse(List, isTable(filters) ? filters['ignore'] : undefined);
  return list.success ? list.output : [];
}
