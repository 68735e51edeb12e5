// An isolated network of Veilid nodes on this computer. Plain JavaScript for Node >= 20, no packages.
//
//   npm run testnet -- up                    starts one in the background (sets up what is missing first)
//   npm run testnet -- status                says whether it runs; exit code 0 if it does, 3 if not
//   npm run testnet -- enter -- COMMAND...   runs COMMAND in it
//   npm run testnet -- down                  ends it
//   npm run testnet -- run [--namespaces N] -- COMMAND...   runs COMMAND in one of its own
//
// COMMAND runs with a loopback interface of its own and N (12) network namespaces on a bridge without an uplink: no packet
// leaves the machine. SOTTO_TESTNET names the file that describes them, VEILID_NODE the binary; tests/support/veilid/lab.ts
// starts the nodes, or takes those that are up. Needs Linux with iproute2 and util-linux, and either root or unprivileged
// user namespaces.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, lockedNode, oneAtATime, runMain } from './set-up.mjs';
import { buildVeilidNode, checkToolchain, veilidNodePath } from './veilid-node.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const NETNS = path.join(ROOT, 'tests', 'support', 'veilid', 'netns.sh');
const NAMESPACES = 12;
const MAX_NAMESPACES = 64;
const USAGE = 'usage: node scripts/testnet.mjs up | status | down | enter -- COMMAND... | run [--namespaces N] -- COMMAND...';
const SERVER = path.join(ROOT, 'tests', 'support', 'veilid', 'labServer.ts');
const UP_LIMIT_MS = 120_000;
const DOWN_LIMIT_MS = 30_000;
const say = (line) => console.log(line);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** `{isolate: [command, …]}`, or what is wrong and how it is put right. */
export function checkTestnet() {
  if (process.platform !== 'linux') return { problem: 'The isolated Veilid network needs Linux network namespaces.' };
  for (const [tool, from] of [
    ['ip', 'iproute2'],
    ['unshare', 'util-linux'],
    ['nsenter', 'util-linux'],
  ]) {
    const found = spawnSync(tool, [tool === 'ip' ? '-V' : '--version'], { stdio: 'ignore' });
    if (found.error) return { problem: `"${tool}" is missing (apt-get install ${from}).` };
  }
  // a root that may not make namespaces directly may still do so as root of a user namespace
  const ways = process.getuid?.() === 0 ? ['-nm', '-Urnm'] : ['-Urnm'];
  for (const way of ways) {
    const tried = spawnSync('unshare', [way, 'sh', '-c', 'ip link add sotto0 type bridge && mount -t tmpfs tmpfs /run'], {
      stdio: 'ignore',
    });
    if (tried.status === 0) return { isolate: ['unshare', way] };
  }
  return {
    problem:
      'Network namespaces are not allowed here: run it as root, or allow unprivileged user namespaces ' +
      '(sysctl kernel.unprivileged_userns_clone=1; on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0).',
  };
}

function read(args) {
  const [what = ''] = args;
  if (['up', 'status', 'down'].includes(what)) return args.length === 1 ? { what } : null;
  const split = args.indexOf('--');
  if (!['run', 'enter'].includes(what) || split < 0 || split === args.length - 1) return null;
  const [options, command] = [args.slice(1, split), args.slice(split + 1)];
  if (options.length === 0) return { what, command, namespaces: NAMESPACES };
  const namespaces = what === 'run' && options.length === 2 && options[0] === '--namespaces' ? Number(options[1]) : NaN;
  return Number.isInteger(namespaces) && namespaces >= 1 && namespaces <= MAX_NAMESPACES ? { what, command, namespaces } : null;
}

/** Where the network that is up says so: one for each user. */
const stateFile = () => path.join(os.tmpdir(), `sotto-testnet-${process.getuid?.() ?? 0}`, 'state.json');

/** `{pid, phase, text}` of the network that is up or starting, else null. */
function standing() {
  try {
    const state = JSON.parse(fs.readFileSync(stateFile(), 'utf8'));
    // another process may have got the number since
    const isOurs = fs.readFileSync(`/proc/${state.pid}/cmdline`, 'utf8').includes('labServer.ts');
    return isOurs || state.phase === 'failed' ? state : null;
  } catch {
    return null;
  }
}

/** The locked packages and veilid-node, as far as they are missing. The binary's path. */
async function setUp() {
  await oneAtATime(say, async () => {
    if (!fs.existsSync(path.join(ROOT, 'node_modules', '.package-lock.json'))) await install(say);
  });
  const built = process.env.VEILID_NODE || veilidNodePath();
  if (built !== null) return built;
  const tools = checkToolchain();
  if (!tools.ok) throw new Error(`veilid-node has to be built, and ${tools.missing.join(', ')} is missing: ${tools.hint}`);
  say('Building veilid-node (about 11 minutes on two cores, once) ...');
  let told = 0;
  return buildVeilidNode({
    onProgress: ({ done, total, text }) => {
      if (Date.now() - told < 15_000) return;
      told = Date.now();
      say(`  ${done} of ${total}: ${text}`);
    },
  });
}

function isolation() {
  const { problem, isolate } = checkTestnet();
  if (problem) throw new Error(problem);
  return isolate;
}

const environment = (binary) => ({
  ...process.env,
  VEILID_NODE: binary,
  PATH: `${path.join(ROOT, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}`,
});

/** Runs to its end in the foreground; its exit code. */
function follow(command, args, env) {
  const child = spawn(command, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`the isolated network could not be used: ${error.message}`);
      resolve(2);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function up() {
  const before = standing();
  if (before?.phase === 'up') return status();
  const binary = await setUp();
  const isolate = isolation();
  const state = stateFile();
  fs.mkdirSync(path.dirname(state), { recursive: true, mode: 0o700 });
  if (fs.statSync(path.dirname(state)).uid !== process.getuid()) throw new Error(`${path.dirname(state)} belongs to somebody else.`);
  fs.rmSync(state, { force: true });
  const log = fs.openSync(path.join(path.dirname(state), 'log'), 'w', 0o600);
  const command = [...isolate, NETNS, String(NAMESPACES), lockedNode(), SERVER, state];
  const child = spawn(command[0], command.slice(1), { detached: true, stdio: ['ignore', log, log], env: environment(binary) });
  child.unref();
  const end = Date.now() + UP_LIMIT_MS;
  for (;;) {
    const now = standing();
    if (now?.phase === 'up') return status();
    if (now?.phase === 'failed' || child.exitCode !== null || Date.now() > end) {
      child.kill('SIGTERM');
      console.error(`The network did not start: ${now?.text ?? 'see the log'} (${path.join(path.dirname(state), 'log')})`);
      return 2;
    }
    await pause(200);
  }
}

function status() {
  const now = standing();
  if (now?.phase !== 'up') {
    say(now === null ? 'The network is down.' : `The network is not up: ${now.text}`);
    return 3;
  }
  const own = `/proc/${now.pid}/task/${now.pid}/children`;
  const nodes = fs.readFileSync(own, 'utf8').trim().split(' ').filter(Boolean);
  const [, started] = /^btime (\d+)$/m.exec(fs.readFileSync('/proc/stat', 'utf8')) ?? [];
  const ticks = Number(
    fs
      .readFileSync(`/proc/${now.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19],
  );
  const minutes = Math.round((Date.now() / 1000 - Number(started) - ticks / 100) / 60);
  say(`The network is up since ${minutes} min: ${now.text}, ${nodes.length} of them running; room for ${NAMESPACES - 6} people.`);
  say('npm run testnet -- enter -- COMMAND runs a command in it, npm run testnet -- down ends it.');
  return 0;
}

async function down() {
  const now = standing();
  if (now === null || now.phase === 'failed') {
    fs.rmSync(stateFile(), { force: true });
    say('The network is down.');
    return 0;
  }
  process.kill(now.pid, 'SIGTERM');
  const end = Date.now() + DOWN_LIMIT_MS;
  while (fs.existsSync(`/proc/${now.pid}`) && Date.now() < end) await pause(100);
  if (fs.existsSync(`/proc/${now.pid}`)) process.kill(now.pid, 'SIGKILL');
  fs.rmSync(stateFile(), { force: true });
  say('The network is down.');
  return 0;
}

function enter(command) {
  const now = standing();
  if (now?.phase !== 'up') {
    console.error('The network is down: npm run testnet -- up');
    return 2;
  }
  // root makes the network without a user namespace
  const same = fs.readlinkSync(`/proc/${now.pid}/ns/user`) === fs.readlinkSync('/proc/self/ns/user');
  const how = ['--target', String(now.pid), ...(same ? [] : ['--user', '--preserve-credentials']), '--net', '--mount'];
  const binary = process.env.VEILID_NODE || veilidNodePath();
  const env = { ...environment(binary ?? ''), SOTTO_TESTNET: '/run/sotto-testnet/lab.json' };
  // entering a mount namespace leads to its root
  return follow('nsenter', [...how, 'sh', '-c', 'cd "$0" && exec "$@"', process.cwd(), ...command], env);
}

async function main() {
  const wanted = read(process.argv.slice(2));
  if (wanted === null) {
    console.error(USAGE);
    return 2;
  }
  try {
    switch (wanted.what) {
      case 'up':
        return await up();
      case 'status':
        return status();
      case 'down':
        return await down();
      case 'enter':
        return await enter(wanted.command);
      default: {
        const binary = await setUp();
        const [command, ...args] = isolation();
        return await follow(command, [...args, NETNS, String(wanted.namespaces), ...wanted.command], environment(binary));
      }
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await runMain(main);
