/**
 * An isolated Veilid network of real nodes: one bootstrap node and some infrastructure nodes, each in a network namespace of
 * its own. A test that uses it runs under `node scripts/testnet.mjs run -- …` and does:
 *
 *   const lab = await startLab({ dir: mkdtempSync(…), binary: labBinary(), infra: 5 });
 *   const { command, networkOverrides } = lab.app(0);
 *   createVeilidOverlay({ source: { kind: 'process', binary: labBinary(), command, networkOverrides, … } });
 *   await lab.stop();
 *
 * `command` is the seam that starts a node inside the namespace of app 0; a whole Sotto stays outside, where 127.0.0.1 is up,
 * and hands `command` and `networkOverrides` to its host's constructor (`nodeCommand`, `nodeOverrides`). Both are plain data but
 * for the function, which is `(binary, args) => ['nsenter', ['--net=' + netns, binary, ...args]]` with `netns` of the same app,
 * so that another process can be told. With fewer than four infrastructure nodes nothing gets ready. One lab at a time: a
 * second one waits until the first has stopped. In a network that `testnet.mjs up` started (labServer.ts), its nodes are used.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { JsonObject } from '../../../src/overlay/veilid/config.ts';
import { isMembers } from '../../../src/overlay/veilid/protocol.ts';
import type { NodeCommand } from '../../../src/overlay/veilid/node.ts';
import { startDns } from './dns.ts';
import { startLabNode, type LabNode } from './labNode.ts';

const BOOT_NAME = 'boot.veilid-lab.net';
const PORT = 5150;
const LOCK_WAIT_MS = 400_000;
/** Nodes refuse bootstrap records from the future. */
const CLOCK_MARGIN_SECONDS = 60;

export interface LabApp {
  netns: string;
  command: NodeCommand;
  networkOverrides: JsonObject;
}

export interface Lab {
  /** What an app node needs, 0-based; as many as there are namespaces left. */
  app(index: number): LabApp;
  /** Unplugs or plugs an app's cable. */
  cable(index: number, position: 'up' | 'down'): void;
  /** Kills infrastructure node `index` (0-based, below `infra`) or the node of app `index` as a crash does; false: there is none. */
  kill(kind: 'infra' | 'app', index: number): boolean;
  /** Infrastructure nodes, dead ones too. */
  readonly infra: number;
  stop(): Promise<void>;
}

/** What every node of one network is configured with. */
const Common = v.object({ infra: v.number(), common: v.custom<JsonObject>(isMembers), routing: v.custom<JsonObject>(isMembers) });
type Common = v.InferOutput<typeof Common>;

/** The binary that `scripts/testnet.mjs` found. */
export function labBinary(): string {
  const binary = process.env['VEILID_NODE'];
  if (binary === undefined) throw new Error('run this test with: node scripts/testnet.mjs run -- …');
  return binary;
}

interface Network {
  namespaces: number;
  address: string;
  subnet: string;
  lock: string;
  /** Written while the nodes of `testnet.mjs up` run. */
  standing: string;
}

function readNetwork(): Network {
  const file = process.env['SOTTO_TESTNET'];
  if (file === undefined) throw new Error('run this test with: node scripts/testnet.mjs run -- …');
  const network: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isMembers(network)) throw new Error(`${file} is not what testnet.mjs writes`);
  return {
    namespaces: Number(network['namespaces']),
    address: String(network['address']),
    subnet: String(network['subnet']),
    lock: join(dirname(file), 'lock'),
    standing: join(dirname(file), 'nodes.json'),
  };
}

const PORT_ONLY = { listen_address: `:${PORT}` };

function labOn(network: Network, { infra, common, routing }: Common, stop: () => Promise<void>): Lab {
  const namespaceOf = (index: number): number => {
    const namespace = infra + 2 + index;
    if (namespace > network.namespaces) throw new Error(`there are only ${network.namespaces} namespaces`);
    return namespace;
  };
  return {
    infra,
    app(index) {
      const namespace = namespaceOf(index);
      return {
        netns: `/run/netns/n${namespace}`,
        command: inNamespace(namespace),
        // an ordinary client: one address family, no WebSocket listener; it finds a relay by itself
        networkOverrides: {
          network: {
            ...common,
            address_types: ['IPV4'],
            protocol: { udp: PORT_ONLY, tcp: PORT_ONLY, ws: { ...PORT_ONLY, listen: false } },
            routing_table: routing,
          },
        },
      };
    },
    cable(index, position) {
      execFileSync('ip', ['link', 'set', `h${namespaceOf(index)}`, position]);
    },
    kill(kind, index) {
      const namespace = kind === 'infra' ? index + 2 : namespaceOf(index);
      const pids = execFileSync('ip', ['netns', 'pids', `n${namespace}`], { encoding: 'utf8' });
      const running = pids.split('\n').filter((pid) => pid !== '');
      for (const pid of running) process.kill(Number(pid), 'SIGKILL');
      return running.length > 0;
    },
    stop,
  };
}

const inNamespace =
  (index: number): NodeCommand =>
  (program, args) => ['nsenter', [`--net=/run/netns/n${index}`, program, ...args]];

/** The network that `testnet.mjs up` started, if this process is in it. */
function standingLab(network: Network): Lab | null {
  if (!existsSync(network.standing)) return null;
  return labOn(network, v.parse(Common, JSON.parse(readFileSync(network.standing, 'utf8'))), () => Promise.resolve());
}

/** Waits until no other lab uses the namespaces. A lab whose process is gone counts as stopped. */
async function takeLock(lock: string): Promise<void> {
  const end = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      const handle = openSync(lock, 'wx');
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    try {
      process.kill(Number(readFileSync(lock, 'utf8')) || process.pid, 0);
    } catch {
      rmSync(lock, { force: true });
    }
    await pause(200);
  }
}

/** `stand`: the nodes are for other processes of this network too, until it is stopped. */
export async function startLab({
  dir,
  binary,
  infra,
  stand = false,
}: {
  dir: string;
  binary: string;
  infra: number;
  stand?: boolean;
}): Promise<Lab> {
  const network = readNetwork();
  const standing = standingLab(network);
  if (standing !== null) return standing;
  await takeLock(network.lock);
  const nodes: LabNode[] = [];
  const password = `lab-${randomBytes(6).toString('hex')}`;
  try {
    // a node that never attaches makes the keys, so that the real signature code is used
    const maker = await startLabNode({ name: 'maker', dir, binary, overrides: {} });
    nodes.push(maker);
    const signer = String(await maker.request('GenerateKeyPair', { kind: 'VLD0' }));
    const [, bootKey, bootSecret] = String(await maker.request('GenerateKeyPair', { kind: 'VLD0' })).split(':');
    const seconds = Math.floor(Date.now() / 1000) - CLOCK_MARGIN_SECONDS;
    const body = `1|0|VLD0:${bootKey ?? ''}|${network.subnet}.1|T${PORT},U${PORT},W${PORT}/ws|${seconds}|`;
    const signatures = await maker.request('GenerateSignatures', { data: Buffer.from(body).toString('base64url'), key_pairs: [signer] });
    if (!Array.isArray(signatures)) throw new Error('no signature');
    await maker.stop();
    const dns = await startDns(network.address, new Map([[BOOT_NAME, [`${body}${String(signatures[0])}`]]]));

    const routing: JsonObject = { bootstrap: [BOOT_NAME], bootstrap_keys: [`VLD0:${signer.split(':')[1] ?? ''}`] };
    // Nine nodes hold what thousands do elsewhere: with the usual 128 records each, those of many people would push out the first ones.
    const dht: JsonObject = { remote_max_records: 4_096 };
    const common: JsonObject = { network_key_password: password, upnp: false, detect_address_changes: false, dht };
    // all six transports: then a node needs no relay, and somebody can be first
    const protocol = { udp: PORT_ONLY, tcp: PORT_ONLY, ws: { ...PORT_ONLY, path: 'ws' } };
    const start = async (name: string, index: number, own: JsonObject): Promise<void> => {
      const overrides = { network: { ...common, max_connections: 128, protocol, routing_table: { ...routing, ...own } } };
      const node = await startLabNode({ name, dir, binary, overrides, command: inNamespace(index) });
      nodes.push(node);
      await node.request('Attach', {});
      await node.ready();
    };
    const bootKeys = { bootstrap: [], public_keys: [`VLD0:${bootKey ?? ''}`], secret_keys: [`VLD0:${bootSecret ?? ''}`] };
    await Promise.all([start('boot', 1, bootKeys), ...Array.from({ length: infra }, (_, i) => start(`infra${i + 1}`, i + 2, {}))]);

    const all: Common = { infra, common, routing };
    if (stand) writeFileSync(network.standing, JSON.stringify(all));
    return labOn(network, all, async () => {
      dns.close();
      await Promise.all(nodes.map((node) => node.stop()));
      rmSync(network.standing, { force: true });
      rmSync(network.lock, { force: true });
    });
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(network.lock, { force: true });
    throw error;
  }
}
