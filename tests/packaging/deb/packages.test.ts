// needs: root dpkg-deb debootstrap unshare ip namespaces veilid-node
/** What `npm run package` makes, and that it installs, runs and goes away on a clean Debian. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDebianRoot, type DebianRoot } from './debianRoot.ts';

const tree = fileURLToPath(new URL('../../../', import.meta.url));
const { version } = v.parse(v.object({ version: v.string() }), JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8')));
const { id } = v.parse(v.object({ id: v.string() }), JSON.parse(readFileSync(join(tree, 'flatpak', 'app.json'), 'utf8')));
const folder = mkdtempSync(join(tmpdir(), 'sotto-packages-'));
const arch = process.arch;
const name = `sotto-${version}-linux-${arch}`;
const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

const output = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1e8 });
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** `umask` differs between the two that are compared: nothing may follow from it. */
function make(out: string, umask: string): void {
  const script = `umask ${umask}; exec "$0" "$@"`;
  const args = [process.execPath, join(tree, 'scripts', 'package.mjs'), '--out', out, '--compression', 'none'];
  execFileSync('/bin/sh', ['-c', script, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
}

const first = join(folder, 'first');
const second = join(folder, 'second');
const unpacked = join(folder, 'unpacked');
let debian: DebianRoot;

function deb(out: string): string {
  const found = readdirSync(out).find((file) => file.endsWith('.deb'));
  if (found === undefined) throw new Error('no .deb was made');
  return join(out, found);
}

beforeAll(() => {
  make(first, '022');
  make(second, '077');
  execFileSync('dpkg-deb', ['--raw-extract', deb(first), unpacked]);
  debian = createDebianRoot();
  debian.add(deb(first), 'sotto.deb');
  debian.add(join(first, `${name}.tar`), 'sotto.tar');
  // Two packages, and on a new computer Debian's base system over the network.
}, 900_000);

afterAll(() => {
  debian.remove();
  rmSync(folder, { recursive: true, force: true });
});

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();

/** Shared code lies beside the entries, and UI files have their contents' hash in the name: both are counted as one here. */
const kind = (file: string): string =>
  file.replace(/^(usr\/lib\/sotto\/app\/)(?!(?:serve|headless)\.js)[\w-]+\.js$/, '$1*.js').replace(/-[\w-]{8}\.(js|css)$/, '-*.$1');

test('the .deb holds the program, its own Node, the desktop’s files and the papers, and nothing else', () => {
  const share = (rest: string): string => `usr/share/${rest}`;
  expect([...new Set(filesBelow(unpacked).map(kind))].sort()).toEqual(
    [
      ...['DEBIAN/control', 'DEBIAN/md5sums', 'usr/bin/sotto'],
      ...['serve.js', 'headless.js', '*.js', 'package.json', 'native/iroh.node', 'native/sqlite.node'].map(
        (file) => `usr/lib/sotto/app/${file}`,
      ),
      ...['bin/node', 'bin/veilid-node', 'ui/index.html', 'ui/assets/index-*.css', 'ui/assets/index-*.js'].map(
        (file) => `usr/lib/sotto/${file}`,
      ),
      share(`applications/${id}.desktop`),
      share(`metainfo/${id}.metainfo.xml`),
      ...[128, 256, 512].map((size) => share(`icons/hicolor/${size}x${size}/apps/${id}.png`)),
      share(`icons/hicolor/scalable/apps/${id}.svg`),
      share(`icons/hicolor/symbolic/apps/${id}-symbolic.svg`),
      share('man/man1/sotto.1.gz'),
      ...['changelog.gz', 'config.example.toml', 'copyright', 'licenses.html', 'sbom.cdx.json'].map((file) => share(`doc/sotto/${file}`)),
    ].sort(),
  );
});

test('all files belong to root, have plain modes, and are as old as the commit', () => {
  const entries = lines(output('dpkg-deb', '--contents', deb(first)));
  expect(entries.length).toBeGreaterThan(30);
  expect(new Set(entries.map((entry) => entry.split(/\s+/)[1]))).toEqual(new Set(['root/root']));
  expect(new Set(entries.map((entry) => entry.slice(0, 10)))).toEqual(new Set(['drwxr-xr-x', '-rw-r--r--', '-rwxr-xr-x']));
  const programs = entries.filter((entry) => entry.startsWith('-rwx')).map((entry) => entry.split(' ').at(-1));
  expect(programs).toEqual(['./usr/bin/sotto', './usr/lib/sotto/bin/node', './usr/lib/sotto/bin/veilid-node']);
  expect(new Set(entries.map((entry) => /\d{4}-\d\d-\d\d \d\d:\d\d/.exec(entry)?.[0])).size).toBe(1);
});

test('nothing in it names this computer’s folders, and there are no source maps', () => {
  // veilid-node is compiled elsewhere and beforehand: scripts/veilid-node.mjs takes the folders out of it.
  const files = filesBelow(unpacked).filter((file) => !file.endsWith('bin/veilid-node'));
  const places = [tree.replace(/\/$/, ''), folder].concat(homedir() === '/' ? [] : [`${homedir()}/`]);
  for (const file of files) {
    const content = readFileSync(join(unpacked, file)).toString('latin1');
    const ours = !/\/(node|[\w]+\.node)$/.test(file);
    for (const place of places) if (ours || place !== `${homedir()}/`) expect(content.includes(place), `${place} in ${file}`).toBe(false);
    if (ours) expect(content.includes('sourceMappingURL=') && !file.endsWith('.html'), `a source map in ${file}`).toBe(false);
  }
});

test('the package asks for what its programs link to, and runs nothing while it is installed', () => {
  const fields = output('dpkg-deb', '--field', deb(first));
  expect(fields).toContain(`Version: ${version}\n`);
  expect(fields).toMatch(/^Depends: libc6 \(>= 2\.\d+\), libgcc-s1, libstdc\+\+6 \(>= \d+\)$/m);
  expect(readdirSync(join(unpacked, 'DEBIAN')).sort()).toEqual(['control', 'md5sums']);
});

test('the desktop file starts the browser host with one link', () => {
  const entry = readFileSync(join(unpacked, 'usr/share/applications', `${id}.desktop`), 'utf8');
  expect(entry).toContain('\nExec=sotto %u\n');
  expect(entry).toContain('x-scheme-handler/sotto;');
  expect(entry.match(/^\[/gm)).toHaveLength(1);
});

test('the checksums are those of the files', () => {
  const sums = lines(readFileSync(join(first, 'SHA256SUMS'), 'utf8')).map((line) => line.split('  '));
  expect(sums.map(([, file]) => file).sort()).toEqual(
    readdirSync(first)
      .filter((file) => file !== 'SHA256SUMS')
      .sort(),
  );
  for (const [sum, file] of sums) expect(sha256(join(first, file ?? ''))).toBe(sum);
});

test('our own part is small', () => {
  const own = filesBelow(join(unpacked, 'usr')).filter((file) => !/\/(node|veilid-node|iroh\.node)$/.test(file));
  const bytes = own.reduce((sum, file) => sum + statSync(join(unpacked, 'usr', file)).size, 0);
  expect(bytes).toBeLessThan(15e6);
});

/** As a person without rights whose home is `home`. */
const asUser = (command: string): string =>
  `setpriv --reuid=1234 --regid=1234 --clear-groups --no-new-privs env HOME=/home/person sh -c '${command}'`;

/** Starts `sotto` without a browser, asks for the page by the address it prints, and ends it. Prints what it found. */
const session = (sotto: string, node: string): string => `
  umask 022
  ${asUser(`${sotto} --no-open >/tmp/out 2>/tmp/err & echo $! >/tmp/pid`)}
  tries=0
  until grep -q ^http /tmp/out; do
    tries=$((tries + 1)); [ $tries -lt 600 ] || { echo "no address"; cat /tmp/out /tmp/err; exit 1; }
    kill -0 $(cat /tmp/pid) || { cat /tmp/out /tmp/err; exit 1; }
    sleep 0.1
  done
  ${node} -e 'fetch(process.argv[1].split("#")[0]).then(async (r) => console.log("page", r.status, (await r.text()).includes("<title>Sotto</title>")))' "$(grep ^http /tmp/out)"
  kill -TERM $(cat /tmp/pid)
  tries=0
  while kill -0 $(cat /tmp/pid) 2>/dev/null; do tries=$((tries + 1)); [ $tries -lt 600 ] || { echo "does not end"; exit 1; }; sleep 0.1; done
  cat /tmp/err
  find /home/person -printf '%m %y %P\\n' | sort -k3
`;

test('on a clean Debian it installs, runs for a person without rights, and leaves nothing but their profile', async () => {
  const everything =
    "find / -xdev -not -path '/proc*' -not -path '/dev*' -not -path '/tmp*' -not -path '/packages*' -printf '%y %p\\n' | sort";
  const { code, output: said } = await debian.run(`
    command -v node npm curl && exit 9
    ${everything} >/tmp/before
    apt-get install -y --no-install-recommends /packages/sotto.deb >/tmp/apt 2>&1 || { cat /tmp/apt; exit 1; }
    rm -rf /home/person; mkdir /home/person; chown 1234:1234 /home/person
    ${asUser('sotto --version')}
    ${asUser('echo "{\\"t\\":\\"hello\\",\\"version\\":1,\\"contract\\":\\"none\\"}" | timeout 60 sotto --headless --profile /home/person/other')} || true
    ${session('sotto', '/usr/lib/sotto/bin/node')}
    dpkg --verify sotto
    apt-get purge -y sotto >/tmp/apt 2>&1 || { cat /tmp/apt; exit 1; }
    ${everything} >/tmp/after
    echo "left:"
    comm -13 /tmp/before /tmp/after | grep -v -e ' /home/person' -e ' /var/log/' -e ' /var/lib/dpkg/' -e ' /var/lib/apt/' -e ' /var/cache/' || true
  `);
  expect(said).toContain(`sotto ${version}\n`);
  expect(said).toContain('{"t":"hello"');
  expect(said).toContain('page 200 true\n');
  expect(said).toMatch(/^700 d \.config\/sotto$/m);
  expect(said).toMatch(/^700 d \.local\/share\/sotto$/m);
  expect(said).toMatch(/^700 d \.local\/state\/sotto$/m);
  expect(said).toMatch(/^600 f \.local\/state\/sotto\/store\.key$/m);
  expect(said.slice(said.indexOf('left:'))).toBe('left:\n');
  expect(code).toBe(0);
});

test('the tarball runs from where it was unpacked, also through a link', async () => {
  const place = `/opt/${name}`;
  const { code, output: said } = await debian.run(`
    rm -rf /home/person; mkdir /home/person; chown 1234:1234 /home/person
    tar -xf /packages/sotto.tar -C /opt
    test -s ${place}/licenses.html -a -s ${place}/sbom.cdx.json -a -s ${place}/LICENSE
    ln -s ${place}/sotto /opt/link
    ${asUser('/opt/link --version')}
    ${session('/opt/link', `${place}/bin/node`)}
  `);
  expect(said).toContain(`sotto ${version}\n`);
  expect(said).toContain('page 200 true\n');
  expect(code).toBe(0);
});

test('the same sources give the same bytes', () => {
  expect(readFileSync(join(second, 'SHA256SUMS'), 'utf8')).toBe(readFileSync(join(first, 'SHA256SUMS'), 'utf8'));
  expect(sha256(deb(second))).toBe(sha256(deb(first)));
});
