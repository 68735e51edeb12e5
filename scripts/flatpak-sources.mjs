// Writes what the flatpak build may download, from the lock files: flatpak/{npm,cargo,electron}-sources.json. Plain JavaScript for Node >= 20.
//
//   node scripts/flatpak-sources.mjs            writes them
//   node scripts/flatpak-sources.mjs --check    says whether they are what the lock files ask for
//
// The build has no network: flatpak-builder fetches these beforehand and compares the hashes, which come from the lock files.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => path.join(root, ...parts);
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

/** What the build itself runs or bundles, beside what package.json lists under "dependencies". Test tools, linters and browsers stay out. */
export const BUILD_PACKAGES = ['@electron/asar', '@electron/fuses', '@sveltejs/vite-plugin-svelte', 'irc-framework', 'svelte', 'vite'];
/** Optional packages that the app uses where the processor has them. */
const OPTIONAL_PACKAGES = ['@number0/iroh'];
/** Where the sources stand in the build folder. */
export const NPM_FOLDER = 'flatpak-npm';
const CARGO_FOLDER = 'flatpak-cargo';

/** npm's and flatpak's names of the processors that are built for. */
const ARCHES = [
  { npm: 'x64', flatpak: 'x86_64' },
  { npm: 'arm64', flatpak: 'aarch64' },
];

/** The name of the package that a lock entry installs: an alias has its own "name". */
const packageName = (location, entry) => entry.name ?? location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length);

const tarball = (name, version) => `${name.replace('/', '+').replace('@', '')}-${version}.tgz`;

/** Where Node finds the dependency `name` of the package at `location`: the nearest node_modules upwards; null where it was left out. */
function resolve(packages, location, name) {
  for (let folder = location; ;) {
    const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (Object.hasOwn(packages, candidate)) return candidate;
    if (folder === '') return null;
    const above = folder.lastIndexOf('/node_modules/');
    folder = above < 0 ? '' : folder.slice(0, above);
  }
}

/** Linux with glibc on a processor that is built for. */
function fits(entry) {
  const allows = (list, value) =>
    list === undefined || list.includes(value) || list.some((item) => item.startsWith('!') && item !== `!${value}`);
  return allows(entry.os, 'linux') && allows(entry.libc, 'glibc') && ARCHES.some(({ npm }) => allows(entry.cpu, npm));
}

/** Lock locations that the build needs, in order: everything reachable from the app's own dependencies and the build's tools. */
export function neededPackages(lock, roots = BUILD_PACKAGES) {
  const { packages } = lock;
  const needed = new Set();
  const visit = (location) => {
    if (location === null || needed.has(location) || !fits(packages[location])) return;
    needed.add(location);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packages[location];
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
    for (const name of [...Object.keys(dependencies ?? {}), ...Object.keys(optionalDependencies ?? {}), ...peers]) {
      visit(resolve(packages, location, name));
    }
  };
  for (const name of [...Object.keys(packages[''].dependencies), ...OPTIONAL_PACKAGES, ...roots]) {
    const location = resolve(packages, '', name);
    if (location === null) throw new Error(`package-lock.json has no ${name}, which the build needs`);
    visit(location);
  }
  return [...needed].sort();
}

/** sha512 in hex of an npm integrity value; others are refused. */
function sha512(location, entry) {
  const match = /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(entry.integrity ?? '');
  if (match === null) throw new Error(`${location} has no sha512 in package-lock.json`);
  return Buffer.from(match[1], 'base64').toString('hex');
}

/** One file source a package, `only-arches` where a package is for one processor. */
export function npmSources(lock) {
  const sources = new Map();
  for (const location of neededPackages(lock)) {
    const entry = lock.packages[location];
    const name = packageName(location, entry);
    const file = tarball(name, entry.version);
    const arches = ARCHES.filter(({ npm }) => entry.cpu === undefined || entry.cpu.includes(npm)).map(({ flatpak }) => flatpak);
    sources.set(file, {
      type: 'file',
      url: `https://registry.npmjs.org/${name}/-/${name.slice(name.lastIndexOf('/') + 1)}-${entry.version}.tgz`,
      sha512: sha512(location, entry),
      dest: NPM_FOLDER,
      'dest-filename': file,
      ...(arches.length < ARCHES.length ? { 'only-arches': arches } : {}),
    });
  }
  return [...sources].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source);
}

/**
 * package.json and package-lock.json for the build: only what is needed, every address a file in NPM_FOLDER. npm compares the hashes once more.
 * `isThere(file)` says which tarballs flatpak fetched: those of other processors are not.
 */
export function buildLock(manifest, lock, isThere) {
  const keep = neededPackages(lock).filter((location) =>
    isThere(tarball(packageName(location, lock.packages[location]), lock.packages[location].version)),
  );
  const kept = new Set(keep);
  const top = new Set(
    keep.filter((location) => !location.includes('/node_modules/')).map((location) => location.slice('node_modules/'.length)),
  );
  const only = (list) => Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => top.has(name)));
  const lists = {
    dependencies: only(manifest.dependencies),
    optionalDependencies: only(manifest.optionalDependencies),
    devDependencies: only(manifest.devDependencies),
  };
  const entries = keep.map((location) => {
    const { optionalDependencies, ...entry } = lock.packages[location];
    // An optional part that was left out would count as missing from the lock.
    const left = Object.entries(optionalDependencies ?? {}).filter(([name]) => kept.has(resolve(lock.packages, location, name)));
    return [
      location,
      {
        ...entry,
        ...(left.length > 0 ? { optionalDependencies: Object.fromEntries(left) } : {}),
        resolved: `file:${NPM_FOLDER}/${tarball(packageName(location, entry), entry.version)}`,
      },
    ];
  });
  return {
    manifest: { ...manifest, ...lists, overrides: {} },
    lock: { ...lock, packages: { '': { ...lock.packages[''], ...lists }, ...Object.fromEntries(entries) } },
  };
}

/** The crates of Cargo.lock: name, version, sha256. Only crates.io is known; anything else is refused. */
export function crates(text) {
  return text
    .split('[[package]]')
    .slice(1)
    .flatMap((block) => {
      const value = (key) => new RegExp(`^${key} = "([^"]+)"$`, 'm').exec(block)?.[1];
      const [name, version, source, checksum] = ['name', 'version', 'source', 'checksum'].map(value);
      if (source === undefined) return [];
      if (source !== 'registry+https://github.com/rust-lang/crates.io-index' || !/^[0-9a-f]{64}$/.test(checksum ?? '')) {
        throw new Error(`Cargo.lock: ${name} ${version} does not come from crates.io with a sha256`);
      }
      return [{ name, version, sha256: checksum }];
    });
}

/** Each crate unpacked into a vendor folder with the checksum file that cargo wants there, and the configuration that leads cargo to it. */
export function cargoSources(text) {
  const sources = crates(text).flatMap(({ name, version, sha256 }) => {
    const dest = `${CARGO_FOLDER}/vendor/${name}-${version}`;
    return [
      {
        type: 'archive',
        'archive-type': 'tar-gzip',
        url: `https://static.crates.io/crates/${name}/${name}-${version}.crate`,
        sha256,
        dest,
      },
      { type: 'inline', contents: JSON.stringify({ package: sha256, files: {} }), dest, 'dest-filename': '.cargo-checksum.json' },
    ];
  });
  const contents = `[source.vendored]\ndirectory = "${CARGO_FOLDER}/vendor"\n\n[source.crates-io]\nreplace-with = "vendored"\n`;
  return [...sources, { type: 'inline', contents, dest: '.cargo', 'dest-filename': 'config.toml' }];
}

/** Electron's own zips; their sha256 come with the npm package, whose hash is in the lock file. */
export function electronSources(version, checksums) {
  return ARCHES.map(({ npm, flatpak }) => {
    const file = `electron-v${version}-linux-${npm}.zip`;
    if (!/^[0-9a-f]{64}$/.test(checksums[file] ?? '')) throw new Error(`electron ${version} names no sha256 of ${file}`);
    return {
      type: 'archive',
      url: `https://github.com/electron/electron/releases/download/v${version}/${file}`,
      sha256: checksums[file],
      'strip-components': 0,
      dest: 'electron',
      'only-arches': [flatpak],
    };
  });
}

/** File name in flatpak/ -> its text, as the lock files want it now. */
export function generate() {
  const lock = readJson(at('package-lock.json'));
  const { version } = lock.packages['node_modules/electron'];
  const installed = readJson(at('node_modules', 'electron', 'package.json')).version;
  if (installed !== version) throw new Error(`electron ${installed} is installed, the lock file says ${version}: npm ci`);
  // As the formatter writes it: a list of one on one line.
  const text = (sources) => `${JSON.stringify(sources, null, 2).replace(/\[\s+("[^"]*")\s+\]/g, '[$1]')}\n`;
  return {
    'npm-sources.json': text(npmSources(lock)),
    'cargo-sources.json': text(cargoSources(fs.readFileSync(at('veilid-node', 'Cargo.lock'), 'utf8'))),
    'electron-sources.json': text(electronSources(version, readJson(at('node_modules', 'electron', 'checksums.json')))),
  };
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const stale = Object.entries(generate()).filter(([name, text]) => {
    const file = at('flatpak', name);
    return !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text;
  });
  if (process.argv[2] === '--check') {
    for (const [name] of stale) console.error(`flatpak/${name} is not what the lock files ask for: npm run flatpak:sources`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const [name, text] of stale) fs.writeFileSync(at('flatpak', name), text);
    console.log(stale.length === 0 ? 'Nothing changed.' : `Written: ${stale.map(([name]) => `flatpak/${name}`).join(', ')}`);
  }
}
