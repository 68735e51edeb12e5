// What is generated or copied: source lists from the lock files, releases from the changelog, the id everywhere, PNGs from SVG, sizes.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import {
  buildLock,
  cargoSources,
  crates,
  electronSources,
  generate,
  neededPackages,
  npmSources,
} from '../../../scripts/flatpak-sources.mjs';
import { fill, releasesOf, updateMetainfo } from '../../../scripts/metainfo.mjs';
import { app, read, readTexts, root } from './package.ts';

const Entry = v.looseObject({ version: v.optional(v.string()), integrity: v.optional(v.string()), resolved: v.optional(v.string()) });
const Lock = v.looseObject({ packages: v.record(v.string(), Entry) });
const manifest: unknown = JSON.parse(read('package.json'));
const lock = v.parse(Lock, JSON.parse(read('package-lock.json')));
const Source = v.looseObject({ url: v.optional(v.string()), sha512: v.optional(v.string()), 'dest-filename': v.optional(v.string()) });
const npm = v.parse(v.array(Source), npmSources(lock));

/** A store shows at most this; readers on slow lines wait for it. */
const MAX_SCREENSHOT_BYTES = 300 * 1024;
const MIN_SCREENSHOT_WIDTH = 1000;

describe('the source lists', () => {
  it.each(Object.entries(generate()))('%s is what the lock files ask for', (name, text) => {
    expect(read(`flatpak/${name}`)).toBe(text);
  });

  it('names the hash of the lock file for each package', () => {
    const hash = (integrity = ''): string => Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
    const wanted = new Set(neededPackages(lock).map((location) => hash(lock.packages[location]?.integrity)));
    expect(new Set(npm.map(({ sha512 }) => sha512))).toEqual(wanted);
    expect(wanted.size).toBeGreaterThan(80);
  });

  it('brings what the app is made of and leaves out test tools, browsers and Electron', () => {
    const names = npm.map((source) => source['dest-filename'] ?? '');
    const has = (start: string): boolean => names.some((name) => name.startsWith(start));
    for (const needed of [
      'svelte-5',
      'vite-8',
      'rolldown+binding-linux-x64-gnu',
      'rolldown+binding-linux-arm64-gnu',
      'valibot-',
      'electron+asar-',
    ])
      expect(has(needed), needed).toBe(true);
    for (const left of [
      'electron-4',
      'playwright',
      'vitest',
      'eslint-1',
      'typescript',
      'node-linux',
      'rolldown+binding-win32',
      'rolldown+binding-linux-x64-musl',
    ])
      expect(has(left), left).toBe(false);
  });

  it('refuses a package without sha512', () => {
    const weak = structuredClone(lock);
    const entry = weak.packages['node_modules/valibot'];
    if (entry !== undefined) entry.integrity = 'sha1-abc=';
    expect(() => npmSources(weak)).toThrow('node_modules/valibot has no sha512');
  });

  it('makes a lock for the build whose addresses are all files, and nothing else', () => {
    const built = v.parse(
      v.looseObject({ manifest: v.looseObject({ devDependencies: v.record(v.string(), v.string()) }), lock: Lock }),
      buildLock(manifest, lock, (file: string) => !file.includes('arm64')),
    );
    const entries = Object.entries(built.lock.packages).filter(([location]) => location !== '');
    expect(entries.every(([, entry]) => entry.resolved?.startsWith('file:flatpak-npm/') === true)).toBe(true);
    expect(entries.some(([location]) => location.includes('arm64'))).toBe(false);
    expect(Object.keys(built.manifest.devDependencies)).not.toContain('vitest');
    expect(Object.keys(built.manifest.devDependencies)).toContain('vite');
  });

  it('has every crate of Cargo.lock, from crates.io alone', () => {
    const text = read('veilid-node/Cargo.lock');
    const known = crates(text);
    expect(known.length).toBe(text.split('\nsource = ').length - 1);
    expect(JSON.stringify(cargoSources(text)).match(/"type":"archive"/g)?.length).toBe(known.length);
    expect(() => crates(text.replace('registry+https://github.com/rust-lang/crates.io-index', 'git+https://example.org/x'))).toThrow(
      'crates.io',
    );
  });

  it('refuses an Electron whose hash is not known', () => {
    expect(() => electronSources('45.4.1', {})).toThrow('names no sha256');
  });
});

describe('the metainfo', () => {
  it('is current', () => {
    expect(updateMetainfo({ write: false })).toBe(true);
  });

  const changelog = [
    '# Changelog',
    '## [Unreleased]\n\n### Added\n\n- Not yet.',
    '## [1.1.0] - 2027-02-03\n\nFaster <and> `calmer`.\n\n### Fixed\n\n- Something.',
    '## [1.0.1-rc.1] - 2027-01-02\n\n### Fixed\n\n- `/quit` asks **once** ([how](docs/x.md)). More words.\n- Second\n  line.',
  ].join('\n\n');

  it('takes the paragraph under a version as its note, else the first sentences', () => {
    const xml = fill('<releases>\n</releases>', { changelog, version: '1.1.0', repository: 'https://github.com/a/b' });
    expect(xml).toContain('<release version="1.1.0" date="2027-02-03">');
    expect(xml).toContain('<p>Faster &lt;and&gt; <code>calmer</code>.</p>');
    expect(xml).toContain('<release version="1.0.1~rc.1" date="2027-01-02" type="development">');
    expect(xml).toContain('<li><code>/quit</code> asks once (how)</li>');
    expect(xml).toContain('<li>Second line</li>');
    expect(xml).not.toContain('Not yet');
    expect(xml).toContain('<url type="details">https://github.com/a/b/blob/v1.1.0/CHANGELOG.md</url>');
  });

  it('refuses a heading that is no release', () => {
    expect(() => releasesOf('# C\n\n## 1.0\n\n- x\n')).toThrow('is not of the form');
  });
});

describe('the id and what goes with it', () => {
  it('is the same wherever it stands', () => {
    const texts = readTexts();
    const ids = [texts.manifest, texts.metainfo, texts.desktop, read('flatpak/README.md')].flatMap(
      (text) => text.match(/io\.github\.sotto_irc\.\w+/g) ?? [],
    );
    expect(new Set(ids)).toEqual(new Set([app.id]));
    expect(read('flatpak/sotto.sh')).toContain(`/app/${app.command}/${app.command} "$@"`);
    expect(app.id.startsWith(`${app.developer.id}.`)).toBe(true);
    expect(app.repository).toBe(
      `https://github.com/${app.developer.id.replace('io.github.', '').replace('_', '-')}/${app.id.split('.').at(-1) ?? ''}`,
    );
  });

  it('is written in no source file of the program', () => {
    const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|cts|svelte)$/.test(file));
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter((file) => read(`src/${file}`).includes(app.id))).toEqual([]);
  });
});

describe('pictures', () => {
  const png = (file: string): { width: number; height: number; bytes: Uint8Array } => {
    const bytes = readFileSync(`${root}flatpak/${file}`);
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), bytes };
  };

  it.each([128, 256, 512])('has the icon in %i pixels', (size) => {
    expect(png(`icons/${size}.png`)).toMatchObject({ width: size, height: size });
  });

  it.each(['tray', 'tray-unread', 'tray-highlight'])('has %s once and twice as large, each its own picture', (name) => {
    expect(png(`icons/${name}.png`)).toMatchObject({ width: 32, height: 32 });
    expect(png(`icons/${name}@2x.png`)).toMatchObject({ width: 64, height: 64 });
    const sums = ['tray', 'tray-unread', 'tray-highlight'].map((state) =>
      createHash('sha256')
        .update(png(`icons/${state}.png`).bytes)
        .digest('hex'),
    );
    expect(new Set(sums).size).toBe(3);
  });

  it('draws the symbolic icon in one colour', () => {
    expect(new Set(read(`flatpak/icons/${app.id}-symbolic.svg`).match(/#[0-9a-f]{3,6}/g)).size).toBe(1);
  });

  it.each(['private', 'channel', 'safety-number', 'channel-dark'])('shows %s large enough and in few bytes', (name) => {
    expect(png(`screenshots/${name}.png`).width).toBeGreaterThanOrEqual(MIN_SCREENSHOT_WIDTH);
    expect(statSync(`${root}flatpak/screenshots/${name}.png`).size).toBeLessThanOrEqual(MAX_SCREENSHOT_BYTES);
  });
});
