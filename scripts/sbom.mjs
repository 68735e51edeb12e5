// The bill of materials (CycloneDX 1.6) and the licences page of a package, made of `components()`. The same components give the same text.
//
//   node scripts/sbom.mjs DIR [--arch x64|arm64]   writes licenses.html and sbom.cdx.json for a package that others build, of all that
//                                                  the lock files allow it to hold; their time is SOURCE_DATE_EPOCH, or 0
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { components as listed } from './components.mjs';
import { root, runMain, SetUpError } from './set-up.mjs';

/** A name-based UUID (RFC 9562, section 5.8, of SHA-256): the same contents have the same serial number. */
function uuidOf(text) {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const isSingle = (license) => !/[\s/]/.test(license);
const licensesOf = (license) => [isSingle(license) ? { license: { id: license } } : { expression: license.replaceAll(/ ?\/ ?/g, ' OR ') }];

/** `time` is in seconds since 1970, of the sources. */
export function cycloneDx({ components, version, time }) {
  const ref = `pkg:generic/sotto@${version}`;
  const parts = components.map(({ kind, name, version: of, license, purl, hash }) => {
    const [group, rest] = kind === 'npm' && name.startsWith('@') ? name.split('/') : [null, name];
    return {
      type: name.startsWith('node-linux-') ? 'platform' : 'library',
      'bom-ref': purl,
      ...(group && { group }),
      name: rest,
      version: of,
      scope: 'required',
      ...(hash && { hashes: [hash] }),
      licenses: licensesOf(license),
      purl,
    };
  });
  const body = {
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: { type: 'application', 'bom-ref': ref, name: 'sotto', version, licenses: licensesOf('GPL-3.0-or-later'), purl: ref },
    },
    components: parts,
    dependencies: [{ ref, dependsOn: parts.map((component) => component['bom-ref']) }],
  };
  const head = { $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json', bomFormat: 'CycloneDX', specVersion: '1.6' };
  return `${JSON.stringify({ ...head, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(body))}`, version: 1, ...body }, null, 2)}\n`;
}

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.8rem; border-left: 3px solid #8886; padding-left: 0.8rem; }
details { margin: 0.2rem 0; } summary { cursor: pointer; }`;

/** `ours` is the text of our own LICENSE. */
export function licensesPage({ components, version, ours }) {
  /** By the licence that was chosen, and below it by text: authors are named in there. */
  const licenses = new Map();
  for (const { name, version: of, chosen, texts } of components) {
    const license = chosen.join(' and ');
    const text = texts.length > 0 ? texts.join('\n\n\n') : `Published under ${license}, without a text of its own.`;
    const groups = licenses.get(license) ?? new Map();
    groups.set(text, [...(groups.get(text) ?? []), `${name} ${of}`]);
    licenses.set(license, groups);
  }
  const group = ([text, packages]) =>
    `<details><summary>${packages.map(escape).join(', ')}</summary>\n<pre>${escape(text)}</pre></details>`;
  const section = ([license, groups]) => `<h3>${escape(license)}</h3>\n${[...groups].map(group).join('\n')}`;
  const sorted = [...licenses].sort(([a], [b]) => (a < b ? -1 : 1));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Licences of Sotto ${escape(version)}</title>
<style>${STYLE}
</style>
<h1>Licences</h1>
<p>Sotto ${escape(version)} is free software under the GNU General Public License, version 3 or later. It comes without any warranty.</p>
<details><summary>GNU General Public License, version 3</summary>
<pre>${escape(ours.trim())}</pre></details>
<h2>What Sotto is made with</h2>
<p>${components.length} packages are part of it. Thank you. Open one for the text of its licence, which names its authors.</p>
${sorted.map(section).join('\n')}
</html>
`;
}

async function main() {
  const { values, positionals } = parseArgs({ options: { arch: { type: 'string' } }, allowPositionals: true });
  const [out] = positionals;
  if (out === undefined) throw new SetUpError('usage: node scripts/sbom.mjs DIR [--arch x64|arm64]');
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const components = listed({ arch: values.arch });
  fs.mkdirSync(out, { recursive: true });
  const ours = fs.readFileSync(path.join(root, 'LICENSE'), 'utf8');
  fs.writeFileSync(path.join(out, 'licenses.html'), licensesPage({ components, version, ours }));
  fs.writeFileSync(path.join(out, 'sbom.cdx.json'), cycloneDx({ components, version, time: Number(process.env.SOURCE_DATE_EPOCH ?? 0) }));
  return 0;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await runMain(main);
