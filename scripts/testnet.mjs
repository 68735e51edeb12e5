// Runs a command inside an isolated network for Veilid nodes. Plain JavaScript for Node >= 20, no packages.
//
//   node scripts/testnet.mjs run [--namespaces N] -- COMMAND...
//
// COMMAND runs with a loopback interface of its own and N (10) network namespaces on a bridge without an uplink: no packet
// leaves the machine. SOTTO_TESTNET names the file that describes them, VEILID_NODE the binary; tests/support/veilid/lab.ts
// starts the nodes. Needs Linux with iproute2 and util-linux, and either root or unprivileged user namespaces.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { veilidNodePath } from './veilid-node.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const NETNS = path.join(ROOT, 'tests', 'support', 'veilid', 'netns.sh');
const NAMESPACES = 10;
const MAX_NAMESPACES = 64;
const USAGE = 'usage: node scripts/testnet.mjs run [--namespaces N] -- COMMAND...';

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
  const split = args.indexOf('--');
  if (args[0] !== 'run' || split < 0 || split === args.length - 1) return null;
  const options = args.slice(1, split);
  const namespaces = options.length === 0 ? NAMESPACES : options[0] === '--namespaces' && options.length === 2 ? Number(options[1]) : NaN;
  if (!Number.isInteger(namespaces) || namespaces < 1 || namespaces > MAX_NAMESPACES) return null;
  return { namespaces, command: args.slice(split + 1) };
}

function main() {
  const wanted = read(process.argv.slice(2));
  if (wanted === null) {
    console.error(USAGE);
    return 2;
  }
  const binary = process.env.VEILID_NODE || veilidNodePath();
  if (binary === null) {
    console.error('veilid-node is not built: node scripts/veilid-node.mjs build (about 11 minutes, once)');
    return 2;
  }
  const { problem, isolate } = checkTestnet();
  if (problem) {
    console.error(problem);
    return 2;
  }
  const env = {
    ...process.env,
    VEILID_NODE: binary,
    PATH: `${path.join(ROOT, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}`,
  };
  const child = spawn(isolate[0], [...isolate.slice(1), NETNS, String(wanted.namespaces), ...wanted.command], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`the isolated network could not be started: ${error.message}`);
    process.exit(2);
  });
  child.once('exit', (code) => process.exit(code ?? 1));
  return null;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const code = main();
  if (code !== null) process.exit(code);
}
