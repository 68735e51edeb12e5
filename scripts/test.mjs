// npm test: sets up what is missing, runs every test this computer can run, and says what it could not. Plain JavaScript, no packages.
//
//   npm test                 everything
//   npm test -- unit irc     some projects of vitest.config.ts
//
// The last line is "N passed, N failed". Exit code: 0 all passed, 1 something failed, 2 something could not run.
// A test file that needs a program says so in a line "// needs: inspircd atheme openssl"; names are the keys of `programs`.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildUi, checkMachine, install, lockedNode, oneAtATime, root, run, runMain } from './set-up.mjs';
import { fetchPrimitiveVectors, havePrimitiveVectors } from './primitive-vectors.mjs';
import { checkTestnet } from './testnet.mjs';
import { buildVeilidNode, checkToolchain, veilidNodePath } from './veilid-node.mjs';

const say = (line) => console.log(line);
const projects = ['unit', 'irc', 'overlay', 'pq', 'store', 'core', 'electron', 'ui', 'e2e', 'desktop', 'packaging', 'iroh', 'veilid'];

const executable = (file) => {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
};
const inPath = (name) =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => executable(path.join(folder, name)));

/** Programs that tests start: how they are found, and the Debian package. */
const programs = {
  chromium: { found: () => executable(process.env.CHROMIUM ?? '/usr/bin/chromium'), install: 'apt-get install chromium' },
  inspircd: { found: () => inPath('inspircd'), install: 'apt-get install inspircd' },
  atheme: { found: () => inPath('atheme-services'), install: 'apt-get install atheme-services' },
  ngircd: { found: () => inPath('ngircd'), install: 'apt-get install ngircd' },
  znc: { found: () => inPath('znc'), install: 'apt-get install znc' },
  openssl: { found: () => inPath('openssl'), install: 'apt-get install openssl' },
  ip: { found: () => inPath('ip'), install: 'apt-get install iproute2' },
  tcpdump: { found: () => inPath('tcpdump'), install: 'apt-get install tcpdump' },
  unshare: { found: () => inPath('unshare') && inPath('nsenter'), install: 'apt-get install util-linux' },
  namespaces: {
    found: () => checkTestnet().isolate !== undefined,
    install: 'run as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1',
  },
  xvfb: { found: () => inPath('Xvfb'), install: 'apt-get install xvfb' },
  dbus: { found: () => inPath('dbus-run-session') && inPath('dbus-daemon'), install: 'apt-get install dbus' },
  'gnome-keyring': { found: () => inPath('gnome-keyring-daemon'), install: 'apt-get install gnome-keyring' },
  'secret-tool': { found: () => inPath('secret-tool'), install: 'apt-get install libsecret-tools' },
  'python-dbus': {
    found: () => executable('/usr/bin/python3') && fs.existsSync('/usr/lib/python3/dist-packages/dbus'),
    install: 'apt-get install python3-dbus python3-gi',
  },
  'xdg-open': {
    found: () => inPath('xdg-open') && inPath('update-desktop-database'),
    install: 'apt-get install xdg-utils desktop-file-utils',
  },
  'desktop-file-validate': { found: () => inPath('desktop-file-validate'), install: 'apt-get install desktop-file-utils' },
  appstreamcli: { found: () => inPath('appstreamcli'), install: 'apt-get install appstream' },
  'rsvg-convert': { found: () => inPath('rsvg-convert'), install: 'apt-get install librsvg2-bin' },
  flatpak: { found: () => inPath('flatpak'), install: 'apt-get install flatpak' },
  'flatpak-builder': { found: () => inPath('flatpak-builder'), install: 'apt-get install flatpak-builder' },
  root: { found: () => process.getuid?.() === 0, install: 'run as root: sudo npm test' },
  debootstrap: { found: () => inPath('debootstrap'), install: 'apt-get install debootstrap' },
  'dpkg-deb': { found: () => inPath('dpkg-deb'), install: 'apt-get install dpkg' },
  'public test vectors': { found: havePrimitiveVectors, install: 'apt-get install rustc-web cargo-web' },
  'veilid-node': {
    found: () => Boolean(process.env.VEILID_NODE) || veilidNodePath() !== null,
    install: 'apt-get install rustc-web cargo-web gcc libc6-dev',
  },
};

/** What every file of a project needs. */
const projectNeeds = {
  ui: ['chromium'],
  e2e: ['chromium'],
  iroh: ['ip', 'unshare', 'namespaces'],
  veilid: ['veilid-node', 'ip', 'unshare', 'namespaces'],
};
/** What a file needs because of what it calls. */
const callNeeds = [
  [/\bstartInspircd\(/, ['inspircd', 'openssl']],
  [/\bstartInspircd\(\{[^}]*services: true/, ['atheme']],
  [/\bstartNgircd\(/, ['ngircd']],
  [/\bstartZnc\(/, ['znc', 'openssl']],
  [/\bmakeCertificates\(/, ['openssl']],
  [/\b(wycheproof|acvp)\(/, ['public test vectors']],
];

function needsOf(project, file) {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  const named = [...text.matchAll(/^\/\/ needs: (.+)$/gm)].flatMap((match) => match[1].trim().split(/\s+/));
  const unknown = named.find((name) => !Object.hasOwn(programs, name));
  if (unknown !== undefined) throw new Error(`${file} needs "${unknown}", which scripts/test.mjs does not know`);
  const called = callNeeds.filter(([pattern]) => pattern.test(text)).flatMap(([, names]) => names);
  return [...new Set([...(projectNeeds[project] ?? []), ...named, ...called])];
}

function testFiles(folder) {
  if (!fs.existsSync(path.join(root, folder))) return [];
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(file);
    return entry.name.endsWith('.test.ts') ? [file] : [];
  });
}

/** What the tests of a project are started with: Veilid's in the isolated network, iroh's where there is nothing but loopback. */
function startOf(project) {
  switch (project) {
    case 'veilid':
      return [lockedNode(), path.join(root, 'scripts', 'testnet.mjs'), 'run', '--', lockedNode()];
    case 'iroh':
      return [...checkTestnet().isolate, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', lockedNode()];
    default:
      return [lockedNode()];
  }
}

/** iroh comes as a program for some kinds of computers only. */
const haveIroh = () =>
  ['linux-x64-gnu', 'darwin-arm64'].some((name) => fs.existsSync(path.join(root, 'node_modules', '@number0', `iroh-${name}`)));

/** Runs files of one project and counts from vitest's own report. A file that does not load, or a crash, counts as failed. */
async function runProject(project, files) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sotto-test-'));
  const report = path.join(folder, 'report.json');
  try {
    const vitest = [path.join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', project];
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const [command, ...args] = [...startOf(project), ...vitest, ...reporters, ...files];
    const code = await run(command, args);
    if (!fs.existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
    const counts = JSON.parse(fs.readFileSync(report, 'utf8'));
    const notLoaded = counts.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
    const failed = counts.numFailedTests + notLoaded;
    return {
      passed: counts.numPassedTests,
      // Errors outside of a test fail the run without failing a test.
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped: counts.numPendingTests + counts.numTodoTests,
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The isolated network needs the node; it is built here so that nothing compiles while tests run. */
async function buildNode() {
  if (process.env.VEILID_NODE || veilidNodePath() !== null || !checkToolchain().ok) return;
  say('Building veilid-node (about 11 minutes on two cores, once) ...');
  let shown = 0;
  await buildVeilidNode({
    onProgress: ({ done, total, text }) => {
      const tenth = Math.floor((done * 10) / total);
      if (tenth > shown) say(`veilid-node: ${done}/${total} ${text}`);
      shown = Math.max(shown, tenth);
    },
  });
}

/** What no registry has: such tests are not registered without it, and the result stays as it is. */
function sayAbsent() {
  if (!process.env.ERGO) say('absent: Ergo (ERGO=/path/to/ergo runs its tests)');
  if (!process.env.SOJU) say('absent: soju (SOJU=/folder with soju and sojudb runs its tests)');
  if (!haveIroh()) say('absent: iroh (no program for this kind of computer)');
  if (!executable(path.join(root, 'node_modules', 'electron', 'dist', 'electron'))) say('absent: Electron (no binary)');
}

await runMain(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !projects.includes(name));
  if (unknown !== undefined) {
    console.error(`There is no project "${unknown}"; there are ${projects.join(', ')}.`);
    return 1;
  }
  checkMachine();
  const chosen = projects.filter((project) => wanted.length === 0 || wanted.includes(project));
  const total = { passed: 0, failed: 0 };
  /** A build that fails is a failure to count; what does not need it still runs. */
  const countFailure = (error) => {
    console.error(error.message);
    total.failed += 1;
  };
  await oneAtATime(say, async () => {
    await install(say);
    await buildUi(say).catch(countFailure);
  });
  if (chosen.includes('veilid') && testFiles('tests/veilid').length > 0) await buildNode().catch(countFailure);

  if (chosen.includes('pq')) await fetchPrimitiveVectors().catch((error) => say(error.message));

  const isThere = new Map(Object.entries(programs).map(([name, program]) => [name, program.found()]));
  const left = [];
  for (const project of chosen) {
    const files = [];
    for (const file of testFiles(path.join('tests', project))) {
      const missing = needsOf(project, file).filter((name) => !isThere.get(name));
      if (missing.length === 0) files.push(file);
      else left.push(`not run: ${file} (${[...new Set(missing.map((name) => programs[name].install))].join('; ')})`);
    }
    if (files.length === 0 || (project === 'iroh' && !haveIroh())) continue;
    say(`\n== ${project}`);
    const counts = await runProject(project, files);
    total.passed += counts.passed;
    total.failed += counts.failed;
    if (counts.skipped > 0) left.push(`not run: ${counts.skipped} tests of ${project} that are marked as skipped`);
  }

  say('');
  sayAbsent();
  for (const line of left) say(line);
  say(`${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0) return 1;
  return left.length > 0 ? 2 : 0;
});
