// What a package of Sotto consists of beside Sotto: npm packages and Rust crates, each with its licence. Plain JavaScript for Node >= 20, no packages.
//
//   node scripts/components.mjs --crates   writes veilid-node/licenses.json from the crates' sources, which cargo must have fetched
//   node scripts/components.mjs --check    fails where it is not of the present Cargo.lock, or a licence is unknown or does not fit
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseLicenses, LicenseError } from './spdx.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => path.join(root, ...parts);
const CRATES = at('veilid-node', 'licenses.json');
const CARGO_LOCK = at('veilid-node', 'Cargo.lock');
/** Of these targets the linked crates are listed. */
const TARGETS = ['x86_64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu'];
const MAX_TEXT = 400_000;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const isLicenseFile = (name) => /^(licen[sc]e|copying|notice|unlicense)/i.test(name);

/** The texts in a package's folder, of the licences that were chosen where their names tell them apart. */
function licenseTexts(folder, chosen) {
  if (!fs.existsSync(folder)) return [];
  const files = fs.readdirSync(folder).filter((name) => isLicenseFile(name) && fs.statSync(path.join(folder, name)).isFile());
  const stems = chosen.map((name) => name.split('-')[0].toUpperCase());
  const fitting = files.filter((name) => stems.some((stem) => name.toUpperCase().includes(stem)) || /notice/i.test(name));
  const read = (fitting.length > 0 ? fitting : files).sort().map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
  return read.map((text) =>
    text
      .replaceAll('\r', '')
      .replace(/[ \t]+$/gm, '')
      .trim()
      .slice(0, MAX_TEXT),
  );
}

/** Entries of package-lock.json that may be part of a package for `arch`, by their place in node_modules: Svelte is a tool, and its runtime is shipped. */
function shippedPackages(arch) {
  const { packages } = JSON.parse(fs.readFileSync(at('package-lock.json'), 'utf8'));
  const resolve = (from, name) => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      if (packages[candidate]) return candidate;
      if (folder === '') return null;
    }
  };
  const found = new Map();
  const visit = (from, name) => {
    const location = resolve(from, name);
    if (location === null || found.has(location)) return;
    const entry = packages[location];
    if ((entry.os && !entry.os.includes('linux')) || (entry.cpu && !entry.cpu.includes(arch)) || entry.libc?.includes('musl')) return;
    found.set(location, { ...entry, name: entry.name ?? name });
    for (const next of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) visit(location, next);
  };
  const { dependencies, optionalDependencies } = packages[''];
  for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), 'svelte']) visit('', name);
  return found;
}

const purlName = (name) => name.split('/').map(encodeURIComponent).join('/');

function npmComponents(arch) {
  return [...shippedPackages(arch)].map(([location, entry]) => {
    const [algorithm, digest] = (entry.integrity ?? '').split('-');
    return {
      kind: 'npm',
      name: entry.name,
      version: entry.version,
      license: entry.license,
      purl: `pkg:npm/${purlName(entry.name)}@${entry.version}`,
      hash: algorithm === 'sha512' ? { alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') } : null,
      folder: at(location),
    };
  });
}

function crateComponents() {
  const { cargoLock, crates, texts } = JSON.parse(fs.readFileSync(CRATES, 'utf8'));
  const lock = fs.readFileSync(CARGO_LOCK, 'utf8');
  if (cargoLock !== sha256(lock)) {
    throw new LicenseError('veilid-node/licenses.json is not of the present Cargo.lock: node scripts/components.mjs --crates');
  }
  const checksums = new Map(
    [...lock.matchAll(/name = "(.+)"\nversion = "(.+)"\nsource = .*\nchecksum = "(\w+)"/g)].map((match) => [
      `${match[1]}@${match[2]}`,
      match[3],
    ]),
  );
  return crates.map(({ name, version, license, texts: numbers }) => {
    const content = checksums.get(`${name}@${version}`);
    if (content === undefined) throw new LicenseError(`${name} ${version} is not in Cargo.lock`);
    const hash = { alg: 'SHA-256', content };
    return {
      kind: 'cargo',
      name,
      version,
      license,
      purl: `pkg:cargo/${name}@${version}`,
      hash,
      texts: numbers.map((number) => texts[number]),
    };
  });
}

/**
 * All of them, sorted, as {kind: npm|cargo, name, version, license, chosen, purl, hash, texts}; of npm's those in `shipped` (names) alone, where
 * that is given. Throws one LicenseError that names every package whose licence is unknown or does not fit, or that no lock file lists.
 */
export function components({ arch = process.arch, withCrates = true, shipped = null } = {}) {
  const npm = npmComponents(arch);
  const unlisted = [...(shipped ?? [])].filter((name) => !npm.some((component) => component.name === name));
  const wrong = unlisted.map((name) => `${name}: is part of the program, but no dependency of it`);
  const used = shipped === null ? npm : npm.filter(({ name }) => shipped.has(name));
  const all = [...used, ...(withCrates ? crateComponents() : [])].map((component) => {
    try {
      const chosen = chooseLicenses(component.license);
      const { folder, ...rest } = component;
      return { ...rest, chosen, texts: rest.texts ?? licenseTexts(folder, chosen) };
    } catch (error) {
      if (!(error instanceof LicenseError)) throw error;
      wrong.push(`${component.name} ${component.version}: ${error.message}`);
      return null;
    }
  });
  if (wrong.length > 0) throw new LicenseError(`Licences that have to be looked at:\n  ${wrong.join('\n  ')}`);
  const key = ({ kind, name, version }) => `${kind} ${name} ${version}`;
  return all.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Reads the crates' own files. Build scripts and macros run while compiling only, but their output is linked: they are listed too. */
async function writeCrates() {
  const manifest = at('veilid-node', 'Cargo.toml');
  const cargo = (...args) =>
    execFileSync('cargo', [...args, '--locked', '--manifest-path', manifest], { encoding: 'utf8', maxBuffer: 1e8 });
  const linked = new Set(
    TARGETS.flatMap((target) =>
      cargo('tree', '--target', target, '-e', 'normal', '--prefix', 'none', '--format', '{p}')
        .split('\n')
        .map((line) => /^(\S+) v(\S+)/.exec(line))
        .filter((match) => match !== null)
        .map((match) => `${match[1]}@${match[2]}`),
    ),
  );
  const { packages } = JSON.parse(cargo('metadata', '--format-version', '1'));
  const texts = [];
  /** Texts that differ in their line breaks only are one. */
  const known = new Map();
  const crates = packages
    .filter(({ name, version, source }) => source !== null && linked.has(`${name}@${version}`))
    .map(({ name, version, license, manifest_path: file }) => {
      const numbers = licenseTexts(path.dirname(file), chooseLicenses(license)).map((text) => {
        const same = text.replace(/\s+/g, ' ');
        if (!known.has(same)) known.set(same, texts.push(text) - 1);
        return known.get(same);
      });
      return { name, version, license: license.replaceAll(/ ?\/ ?/g, ' OR '), texts: numbers };
    })
    .sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));
  const { format } = await import('prettier');
  const value = { cargoLock: sha256(fs.readFileSync(CARGO_LOCK)), crates, texts };
  fs.writeFileSync(CRATES, await format(JSON.stringify(value), { parser: 'json', printWidth: 140 }));
  console.log(`${crates.length} crates, ${texts.length} texts`);
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv[2] === '--crates') await writeCrates();
    const all = components();
    console.log(`${all.length} components, every licence known and fit for GPL-3.0-or-later`);
    for (const { name, version, texts } of all)
      if (texts.length === 0) console.log(`  without a licence text of its own: ${name} ${version}`);
  } catch (error) {
    console.error(error instanceof LicenseError ? error.message : error);
    process.exitCode = 1;
  }
}
