// What start.mjs and test.mjs share: the locked packages, the locked Node, the built UI. Plain JavaScript for Node >= 20, no packages.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const MIN_OUTER_NODE = 20;
const NEEDED_NODE = 24;
const at = (...parts) => path.join(root, ...parts);

/** A sentence for the person at the terminal; printed without a stack. */
export class SetUpError extends Error {}

export function checkMachine() {
  if (process.platform !== 'linux') throw new SetUpError(`Sotto runs on Linux; this is ${process.platform}.`);
  const major = Number(process.versions.node.split('.')[0]);
  if (major < MIN_OUTER_NODE) {
    throw new SetUpError(`Sotto needs Node ${MIN_OUTER_NODE} or newer to set itself up; this is ${process.versions.node}.`);
  }
}

/** The Node that everything runs on: the locked one for this processor, else the present one if it is new enough. */
export function lockedNode() {
  const own = at('node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  if (fs.existsSync(own)) return own;
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_NODE) return process.execPath;
  throw new SetUpError(
    `There is no packaged Node ${NEEDED_NODE} for ${process.platform} on ${process.arch}: install Node ${NEEDED_NODE} and start again.`,
  );
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : null);

/** Installs what package-lock.json names, unless it is there already. */
export async function install(say) {
  const lock = at('package-lock.json');
  const wanted = sha256(fs.readFileSync(lock));
  const stamp = at('node_modules', '.sotto-lock');
  if (read(stamp) === wanted) return;
  // npm's own record: newer than the lock means that somebody ran "npm ci" by hand.
  const record = at('node_modules', '.package-lock.json');
  if (read(stamp) === null && fs.existsSync(record) && fs.statSync(record).mtimeMs >= fs.statSync(lock).mtimeMs) {
    fs.writeFileSync(stamp, `${wanted}\n`);
    return;
  }
  say('Installing the locked packages (half a minute, once) ...');
  const npm = process.env.npm_execpath;
  // npm replaces node_modules, so it must not run on a Node in there.
  const [command, ...first] = npm ? [process.env.npm_node_execpath ?? process.execPath, npm] : ['npm'];
  const flags = ['--ignore-scripts', '--include=dev', '--include=optional', '--loglevel=error', '--no-audit', '--no-fund'];
  const code = await run(command, [...first, 'ci', ...flags]);
  if (code !== 0) throw new SetUpError('The packages could not be installed; what npm said is above.');
  fs.writeFileSync(stamp, `${wanted}\n`);
}

function filesBelow(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(path.join(folder, entry.name)) : [path.join(folder, entry.name)]))
    .sort();
}

/** One hash of these files' names and contents. */
function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = fs.readFileSync(file);
    hash.update(`${path.relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/** Builds the UI into dist/ui, unless it was built from these very sources. */
export async function buildUi(say) {
  const single = ['index.html', 'vite.config.ts', 'svelte.config.js', 'tsconfig.json', 'package-lock.json'].map((name) => at(name));
  const wanted = hashOf([...single, ...filesBelow(at('src', 'ui')), ...filesBelow(at('src', 'contract'))]);
  const stamp = at('dist', '.stamp');
  if (read(stamp) === wanted && fs.existsSync(at('dist', 'ui', 'index.html'))) return;
  say('Building the user interface (a few seconds) ...');
  fs.rmSync(stamp, { force: true });
  const code = await run(lockedNode(), [at('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn']);
  if (code !== 0) throw new SetUpError('The user interface could not be built; what vite said is above.');
  fs.writeFileSync(stamp, `${wanted}\n`);
}

/** The bundle of the program that runs in this folder. */
export const bundle = at('dist', 'app');

/** Builds the program into dist/app, unless it was built from these very sources. It starts in a third of the time of the sources and needs less memory. */
export async function buildBundle(say) {
  const single = ['package.json', 'package-lock.json', path.join('scripts', 'build-app.mjs'), path.join('flatpak', 'app.json')].map(
    (name) => at(name),
  );
  const page = at('src', 'ui') + path.sep;
  const wanted = hashOf([...single, ...filesBelow(at('src')).filter((file) => !file.startsWith(page))]);
  // Inside of what it speaks of: whoever builds that otherwise takes it away.
  const stamp = path.join(bundle, '.stamp');
  if (read(stamp) === wanted) return;
  say('Bundling the program (a few seconds) ...');
  const code = await run(lockedNode(), [at('scripts', 'build-app.mjs'), '--sourcemap'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (code !== 0) throw new SetUpError('The program could not be bundled; what the bundler said is above.');
  fs.writeFileSync(stamp, `${wanted}\n`);
}

/**
 * Lets one set-up of this folder run at a time. The abstract socket goes away with its owner; where a Node has none, nothing is guarded.
 */
export async function oneAtATime(say, work) {
  const name = `\0sotto-set-up-${sha256(fs.realpathSync(root)).slice(0, 32)}`;
  let told = false;
  for (;;) {
    const server = await new Promise((resolve) => {
      const candidate = net.createServer();
      candidate.once('error', (error) => resolve(error.code === 'EADDRINUSE' ? 'taken' : null));
      candidate.listen(name, () => resolve(candidate));
    });
    if (server !== 'taken') {
      try {
        return await work();
      } finally {
        server?.close();
      }
    }
    if (!told) say('Another start is setting this folder up; waiting for it ...');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Runs a command in the project's folder with our terminal, passes signals on, and answers with its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    const forward = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
      const pass = () => child.kill(signal);
      process.on(signal, pass);
      return () => process.off(signal, pass);
    });
    const done = () => forward.forEach((undo) => undo());
    child.once('error', (cause) => {
      done();
      reject(new SetUpError(`${command} could not be started: ${cause.message}`));
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** Runs `main`, which answers with the exit code, and prints errors for people. */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof SetUpError ? error.message : error);
    process.exitCode = 1;
  }
}
