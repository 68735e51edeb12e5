/** The published files, by name. */
import { people } from './cast.ts';
import { printJson, type Json } from './json.ts';
import { v1 } from './v1.ts';
import { v2 } from './v2.ts';
import { v3 } from './v3.ts';
import { v4 } from './v4.ts';
import { v5 } from './v5.ts';
import { v6 } from './v6.ts';
import { v7 } from './v7.ts';
import { v8 } from './v8.ts';
import { v9 } from './v9.ts';
import { v10 } from './v10.ts';

const makers: Readonly<Record<string, () => Json>> = {
  'people.json': people,
  'v1-cbor.json': v1,
  'v2-fingerprints.json': v2,
  'v3-documents.json': v3,
  'v4-labels.json': v4,
  'v5-hello.json': v5,
  'v6-trace.json': v6,
  'v7-buckets.json': v7,
  'v8-negatives.json': v8,
  'v9-sessions.json': v9,
  'v10-payloads.json': v10,
};

export const fileNames = Object.keys(makers);

export function vectorFile(name: string): string {
  const make = makers[name];
  if (!make) throw new Error(`there is no file ${name}`);
  return printJson(make());
}
