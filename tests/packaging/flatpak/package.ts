/** What is checked: the files of flatpak/ as text and as parsed, so that a test can change the text of one and look again. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { parse } from 'yaml';
import { parseXml, type Element } from './xml.ts';

export const root: string = fileURLToPath(new URL('../../../', import.meta.url));
export const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');

export const App = v.strictObject({
  id: v.string(),
  name: v.string(),
  summary: v.string(),
  command: v.string(),
  branch: v.string(),
  runtime: v.string(),
  sdk: v.string(),
  base: v.string(),
  sdkExtensions: v.array(v.string()),
  homepage: v.string(),
  repository: v.string(),
  developer: v.strictObject({ id: v.string(), name: v.string() }),
  schemes: v.array(v.string()),
  colours: v.strictObject({ light: v.string(), dark: v.string() }),
});
export type App = v.InferOutput<typeof App>;
export const app: App = v.parse(App, JSON.parse(read('flatpak/app.json')));

const Source = v.union([v.string(), v.record(v.string(), v.unknown())]);
const BuildOptions = v.optional(v.record(v.string(), v.unknown()), {});
const Module = v.looseObject({
  name: v.string(),
  buildsystem: v.string(),
  'build-options': BuildOptions,
  'build-commands': v.array(v.string()),
  sources: v.array(Source),
});
export const Manifest = v.looseObject({
  id: v.optional(v.string(), ''),
  command: v.optional(v.string(), ''),
  runtime: v.optional(v.string(), ''),
  'runtime-version': v.optional(v.string(), ''),
  sdk: v.optional(v.string(), ''),
  base: v.optional(v.string(), ''),
  'base-version': v.optional(v.string(), ''),
  'sdk-extensions': v.optional(v.array(v.string()), []),
  'finish-args': v.array(v.string()),
  'build-options': BuildOptions,
  modules: v.array(Module),
});
export type Manifest = v.InferOutput<typeof Manifest>;

export interface Texts {
  manifest: string;
  metainfo: string;
  desktop: string;
  /** File names in flatpak/, with those of its folders. */
  files: readonly string[];
}
export interface Package extends Texts {
  parsed: Manifest;
  xml: Element;
  groups: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function readTexts(): Texts {
  return {
    manifest: read(`flatpak/${app.id}.yml`),
    metainfo: read(`flatpak/${app.id}.metainfo.xml`),
    desktop: read(`flatpak/${app.id}.desktop`),
    files: readdirSync(`${root}flatpak`, { recursive: true, encoding: 'utf8' }).sort(),
  };
}

/** The groups of a desktop file and their keys. */
function parseDesktop(text: string): Record<string, Record<string, string>> {
  const groups: Record<string, Record<string, string>> = {};
  let group: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const heading = /^\[(.+)\]$/.exec(line)?.[1];
    const [, key, value] = /^([A-Za-z-]+)=(.*)$/.exec(line) ?? [];
    if (heading !== undefined) groups[heading] = group = {};
    else if (key !== undefined && value !== undefined) group[key] = value;
  }
  return groups;
}

export function parsePackage(texts: Texts): Package {
  return {
    ...texts,
    parsed: v.parse(Manifest, parse(texts.manifest)),
    xml: parseXml(texts.metainfo),
    groups: parseDesktop(texts.desktop),
  };
}
