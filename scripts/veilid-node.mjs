// Finds veilid-node or builds it. Plain JavaScript for Node >= 20, no packages.
//
//   node scripts/veilid-node.mjs path    prints the path of the built binary; exit status 1 if there is none
//   node scripts/veilid-node.mjs build   builds it if there is none (about 11 minutes on two cores, once); with --again in any case
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CRATE = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'veilid-node');
const MIN_RUST = [1, 89];
const HINT = 'apt-get install rustc-web cargo-web gcc libc6-dev';
/** What cargo counts on x86-64; replaced by its own number as soon as it prints one. */
const UNITS = 397;
/** One compiler process of veilid-core takes 3.2 GB at its peak. */
const BYTES_PER_JOB = 3.5e9;
const MAX_KEPT_OUTPUT = 8_000;

function cacheDirectory() {
  return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'sotto', 'veilid-node');
}

function output(command, args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 30_000 }).trim();
  } catch {
    return null;
  }
}

function sourceHash(rustc) {
  const hash = createHash('sha256');
  const sources = fs.readdirSync(path.join(CRATE, 'src')).sort();
  for (const name of ['Cargo.toml', 'Cargo.lock', ...sources.map((source) => path.join('src', source))]) {
    const bytes = fs.readFileSync(path.join(CRATE, name));
    hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  }
  return hash.update(rustc ?? '').digest('hex');
}

/** Keeps the folders of this computer out of the binary, where panics name the sources. In the form that allows spaces, which takes the place of RUSTFLAGS. */
function rustFlags() {
  const { CARGO_HOME, RUSTFLAGS = '', CARGO_ENCODED_RUSTFLAGS = RUSTFLAGS.trim().split(/\s+/).join('\x1f') } = process.env;
  const crates = path.join(CARGO_HOME || path.join(os.homedir(), '.cargo'), 'registry', 'src');
  const remap = [`${crates}=crates`, `${path.resolve(CRATE)}=veilid-node`].map((places) => `--remap-path-prefix=${places}`);
  return [CARGO_ENCODED_RUSTFLAGS, ...remap].filter(Boolean).join('\x1f');
}

/** Where the binary of these sources and this compiler belongs. */
function cachedBinary() {
  const rustc = output('rustc', ['--version']);
  if (rustc !== null) return path.join(cacheDirectory(), sourceHash(rustc), 'veilid-node');
  // without a compiler any binary of the same sources will do
  const wanted = sourceHash(null);
  for (const name of fs.existsSync(cacheDirectory()) ? fs.readdirSync(cacheDirectory()) : []) {
    const note = path.join(cacheDirectory(), name, 'sources');
    if (fs.existsSync(note) && fs.readFileSync(note, 'utf8').trim() === wanted) return path.join(cacheDirectory(), name, 'veilid-node');
  }
  return path.join(cacheDirectory(), wanted, 'veilid-node');
}

/** The path of the binary built from the present sources, or null. */
export function veilidNodePath() {
  const binary = cachedBinary();
  return fs.existsSync(binary) ? binary : null;
}

/** `{ok: true}`, or what is missing and the command that installs it. */
export function checkToolchain() {
  const missing = [];
  for (const tool of ['cargo', 'rustc']) {
    const found = /(\d+)\.(\d+)/.exec(output(tool, ['--version']) ?? '');
    if (found === null) missing.push(tool);
    else if (Number(found[1]) < MIN_RUST[0] || (Number(found[1]) === MIN_RUST[0] && Number(found[2]) < MIN_RUST[1])) {
      missing.push(`${tool} ${MIN_RUST.join('.')} or newer (found ${found[0]})`);
    }
  }
  if (['cc', 'gcc', 'clang'].every((compiler) => output(compiler, ['--version']) === null)) missing.push('a C compiler');
  return missing.length === 0 ? { ok: true } : { ok: false, missing, hint: HINT };
}

function cargo(target, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const jobs = Math.max(1, Math.min(os.availableParallelism(), Math.floor(os.totalmem() / BYTES_PER_JOB)));
    const child = spawn(
      'cargo',
      ['build', '--release', '--locked', '--jobs', String(jobs), '--manifest-path', path.join(CRATE, 'Cargo.toml')],
      {
        detached: true, // its own process group, so that cancelling ends the compilers too
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...process.env,
          CARGO_ENCODED_RUSTFLAGS: rustFlags(),
          CARGO_TARGET_DIR: target,
          CARGO_TERM_COLOR: 'never',
          CARGO_TERM_PROGRESS_WHEN: 'always',
          CARGO_TERM_PROGRESS_WIDTH: '100',
        },
      },
    );
    const stop = () => {
      try {
        process.kill(-child.pid, 'SIGTERM');
      } catch {
        // it has just ended
      }
    };
    signal?.addEventListener('abort', stop, { once: true });
    let tail = '';
    let progress = { done: 0, total: UNITS, text: 'Fetching sources' };
    onProgress?.(progress);
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text) => {
      tail = (tail + text).slice(-MAX_KEPT_OUTPUT);
      for (const line of text.split(/[\r\n]+/)) {
        const bar = /\] (\d+)\/(\d+)(?:: (.*))?/.exec(line);
        const step = /^\s*(Downloaded|Compiling) (\S+)/.exec(line);
        if (bar) progress = { done: Number(bar[1]), total: Number(bar[2]), text: bar[3]?.trim() || progress.text };
        else if (step) progress = { ...progress, text: `${step[1]} ${step[2]}` };
        else continue;
        onProgress?.(progress);
      }
    });
    child.once('error', (cause) => reject(new Error(`cargo could not be started. Install it: ${HINT}`, { cause })));
    child.once('close', (code) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else reject(new Error(`veilid-node could not be built (cargo ended with ${code}):\n${tail.trim()}`));
    });
    try {
      os.setPriority(child.pid, 10); // the client in front of it goes first
    } catch {
      // priority is a courtesy only
    }
  });
}

/**
 * Builds the binary unless it is there (`again`: in any case), and answers its path. `onProgress` gets `{done, total, text}` in cargo's build units.
 * Rejects with a sentence for a person, or with the signal's reason.
 * `SOTTO_CARGO_TARGET_DIR` names a directory for cargo's intermediate files (1.1 GB), which is then kept.
 */
export async function buildVeilidNode({ signal, onProgress, again = false } = {}) {
  signal?.throwIfAborted();
  const binary = cachedBinary();
  if (fs.existsSync(binary) && !again) return binary;
  const toolchain = checkToolchain();
  if (!toolchain.ok) throw new Error(`veilid-node cannot be built: ${toolchain.missing.join(', ')} missing. ${toolchain.hint}`);
  const kept = process.env.SOTTO_CARGO_TARGET_DIR;
  const target = kept || path.join(cacheDirectory(), 'target');
  await cargo(target, { signal, onProgress });
  const directory = path.dirname(binary);
  fs.mkdirSync(directory, { recursive: true });
  const temporary = `${binary}.${process.pid}`;
  fs.copyFileSync(path.join(target, 'release', 'veilid-node'), temporary);
  fs.chmodSync(temporary, 0o755);
  fs.writeFileSync(path.join(directory, 'sources'), `${sourceHash(null)}\n`);
  fs.renameSync(temporary, binary);
  if (!kept) fs.rmSync(target, { recursive: true, force: true });
  return binary;
}

async function main(command, option) {
  if (command === 'path') {
    const binary = veilidNodePath();
    if (binary !== null) console.log(binary);
    else console.error('veilid-node is not built. Build it: node scripts/veilid-node.mjs build');
    return binary === null ? 1 : 0;
  }
  if (command === 'build') {
    const controller = new AbortController();
    process.once('SIGINT', () => controller.abort(new Error('cancelled')));
    let shown = -1;
    const onProgress = ({ done, total, text }) => {
      const percent = Math.floor((done * 100) / total);
      if (percent === shown) return;
      shown = percent;
      console.error(`veilid-node: ${done}/${total} ${text}`);
    };
    console.log(await buildVeilidNode({ signal: controller.signal, onProgress, again: option === '--again' }));
    return 0;
  }
  console.error('usage: node scripts/veilid-node.mjs build [--again] | path');
  return 2;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv[2], process.argv[3]).then(
    (code) => process.exit(code),
    (error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
}
