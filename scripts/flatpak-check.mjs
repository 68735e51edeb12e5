// npm run flatpak:check: builds, installs, runs and bundles the flatpak as it is in this folder, without its real runtime and without Electron.
//
//   npm run flatpak:check                  veilid-node is the one built already (else none); its vendored crates are still checked by cargo
//   npm run flatpak:check -- --with-node   compiles veilid-node in the build too (10 minutes, 1 GB)
//
// What is real: manifest, build commands, offline sources and their hashes, permissions, file placement, flatpak's sandbox, the core and the browser
// host in it, the bundle. What is not: runtime, SDK, base app and zypak (files of this computer, see flatpak-runtime.mjs), Electron (Node).
// Everything lies under $XDG_CACHE_HOME/sotto/flatpak, with a flatpak installation of its own; this computer's own is neither read nor changed.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { Document } from 'yaml';
import { ARCH, haveCargo, installStandIns, makeRepository, writeStandInElectron } from './flatpak-runtime.mjs';
import { app as readApp, writeLocal } from './flatpak-manifest.mjs';
import { veilidNodePath } from './veilid-node.mjs';

const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'sotto', 'flatpak');
/** What a program said when it failed; printed without a stack. */
class StepError extends Error {}

export const LIMIT_MB = 15;
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 30_000;

/** Fetched files go where flatpak-builder looks for them: first from what npm and cargo have fetched before, else from the registries. */
async function provideDownloads(sources, state, say) {
  const kept = {
    sha512: (hash) => [
      path.join(os.homedir(), '.npm', '_cacache', 'content-v2', 'sha512', hash.slice(0, 2), hash.slice(2, 4), hash.slice(4)),
    ],
    sha256: (_, name) => {
      const registry = path.join(process.env.CARGO_HOME || path.join(os.homedir(), '.cargo'), 'registry', 'cache');
      return fs.existsSync(registry) ? fs.readdirSync(registry).map((index) => path.join(registry, index, name)) : [];
    },
  };
  let fetched = 0;
  const provide = async (source) => {
    const kind = source.sha512 === undefined ? 'sha256' : 'sha512';
    const hash = source[kind];
    const name = path.basename(new URL(source.url).pathname);
    const to = path.join(state, 'downloads', hash, name);
    if (fs.existsSync(to)) return;
    const right = (bytes) => createHash(kind).update(bytes).digest('hex') === hash;
    let bytes = kept[kind](hash, name)
      .filter((file) => fs.existsSync(file))
      .map((file) => fs.readFileSync(file))
      .find(right);
    if (bytes === undefined) {
      const answer = await fetch(source.url, { signal: AbortSignal.timeout(120_000) });
      bytes = new Uint8Array(await answer.arrayBuffer());
      if (!answer.ok || !right(bytes)) throw new Error(`${source.url} could not be fetched, or is not what the lock file names`);
      fetched += 1;
    }
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.writeFileSync(`${to}.part`, bytes);
    fs.renameSync(`${to}.part`, to);
  };
  const wanted = sources.filter((source) => source.url !== undefined && (source['only-arches'] ?? [ARCH]).includes(ARCH));
  for (let at = 0; at < wanted.length; at += 8) await Promise.all(wanted.slice(at, at + 8).map(provide));
  say(`Sources: ${wanted.length} archives by hash, ${fetched} of them fetched now.`);
}

/** What differs from the manifest in the dry run: Electron's archive, and veilid-node's compilation where it is not wanted. */
function adapt(document, folder, { withNode, electron, say }) {
  const manifest = document.toJS();
  const [node, sotto] = manifest.modules;
  fs.copyFileSync(electron, path.join(folder, 'electron-stand-in.tar'));
  sotto.sources = sotto.sources.filter((source) => source !== 'electron-sources.json');
  sotto.sources.push({ type: 'archive', path: 'electron-stand-in.tar', dest: 'electron', 'strip-components': 1 });
  if (!withNode) {
    const binary = veilidNodePath();
    const ready = path.join(folder, 'veilid-node');
    if (binary === null) say('veilid-node is not built: a program that says so stands for it.');
    if (binary === null) fs.writeFileSync(ready, '#!/bin/sh\necho not built >&2\nexit 1\n', { mode: 0o755 });
    else fs.copyFileSync(binary, ready);
    const commands = node['build-commands'];
    commands[0] = 'install -Dm755 prebuilt/veilid-node flatpak-cargo/target/release/veilid-node';
    // All crates are still unpacked from the generated sources and read by cargo without a network.
    if (haveCargo)
      commands.unshift('cargo metadata --locked --offline --format-version 1 --manifest-path veilid-node/Cargo.toml > /dev/null');
    else node.sources = node.sources.filter((source) => source !== 'cargo-sources.json');
    node.sources.push({ type: 'file', path: 'veilid-node', dest: 'prebuilt' });
  }
  fs.writeFileSync(path.join(folder, `${manifest.id}.yml`), new Document(manifest).toString());
}

/** Starts the app with its own permissions and waits for the address it prints; `use(url)` meanwhile. Answers with milliseconds to the address. */
async function whileRunning(command, environment, use) {
  const begun = performance.now();
  // A process group of its own, ended as Ctrl+C in a terminal would: flatpak passes no signals on.
  const child = spawn(command[0], command.slice(1), { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const end = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // it has ended
    }
  };
  const closed = new Promise((resolve) => child.once('close', resolve));
  const said = [];
  child.stderr.setEncoding('utf8').on('data', (text) => said.push(text));
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      end('SIGKILL');
      reject(new Error(`no address in time: ${said.join('')}`));
    }, START_LIMIT_MS);
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('http://')) return;
      clearTimeout(timer);
      resolve(line);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`it ended with ${code}: ${said.join('')}`));
    });
  });
  const took = performance.now() - begun;
  try {
    await use(url);
  } finally {
    end('SIGINT');
    const hurry = setTimeout(() => end('SIGKILL'), STOP_LIMIT_MS);
    await closed;
    clearTimeout(hurry);
  }
  return took;
}

/** Opens the WebSocket as a page does and asks for the snapshot with which a page begins. */
async function askSnapshot(address) {
  const { connectClient } = await import('../src/contract/rpc/client.ts');
  const url = new URL(address);
  const socket = new WebSocket(`ws://${url.host}/ws`, ['sotto.v1', url.hash.slice('#t='.length)], { origin: url.origin });
  const frames = [];
  let receive = (value) => frames.push(value);
  let first = true;
  socket.on('message', (data) => {
    if (first) first = false;
    else receive(JSON.parse(data.toString()));
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const client = connectClient({
    send: (value) => socket.send(JSON.stringify(value)),
    onMessage: (handler) => {
      receive = handler;
      for (const value of frames.splice(0)) handler(value);
    },
    onClose: (handler) => socket.once('close', handler),
    close: () => socket.close(),
    waiting: () => socket.bufferedAmount,
  });
  try {
    await client.ready;
    return await client.call('app.snapshot', {}, AbortSignal.timeout(20_000));
  } finally {
    socket.close();
  }
}

/** Bytes of the files below a folder, by path. */
function sizes(folder, prefix = '') {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(prefix, entry.name);
    const file = path.join(folder, entry.name);
    if (entry.isSymbolicLink()) return [];
    return entry.isDirectory() ? sizes(file, name) : [{ name, bytes: fs.statSync(file).size }];
  });
}

const isOurs = (name) =>
  (/^files\/sotto\/resources\//.test(name) && !/\/(iroh\.node|veilid-node)$/.test(name)) ||
  /^files\/(bin|share)\//.test(name) ||
  /^export\//.test(name);
const megabytes = (bytes) => (bytes / 1e6).toFixed(2);

/**
 * The whole dry run. Answers with what was found, so that a test can look at it: `{id, permissions, commands, files, ours, bundle, startMs, snapshot, page}`.
 * Throws where a step fails.
 */
export async function checkFlatpak({ withNode = false, bundle = true, say = () => undefined, folder = cache } = {}) {
  const app = readApp();
  fs.mkdirSync(folder, { recursive: true });
  const runtimeDirectory = fs.mkdtempSync(path.join(os.tmpdir(), 'sotto-flatpak-'));
  fs.chmodSync(runtimeDirectory, 0o700);
  const home = path.join(folder, 'home');
  fs.rmSync(home, { recursive: true, force: true });
  fs.mkdirSync(home, { recursive: true });
  const environment = {
    PATH: process.env.PATH,
    HOME: home,
    LANG: 'C.UTF-8',
    XDG_RUNTIME_DIR: runtimeDirectory,
    FLATPAK_USER_DIR: path.join(folder, 'user'),
    FLATPAK_SYSTEM_DIR: path.join(folder, 'system'),
  };
  const run = (command, args) =>
    execFileSync(command, args, { env: environment, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] });
  const step = (command, args) => {
    try {
      return run(command, args);
    } catch (error) {
      const shown = `${error.stdout ?? ''}\n${error.stderr ?? ''}`.trim().split('\n').slice(-40).join('\n');
      throw new StepError(`${command} ${args[0]} failed:\n${shown}`);
    }
  };
  try {
    installStandIns({ folder, environment, app, compiler: withNode, say });
    const manifests = path.join(folder, 'manifest');
    fs.rmSync(manifests, { recursive: true, force: true });
    const document = writeLocal(manifests);
    adapt(document, manifests, { withNode, electron: writeStandInElectron(folder), say });
    const state = path.join(folder, 'state');
    if (!haveCargo) say('There is no cargo on this computer: the crates are left out.');
    const lists = ['npm-sources.json', ...(haveCargo ? ['cargo-sources.json'] : [])].flatMap((name) =>
      JSON.parse(fs.readFileSync(path.join(manifests, name), 'utf8')),
    );
    await provideDownloads(lists, state, say);

    say(`Building${withNode ? ' (veilid-node too)' : ''} ...`);
    const repository = path.join(folder, 'app-repository');
    fs.rmSync(repository, { recursive: true, force: true });
    makeRepository(repository);
    const build = path.join(folder, 'build');
    const common = ['--user', '--force-clean', '--disable-download', '--disable-updates', '--disable-rofiles-fuse', `--state-dir=${state}`];
    step('flatpak-builder', [...common, `--repo=${repository}`, '--install', build, path.join(manifests, `${app.id}.yml`)]);

    const files = sizes(build).filter(({ name }) => /^(files|export)\//.test(name));
    const permissions = step('flatpak', ['info', '--user', '--show-permissions', app.id]);
    const inside = (...command) => step('flatpak', ['run', '--user', `--command=${command[0]}`, app.id, ...command.slice(1)]);
    const environmentInside = inside('env');

    let snapshot = null;
    let page = '';
    const start = ['flatpak', 'run', '--user', app.id, '--no-open'];
    const startMs = await whileRunning(start, environment, async (url) => {
      const answer = await fetch(new URL('/', url));
      page = await answer.text();
      snapshot = await askSnapshot(url);
    });
    const warmMs = await whileRunning(start, environment, () => Promise.resolve());

    const file = path.join(folder, `${app.id}.flatpak`);
    if (bundle) step('flatpak', ['build-bundle', repository, file, app.id]);
    const ours = files.filter(({ name }) => isOurs(name)).reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      id: app.id,
      permissions,
      environmentInside,
      files,
      ours,
      bundle: bundle ? { file, bytes: fs.statSync(file).size } : null,
      startMs,
      warmMs,
      snapshot,
      page,
      home,
    };
  } finally {
    fs.rmSync(runtimeDirectory, { recursive: true, force: true });
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const found = await checkFlatpak({ withNode: process.argv.includes('--with-node'), say: (line) => console.log(line) });
  console.log(`\n${found.permissions.trim()}\n`);
  for (const { name, bytes } of found.files.filter(({ bytes }) => bytes > 50_000))
    console.log(`${megabytes(bytes).padStart(9)} MB  ${name}`);
  console.log(
    `\n${found.files.length} files. Sotto's part, without Electron, runtime, veilid-node and iroh: ${megabytes(found.ours)} MB (at most ${LIMIT_MB}).`,
  );
  console.log(`Bundle: ${found.bundle.file}, ${megabytes(found.bundle.bytes)} MB with the stand-in for Electron.`);
  console.log(
    `Start inside the sandbox until the page can be opened: ${Math.round(found.startMs)} ms first, ${Math.round(found.warmMs)} ms again.`,
  );
  console.log(`The page came, and app.snapshot answered with ${Object.keys(found.snapshot).length} fields.`);
  if (found.ours > LIMIT_MB * 1e6) process.exitCode = 1;
}
