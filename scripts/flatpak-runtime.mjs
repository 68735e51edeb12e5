// A stand-in for the runtime, SDK, base app and SDK extensions that the manifest names, under their real names, made of files of this computer.
// With it the manifest is built and run without downloads; see flatpak-check.mjs. It shows nothing about the real runtime, zypak or Electron.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { lockedNode, root } from './set-up.mjs';

/** What the build commands and flatpak itself call. */
const PROGRAMS = [
  'bash',
  'sh',
  'env',
  'tar',
  'gzip',
  'xz',
  'sed',
  'grep',
  'find',
  'awk',
  'which',
  'ldconfig',
  'getent',
  'xargs',
  'cmp',
  'diff',
  'true',
];
/** What programs in the extensions load. */
const LIBRARY_PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6', 'zlib1g'];
/** For compiling veilid-node, the machine's packages whole. */
const COMPILER_PACKAGES = [
  'gcc-12',
  'cpp-12',
  'libgcc-12-dev',
  'binutils',
  'binutils-common',
  'binutils-x86-64-linux-gnu',
  'libc6-dev',
  'linux-libc-dev',
  'gcc',
  'cpp',
  'make',
  'libcrypt-dev',
];

const output = (command, args) => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
const find = (name) => {
  const folder = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].find((candidate) =>
    fs.existsSync(path.join(candidate, name)),
  );
  if (folder === undefined) throw new Error(`${name} is missing on this computer`);
  return path.join(folder, name);
};
export const ARCH = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

function copy(from, to) {
  if (fs.existsSync(to)) return;
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.copyFileSync(fs.realpathSync(from), to);
}

/** /usr/lib/x/y.so and /lib/x/y.so both belong under usr/. */
const underUsr = (usr, file) => path.join(usr, path.relative('/', file).replace(/^usr\//, ''));

/** The libraries of the system that a program loads; none for a script. */
function copyLibraries(usr, file) {
  let libraries;
  try {
    libraries = execFileSync('ldd', [fs.realpathSync(file)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return;
  }
  const found = [...libraries.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1]);
  for (const library of found.filter((name) => /^\/(usr\/)?lib/.test(name))) copy(library, underUsr(usr, library));
}

function copyPrograms(usr, files) {
  for (const file of files) {
    copy(file, path.join(usr, 'bin', path.basename(file)));
    copyLibraries(usr, file);
  }
}

function packageFiles(name) {
  try {
    return output('dpkg', ['-L', name])
      .split('\n')
      .filter((file) => file !== '' && fs.existsSync(file) && !fs.statSync(file).isDirectory());
  } catch {
    return [];
  }
}

function writeSystem(usr, { compiler }) {
  const coreutils = packageFiles('coreutils').filter((file) => /\/s?bin\//.test(file));
  copyPrograms(usr, [...PROGRAMS.map(find), ...coreutils]);
  for (const program of [lockedNode(), ...(haveCargo ? rustPrograms() : [])]) copyLibraries(usr, program);
  for (const file of LIBRARY_PACKAGES.flatMap(packageFiles).filter((name) => /\.so[.\d]*$/.test(name))) copy(file, underUsr(usr, file));
  fs.mkdirSync(path.join(usr, 'lib', 'sdk'), { recursive: true });
  fs.mkdirSync(path.join(usr, 'share', 'zoneinfo'), { recursive: true });
  // flatpak-builder wants one; the real one makes the catalogue of a repository.
  fs.writeFileSync(path.join(usr, 'bin', 'appstream-compose'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  if (!compiler) return;
  for (const file of COMPILER_PACKAGES.flatMap(packageFiles).filter((name) => !name.startsWith('/usr/share/'))) {
    const to = underUsr(usr, file);
    if (fs.existsSync(to)) continue;
    fs.mkdirSync(path.dirname(to), { recursive: true });
    if (fs.lstatSync(file).isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(file), to);
    else {
      copy(file, to);
      if (/\/bin\/|cc1|collect2|lto/.test(file)) copyLibraries(usr, file);
    }
  }
  copy(find('gcc'), path.join(usr, 'bin', 'cc'));
}

function writeNode(usr) {
  copy(lockedNode(), path.join(usr, 'bin', 'node'));
  // …/npm/bin/npm-cli.js
  const npm = path.join(path.dirname(fs.realpathSync(find('npm'))), '..');
  fs.cpSync(npm, path.join(usr, 'lib', 'node_modules', 'npm'), { recursive: true, verbatimSymlinks: true });
  fs.symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', path.join(usr, 'bin', 'npm'));
}

/** Without cargo on this computer its extension is empty: then the dry run leaves the crates out. */
export const haveCargo = ['cargo', 'rustc'].every((name) => {
  try {
    return output(name, ['--version']) !== '';
  } catch {
    return false;
  }
});

const sysrootOf = () => output('rustc', ['--print', 'sysroot']).trim();
/** cargo and rustc themselves: what is in the path may only choose one of several. */
function rustPrograms() {
  const own = (name) => path.join(sysrootOf(), 'bin', name);
  return ['cargo', 'rustc'].map((name) => (fs.existsSync(own(name)) ? own(name) : find(name)));
}

function writeRust(usr, { compiler }) {
  if (!haveCargo) return;
  const sysroot = sysrootOf();
  for (const program of rustPrograms()) copy(program, path.join(usr, 'bin', path.basename(program)));
  const libraries = fs.readdirSync(path.join(sysroot, 'lib')).filter((name) => /^lib.*\.so/.test(name));
  for (const name of libraries) copy(path.join(sysroot, 'lib', name), path.join(usr, 'lib', name));
  if (!compiler) return;
  // The target's libraries, and the linker that newer compilers bring.
  for (const part of ['lib', 'bin']) {
    const folder = path.join('lib', 'rustlib', `${ARCH}-unknown-linux-gnu`, part);
    const from = path.join(sysroot, folder);
    if (fs.existsSync(from)) fs.cpSync(from, path.join(usr, folder), { recursive: true });
  }
}

/**
 * The archive that stands for Electron's: Node, and a program named `electron` with a wire of fuses that reads app.asar and starts the browser host in
 * it. Answers the archive's path.
 */
export function writeStandInElectron(folder) {
  const parts = path.join(folder, 'electron');
  fs.rmSync(parts, { recursive: true, force: true });
  fs.mkdirSync(path.join(parts, 'resources'), { recursive: true });
  fs.copyFileSync(lockedNode(), path.join(parts, 'node'));
  const start = '#!/bin/sh\nhere="$(dirname "$(readlink -f "$0")")"\nexec "$here/node" "$here/stand-in.mjs" "$@"\nexit 1\n';
  const wire = Buffer.concat([Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, 9]), Buffer.from('101100111')]);
  fs.writeFileSync(path.join(parts, 'electron'), Buffer.concat([Buffer.from(start), wire]), { mode: 0o755 });
  fs.writeFileSync(path.join(parts, 'chrome-sandbox'), '', { mode: 0o755 });
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'version', 'resources/default_app.asar'])
    fs.writeFileSync(path.join(parts, name), 'stand-in\n');
  fs.copyFileSync(path.join(root, 'scripts', 'flatpak-stand-in.mjs'), path.join(parts, 'stand-in.mjs'));
  // Sorted, without times: the same archive each time, so that flatpak-builder's cache holds.
  const archive = path.join(folder, 'electron-stand-in.tar');
  output('tar', ['-cf', archive, '-C', parts, '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '.']);
  return archive;
}

/** A repository that keeps files as they are: compressing them would take longer than all the rest. */
export function makeRepository(folder) {
  for (const sub of ['objects', 'tmp', 'extensions', 'state', 'refs/heads', 'refs/mirror', 'refs/remotes']) {
    fs.mkdirSync(path.join(folder, sub), { recursive: true });
  }
  fs.writeFileSync(path.join(folder, 'config'), '[core]\nrepo_version=1\nmode=bare-user\n');
}

/**
 * Makes and installs the stand-ins into `flatpak` (its environment names a user installation of its own), unless they are there already.
 * `compiler`: with all that compiling veilid-node takes (about 1 GB).
 */
export function installStandIns({ folder, environment, app, compiler, say }) {
  const flatpak = (args) => execFileSync('flatpak', args, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const ref = (name) => `${name}/${ARCH}/${app.branch}`;
  const runtime = (name, more = '') => `[Runtime]\nname=${name}\nruntime=${ref(app.runtime)}\nsdk=${ref(app.sdk)}\n${more}`;
  const extension = (name) => `[Runtime]\nname=${name}\n\n[ExtensionOf]\nref=runtime/${ref(app.sdk)}\n`;
  const point = `\n[Extension ${app.sdk}.Extension]\ndirectory=lib/sdk\nversion=${app.branch}\nsubdirectories=true\nno-autodownload=true\n`;
  const made = [
    { name: app.runtime, metadata: runtime(app.runtime), write: (usr) => writeSystem(usr, { compiler: false }) },
    { name: app.sdk, metadata: runtime(app.sdk, point), write: (usr) => writeSystem(usr, { compiler }) },
    { name: `${app.sdk}.Extension.node24`, metadata: extension(`${app.sdk}.Extension.node24`), write: writeNode },
    {
      name: `${app.sdk}.Extension.rust-stable`,
      metadata: extension(`${app.sdk}.Extension.rust-stable`),
      write: (usr) => writeRust(usr, { compiler }),
    },
  ];
  const key = createHash('sha256')
    .update(
      JSON.stringify([
        app,
        compiler,
        ARCH,
        output('dpkg-query', ['-W', 'libc6', 'coreutils']),
        haveCargo && output('rustc', ['--version']),
      ]),
    )
    .update(fs.readFileSync(path.join(root, 'scripts', 'flatpak-runtime.mjs')))
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = path.join(folder, 'stand-ins.stamp');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === key) return;
  say(`Making the stand-in runtime${compiler ? ' with compilers' : ''} ...`);
  for (const name of ['repository', 'parts', 'user', 'state', 'system'])
    fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  const repository = path.join(folder, 'repository');
  makeRepository(repository);
  for (const { name, metadata, write } of made) {
    const parts = path.join(folder, 'parts', name);
    for (const sub of ['usr', 'files', 'var']) fs.mkdirSync(path.join(parts, sub), { recursive: true });
    fs.writeFileSync(path.join(parts, 'metadata'), metadata);
    // flatpak takes an extension's files from elsewhere than a runtime's.
    write(path.join(parts, metadata.includes('[ExtensionOf]') ? 'files' : 'usr'));
    flatpak(['build-export', '--disable-sandbox', '--runtime', repository, parts, app.branch]);
  }
  const base = path.join(folder, 'parts', app.base);
  for (const sub of ['files/bin', 'export']) fs.mkdirSync(path.join(base, sub), { recursive: true });
  fs.writeFileSync(path.join(base, 'metadata'), `[Application]\nname=${app.base}\nruntime=${ref(app.runtime)}\nsdk=${ref(app.sdk)}\n`);
  fs.writeFileSync(path.join(base, 'files', 'bin', 'zypak-wrapper'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  flatpak(['build-export', '--disable-sandbox', repository, base, app.branch]);
  flatpak(['build-update-repo', repository]);
  flatpak(['remote-add', '--user', '--no-gpg-verify', 'stand-in', repository]);
  const refs = [...made.map(({ name }) => `runtime/${ref(name)}`), `app/${ref(app.base)}`];
  flatpak(['install', '--user', '--noninteractive', '--no-deps', '--no-related', 'stand-in', ...refs]);
  fs.rmSync(path.join(folder, 'parts'), { recursive: true, force: true });
  fs.writeFileSync(stamp, key);
}
