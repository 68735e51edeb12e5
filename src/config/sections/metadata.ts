/** `[servers.*.metadata]`: what others are told about us (draft/metadata-2), with the keys Halloy has. */
import * as v from 'valibot';
import { isTable } from '../document.ts';
import { key, unset, type Section } from '../key.ts';
import type { Path } from '../places.ts';
import { readTable, type Finding } from '../readTable.ts';
import { text } from './values.ts';

const MAX_VALUE_LENGTH = 300;
// eslint-disable-next-line no-control-regex -- control characters are exactly what must not pass
const noControls = /^[^\u0000-\u001f\u007f]+$/;
const value = text(noControls, MAX_VALUE_LENGTH, 'a text without line breaks');
const address = text(/^https:\/\/[^\s]+$/, MAX_VALUE_LENGTH, 'an address that begins with https://');
const said = (schema: v.GenericSchema<string, string>, meaning: string) =>
  key(unset(schema), { type: 'text', default: 'not set', meaning });

const entries = {
  'display-name': said(value, 'The name you would like to be called by. Others still see your nickname.'),
  avatar: said(address, 'Address of a picture of you.'),
  pronouns: said(value, 'How others should speak of you.'),
  homepage: said(value, 'Your page.'),
  color: said(text(/^#[0-9a-fA-F]{6}$/, 7, 'a colour such as "#0088cc"'), 'The colour of your nickname.'),
  status: said(value, 'What you are doing.'),
};
const Metadata = v.object(entries, 'a table');

export const metadataSection: Section = {
  path: 'servers.*.metadata',
  heading: 'What a server tells others about you',
  about: 'Sent to servers that know metadata (draft/metadata-2). Everybody who shares a channel with you can read it.',
  entries,
};

/** The keys that are set. Findings are added for what is none. */
export function readMetadata(table: unknown, path: Path, findings: Finding[]): Readonly<Record<string, string>> {
  if (table === undefined) return {};
  if (!isTable(table)) {
    findings.push({ severity: 'error', path, message: `\`metadata\` must be a table.` });
    return {};
  }
  const read = readTable(Metadata, table, path, findings);
  return Object.fromEntries(Object.entries(read ?? {}).flatMap(([name, set]) => (typeof set === 'string' ? [[name, set]] : [])));
}
