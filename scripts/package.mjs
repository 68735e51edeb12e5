// npm run package: the .deb and the tarball of Sotto in the browser, with their own Node. Plain JavaScript for the locked Node.
//
//   node scripts/package.mjs [--arch x64|arm64] [--out DIR] [--node FILE] [--veilid-node FILE] [--compression xz|none]
//
// Without --node and --veilid-node it takes those of this computer. The same sources, and the same two programs, give the same bytes:
// times are those of the last commit, or SOURCE_DATE_EPOCH. Nothing in a package runs while it is installed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { buildApp, packageOf } from './build-app.mjs';
import { components } from './components.mjs';
import { cycloneDx, licensesPage } from './sbom.mjs';
import { runMain, SetUpError } from './set-up.mjs';
import { veilidNodePath } from './veilid-node.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => path.join(root, ...parts);
const text = (...parts) => fs.readFileSync(at(...parts), 'utf8');

/** Debian's names, ELF's numbers (e_machine), and the folder of the C library's loader. */
const ARCHES = { x64: { debian: 'amd64', machine: 62 }, arm64: { debian: 'arm64', machine: 183 } };
const HOME = '/usr/lib/sotto';

const read = (command, ...args) => execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** Seconds since 1970 that every file bears. */
function sourceTime() {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) {
    if (!/^\d{1,10}$/.test(given)) throw new SetUpError('SOURCE_DATE_EPOCH has to be a number of seconds.');
    return Number(given);
  }
  try {
    return Number(read('git', 'log', '-1', '--format=%ct'));
  } catch {
    throw new SetUpError('There is no commit to take the time from: set SOURCE_DATE_EPOCH.');
  }
}

/** Where the files of one tree are written: folders 0755, files 0644, programs 0755, whatever the umask is. */
function createTree(folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const place = (name) => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return file;
  };
  return {
    folder,
    write: (name, content, mode = 0o644) => fs.writeFileSync(place(name), content, { mode }),
    copy: (name, source) => fs.cpSync(source, place(name), { recursive: true, dereference: true }),
    /** All names below it, sorted, folders without a slash. */
    names: () => fs.readdirSync(folder, { recursive: true }).sort(),
    finish(time) {
      for (const name of ['.', ...fs.readdirSync(folder, { recursive: true })]) {
        const file = path.join(folder, name);
        const program = /(^|\/)bin\/[^/]+$|^DEBIAN\/(?!md5sums|control)|^sotto$/.test(name);
        fs.chmodSync(file, fs.statSync(file).isDirectory() || program ? 0o755 : 0o644);
      }
      // After all else, and folders last: writing into them changes their time.
      for (const name of ['.', ...fs.readdirSync(folder, { recursive: true })]) fs.utimesSync(path.join(folder, name), time, time);
    },
  };
}

function checkElf(file, arch) {
  const head = Buffer.alloc(20);
  const descriptor = fs.openSync(file, 'r');
  try {
    fs.readSync(descriptor, head, 0, head.length, 0);
  } finally {
    fs.closeSync(descriptor);
  }
  if (head.toString('latin1', 0, 4) !== '\x7fELF' || head.readUInt16LE(18) !== ARCHES[arch].machine) {
    throw new SetUpError(`${file} is no program for ${ARCHES[arch].debian}.`);
  }
}

/** The oldest versions of the C and C++ libraries that have what these files link to: {glibc: '2.34', gcc: '7'}. */
function neededLibraries(files) {
  const newest = (found) => found.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  const bytes = files.map((file) => fs.readFileSync(file).toString('latin1'));
  const versions = (pattern) => bytes.flatMap((content) => [...content.matchAll(pattern)].map((match) => match[1]));
  return { glibc: newest(versions(/GLIBC_(2\.\d+)\0/g)), glibcxx: newest(versions(/GLIBCXX_(3\.4\.\d+)\0/g)) };
}
/** The GCC that brought a version of libstdc++ (its manual, "ABI policy and guidelines"). */
const GCC_OF = {
  '3.4.21': '5',
  '3.4.22': '6',
  '3.4.23': '7',
  '3.4.24': '7',
  '3.4.25': '8',
  '3.4.26': '9',
  '3.4.28': '9.3',
  '3.4.29': '11',
  '3.4.30': '12',
  '3.4.32': '13',
};

const isProgramFile = (file) => /\.node$|\/bin\/[^/]+$/.test(file);

/** What both packages hold: app/, ui/, bin/ in `tree` below `prefix`. Answers npm's packages that are in it. */
async function addProgram(tree, prefix, { arch, node, veilidNode }, work) {
  const packages = new Set([`node-linux-${arch}`]);
  await buildApp({ arch, out: work, hosts: ['serve', 'headless'], packages });
  const note = {
    name: 'note-packages',
    generateBundle(_, bundle) {
      for (const id of Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))) {
        const name = packageOf(id);
        if (name !== null) packages.add(name);
      }
    },
  };
  await build({ root, logLevel: 'warn', plugins: [note], build: { outDir: path.join(work, 'ui'), emptyOutDir: true } });
  for (const part of ['app', 'ui']) tree.copy(`${prefix}${part}`, path.join(work, part));
  tree.copy(`${prefix}bin/node`, node);
  if (veilidNode !== null) tree.copy(`${prefix}bin/veilid-node`, veilidNode);
  for (const name of tree.names().filter(isProgramFile)) checkElf(path.join(tree.folder, name), arch);
  return packages;
}

const fill = (template, values) => template.replaceAll(/@(\w+)@/g, (whole, name) => values[name] ?? whole);

function copyright(listed, app) {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${app.name}
Source: ${app.repository}
Comment: The ${listed.length} packages that are part of the program are listed
 with their licences, in full, in licenses.html beside this file, and in
 sbom.cdx.json. All of them may be combined with GPL-3.0-or-later.

Files: *
Copyright: ${app.developer.name}
License: GPL-3.0-or-later

License: GPL-3.0-or-later
 This program is free software: you can redistribute it and/or modify it under
 the terms of the GNU General Public License as published by the Free Software
 Foundation, either version 3 of the License, or (at your option) any later
 version. It is distributed without any warranty.
 .
 On Debian systems, the full text is in /usr/share/common-licenses/GPL-3.
`;
}

/** The flatpak's desktop file, for a program that is in the path and has no window of its own: no actions, no name of a window. */
function desktopFile(id) {
  const [main] = text('flatpak', `${id}.desktop`).split(/\n(?=\[Desktop Action )/);
  return `${main
    .split('\n')
    .filter((line) => line !== '' && !/^(Actions|StartupWMClass|X-GNOME-UsesNotifications|DBusActivatable|StartupNotify)=/.test(line))
    .map((line) => line.replace(/^Exec=.*/, 'Exec=sotto %u'))
    .join('\n')}\n`;
}

/** Desktop file, icons, metainfo, below `prefix` as in /usr. */
function addDesktop(tree, prefix, { id }) {
  tree.write(`${prefix}share/applications/${id}.desktop`, desktopFile(id));
  tree.write(`${prefix}share/metainfo/${id}.metainfo.xml`, text('flatpak', `${id}.metainfo.xml`));
  const icon = (size, name, source) => tree.copy(`${prefix}share/icons/hicolor/${size}/apps/${name}`, at('flatpak', 'icons', source));
  for (const size of [128, 256, 512]) icon(`${size}x${size}`, `${id}.png`, `${size}.png`);
  icon('scalable', `${id}.svg`, `${id}.svg`);
  icon('symbolic', `${id}-symbolic.svg`, `${id}-symbolic.svg`);
}

const digest = (algorithm, file) => createHash(algorithm).update(fs.readFileSync(file)).digest('hex');

function makeDeb(tree, { arch, version, time, app, compression, out }) {
  const files = tree.names().filter((name) => fs.statSync(path.join(tree.folder, name)).isFile());
  const size = files.reduce((sum, name) => sum + Math.ceil(fs.statSync(path.join(tree.folder, name)).size / 1024), 0);
  const needed = neededLibraries(files.filter(isProgramFile).map((name) => path.join(tree.folder, name)));
  const depends = [`libc6 (>= ${needed.glibc})`, 'libgcc-s1', `libstdc++6 (>= ${GCC_OF[needed.glibcxx] ?? '12'})`];
  const { debian } = ARCHES[arch];
  tree.write(
    'DEBIAN/control',
    `Package: sotto
Version: ${version}
Architecture: ${debian}
Maintainer: ${app.developer.name}
Installed-Size: ${size}
Depends: ${depends.join(', ')}
Recommends: xdg-utils, libsecret-tools
Section: net
Priority: optional
Homepage: ${app.homepage}
Description: ${app.summary}
 Sotto is an IRC client that runs in your browser, on this computer alone.
 Direct messages to people who use Sotto too travel over Veilid, sealed by a
 post-quantum double ratchet, and not over the IRC server.
 .
 It brings its own Node, and the node of Veilid. It never updates itself.
`,
  );
  tree.write('DEBIAN/md5sums', files.map((name) => `${digest('md5', path.join(tree.folder, name))}  ${name}\n`).join(''));
  tree.finish(time);
  const file = path.join(out, `sotto_${version}_${debian}.deb`);
  const how = compression === 'none' ? ['-Znone'] : ['-Zxz', '-z6', '--threads-max=1'];
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(time) };
  execFileSync('dpkg-deb', [...how, '--root-owner-group', '--build', tree.folder, file], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return file;
}

function makeTarball(tree, name, { time, compression, out }) {
  tree.finish(time);
  const tar = path.join(out, `${name}.tar`);
  const same = ['--sort=name', '--format=gnu', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${time}`];
  execFileSync('tar', [...same, '-cf', tar, '-C', path.dirname(tree.folder), name]);
  if (compression === 'none') return tar;
  execFileSync('xz', ['-6', '--threads=1', '--force', tar]);
  return `${tar}.xz`;
}

/** Makes everything in `out`. Answers the files, and a table of sizes: [what, bytes][]. */
export async function makePackages({ arch = process.arch, out = at('dist', 'packages'), node, veilidNode, compression = 'xz' } = {}) {
  if (!Object.hasOwn(ARCHES, arch)) throw new SetUpError(`Packages are made for ${Object.keys(ARCHES).join(' and ')}.`);
  const program = {
    arch,
    node: node ?? at('node_modules', `node-linux-${arch}`, 'bin', 'node'),
    veilidNode: veilidNode ?? veilidNodePath(),
  };
  if (!fs.existsSync(program.node)) {
    throw new SetUpError(`The Node for ${arch} is not installed here: make this package on such a computer, or name the file with --node.`);
  }
  if (program.veilidNode === null) throw new SetUpError('veilid-node is not built. Build it: node scripts/veilid-node.mjs build');
  const { version } = JSON.parse(text('package.json'));
  const app = JSON.parse(text('flatpak', 'app.json'));
  const time = sourceTime();
  const made = { arch, version, time, app, compression, out };
  fs.mkdirSync(out, { recursive: true });
  const work = fs.mkdtempSync(path.join(out, '.work-'));
  try {
    const deb = createTree(path.join(work, 'deb'));
    const packages = await addProgram(deb, `${HOME.slice(1)}/`, program, work);
    const listed = components({ arch, shipped: packages });
    const documents = {
      'licenses.html': licensesPage({ components: listed, version, ours: text('LICENSE') }),
      'sbom.cdx.json': cycloneDx({ components: listed, version, time }),
    };
    const values = { version, home: HOME, date: new Date(time * 1000).toISOString().slice(0, 10) };
    const manual = fill(text('packaging', 'sotto.1'), values);

    const name = `sotto-${version}-linux-${arch}`;
    const tar = createTree(path.join(work, name));
    for (const part of ['app', 'ui', 'bin']) tar.copy(part, path.join(deb.folder, HOME, part));
    tar.write('sotto', fill(text('packaging', 'sotto.sh'), { ...values, home: '$(dirname "$(readlink -f "$0")")' }));
    tar.write('sotto.1', manual);
    for (const file of ['LICENSE', 'CHANGELOG.md', 'config.example.toml']) tar.write(file, text(file));
    for (const [file, content] of Object.entries(documents)) tar.write(file, content);
    addDesktop(tar, '', app);

    deb.write('usr/bin/sotto', fill(text('packaging', 'sotto.sh'), values));
    addDesktop(deb, 'usr/', app);
    // gzip's header has no time here, so its bytes depend on the text alone.
    deb.write('usr/share/man/man1/sotto.1.gz', gzipSync(manual, { level: 9 }));
    deb.write('usr/share/doc/sotto/changelog.gz', gzipSync(text('CHANGELOG.md'), { level: 9 }));
    deb.write('usr/share/doc/sotto/copyright', copyright(listed, app));
    deb.write('usr/share/doc/sotto/config.example.toml', text('config.example.toml'));
    for (const [file, content] of Object.entries(documents)) deb.write(`usr/share/doc/sotto/${file}`, content);

    const files = [makeTarball(tar, name, made), makeDeb(deb, made)];
    for (const [file, content] of Object.entries(documents)) {
      files.push(path.join(out, `sotto-${version}-${arch}.${file}`));
      fs.writeFileSync(files.at(-1), content);
    }
    const sums = files.map((file) => `${digest('sha256', file)}  ${path.basename(file)}\n`).sort();
    files.push(path.join(out, 'SHA256SUMS'));
    fs.writeFileSync(files.at(-1), sums.join(''));
    return { files, sizes: sizesOf(deb, files) };
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function sizesOf(tree, files) {
  const parts = [
    ['our code (app/*.js)', /lib\/sotto\/app\/[^/]*\.js(on)?$/],
    ['pages (ui/)', /lib\/sotto\/ui\//],
    ['SQLite', /native\/sqlite\.node$/],
    ['iroh', /native\/iroh\.node$/],
    ['veilid-node', /bin\/veilid-node$/],
    ['Node', /bin\/node$/],
    ['the rest', /./],
  ];
  const sizes = new Map(parts.map(([what]) => [what, 0]));
  for (const name of tree.names()) {
    const status = fs.statSync(path.join(tree.folder, name));
    if (!status.isFile() || name.startsWith('DEBIAN/')) continue;
    const [what] = parts.find(([, pattern]) => pattern.test(name));
    sizes.set(what, sizes.get(what) + status.size);
  }
  return [...sizes, ...files.map((file) => [path.basename(file), fs.statSync(file).size])];
}

async function main() {
  const options = Object.fromEntries(['arch', 'out', 'node', 'veilid-node', 'compression'].map((name) => [name, { type: 'string' }]));
  const { values } = parseArgs({ options });
  const { sizes } = await makePackages({
    arch: values.arch,
    out: values.out && path.resolve(values.out),
    node: values.node,
    veilidNode: values['veilid-node'],
    compression: values.compression,
  });
  const width = Math.max(...sizes.map(([what]) => what.length));
  for (const [what, bytes] of sizes) console.log(`${what.padEnd(width)}  ${(bytes / 1e6).toFixed(2).padStart(8)} MB`);
  return 0;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await runMain(main);
