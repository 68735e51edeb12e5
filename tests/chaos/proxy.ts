/**
 * Stands in front of a real veilid-node and looks like one: lines in both directions get lost, late, doubled and out of order,
 * own routes die, and the node is killed. `node proxy.ts SPEC BINARY ARGUMENT…`, started through the host's `nodeCommand` seam.
 * What it did is written to a file of SPEC.directory when it ends.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { fromBase64 } from '../../src/overlay/base64.ts';
import { isMembers } from '../../src/overlay/veilid/protocol.ts';
import { CALL_TIMEOUT_MS, MAX_LATE_MS, chooseFault, readLine, type Line } from './faults.ts';
import { createRandom } from './random.ts';
import { CALM, KILL_ROUTES, NO_DEATHS, ProxySpec, type ProxyReport } from './spec.ts';

const [specText = '', program = '', ...rest] = process.argv.slice(2);
const spec = v.parse(ProxySpec, JSON.parse(specText));

/** Reports are numbered: each start of the node is one more. */
function takeNumber(): number {
  for (let number = 0; ; number += 1) {
    try {
      closeSync(openSync(join(spec.directory, `${spec.name}-${number}.json`), 'wx'));
      return number;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}
const number = takeNumber();
const random = createRandom(`${spec.seed} ${spec.name} ${number}`);
const report: ProxyReport = { lines: 0, calls: 0, faults: {}, routesKilled: 0, nodeKilled: false, clear: 0 };
const save = (): void => {
  writeFileSync(join(spec.directory, `${spec.name}-${number}.json`), JSON.stringify(report));
};
const count = (name: string): void => {
  report.faults[name] = (report.faults[name] ?? 0) + 1;
};

/** Our own requests to the node; above everything that a connection counts to in a run. */
const OWN_IDS = 3_000_000_000;
/** How many lines overtake a held one, and how long at most. */
const MAX_OVERTAKING = 5;
const MAX_HELD_MS = 400;
/** A node tells of its own dead route this long after its death. */
const DEATH_KNOWN_MS: [number, number] = [200, 8_000];

const ORDERS_MS = 100;

const node = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
node.stdin.on('error', () => undefined);
process.stdout.on('error', () => undefined);

let ownId = OWN_IDS;
/** Operations of the core's requests that wait for an answer. */
const asked = new Map<number, string>();
/** Requests whose answer the core must not see. */
const silenced = new Set<number>();
let ownRoutes: string[] = [];
/** Messages until the next of these. */
let untilRouteDeath = random.below(2 * spec.routeDeathEvery) + 1;
let untilNodeDeath = random.below(2 * spec.nodeDeathEvery) + Math.ceil(spec.nodeDeathEvery / 4);

interface Way {
  put(text: string): void;
  /** Behind the next lines. */
  hold(text: string): void;
}
/** One direction; held lines are let go when enough others have gone by. */
function createWay(write: (text: string) => void): Way {
  let held: { text: string; left: number }[] = [];
  const release = (entry: { text: string; left: number }): void => {
    if (!held.includes(entry)) return;
    held = held.filter((other) => other !== entry);
    write(entry.text);
  };
  return {
    put(text) {
      write(text);
      for (const entry of [...held]) {
        entry.left -= 1;
        if (entry.left <= 0) release(entry);
      }
    },
    hold(text) {
      const entry = { text, left: 1 + random.below(MAX_OVERTAKING) };
      held.push(entry);
      setTimeout(() => {
        release(entry);
      }, MAX_HELD_MS);
    },
  };
}
const toNode = createWay((text) => {
  if (node.stdin.writable) node.stdin.write(`${text}\n`);
});
const toCore = createWay((text) => {
  process.stdout.write(`${text}\n`);
});

const later = (task: () => void, from: number, to: number): void => {
  setTimeout(task, random.between(from, to));
};
const refuse = (line: Line, kind: string, message: string, after: number): void => {
  setTimeout(() => {
    toCore.put(JSON.stringify({ type: 'Response', id: line.id, op: line.members['op'], error: { kind, message } }));
  }, after);
};
const own = (request: Record<string, unknown>): void => {
  ownId += 1;
  silenced.add(ownId);
  toNode.put(JSON.stringify({ ...request, id: ownId }));
};

/** Sealed means: none of our bytes is to be recognised in what the node gets. */
const look = (value: unknown): void => {
  const bytes = typeof value === 'string' ? fromBase64(value, 40_000) : null;
  if (bytes === null || !Buffer.from(bytes).includes(spec.marker)) return;
  report.clear += 1;
  save();
};

function killRoute(): void {
  const route = ownRoutes.at(-1 - random.below(Math.min(2, ownRoutes.length)));
  if (route === undefined) return;
  ownRoutes = ownRoutes.filter((other) => other !== route);
  report.routesKilled += 1;
  own({ op: 'ReleasePrivateRoute', route_id: route });
  later(
    () => {
      toCore.put(JSON.stringify({ type: 'Update', kind: 'RouteChange', dead_routes: [route], dead_remote_routes: [] }));
    },
    ...DEATH_KNOWN_MS,
  );
}

/** At a word from outside all own routes die at once. */
setInterval(() => {
  const order = join(spec.directory, `${spec.name}${KILL_ROUTES}`);
  if (!existsSync(order)) return;
  rmSync(order, { force: true });
  for (let left = ownRoutes.length; left > 0; left -= 1) killRoute();
}, ORDERS_MS).unref();

const isCalm = (): boolean => existsSync(join(spec.directory, CALM));

/** One more message went by: every so often something dies. */
function pass(): void {
  report.calls += 1;
  if (isCalm() || existsSync(join(spec.directory, NO_DEATHS))) return;
  untilRouteDeath -= 1;
  untilNodeDeath -= 1;
  if (untilRouteDeath <= 0) {
    untilRouteDeath = random.below(2 * spec.routeDeathEvery) + 1;
    killRoute();
  }
  if (untilNodeDeath <= 0) {
    report.nodeKilled = true;
    node.kill('SIGKILL');
  }
}

function fromCore(text: string): void {
  const line = readLine(text, 'core');
  report.lines += 1;
  if (line.kind !== 'request' || line.id === null) {
    toNode.put(text);
    return;
  }
  look(line.members['message']);
  look(line.members['data']);
  asked.set(line.id, line.op);
  if (line.op === 'AppCall') pass();
  const { id } = line;
  const fault = isCalm() ? 'pass' : chooseFault(line, random);
  if (fault !== 'pass') count(`${line.op} ${fault}`);
  switch (fault) {
    case 'pass':
      toNode.put(text);
      return;
    case 'lost':
      // the one who answers a call does not learn whether the answer arrived
      if (line.op === 'AppCallReply') toCore.put(JSON.stringify({ type: 'Response', id, op: 'AppCallReply', value: null }));
      else refuse(line, 'Timeout', 'Timeout', CALL_TIMEOUT_MS);
      return;
    case 'answerLost':
      silenced.add(id);
      toNode.put(text);
      refuse(line, 'Timeout', 'Timeout', CALL_TIMEOUT_MS);
      return;
    case 'tryAgain':
      refuse(line, 'TryAgain', 'try again', 0);
      return;
    case 'noConnection':
      refuse(line, 'NoConnection', 'could not get remote private route', 0);
      return;
    case 'twice':
      toNode.put(text);
      later(
        () => {
          own(line.members);
        },
        0,
        500,
      );
      return;
    case 'late':
      later(
        () => {
          toNode.put(text);
        },
        20,
        MAX_LATE_MS,
      );
      return;
    case 'overtaken':
      toNode.hold(text);
      return;
    case 'swallowed':
      return;
    default:
      fault satisfies never;
  }
}

function fromNode(text: string): void {
  const line = readLine(text, 'node');
  report.lines += 1;
  if (line.kind === 'answer' && line.id !== null) {
    const op = asked.get(line.id);
    asked.delete(line.id);
    const { value } = line.members;
    if (op === 'NewPrivateRoute' && isMembers(value) && typeof value['route_id'] === 'string') {
      ownRoutes = [...ownRoutes.slice(-15), value['route_id']];
    }
    if (silenced.delete(line.id)) return;
  }
  if (line.kind === 'arrival') pass();
  const fault = isCalm() ? 'pass' : chooseFault(line, random);
  if (fault !== 'pass') count(`${line.kind === 'answer' ? 'answer' : `update ${line.op}`} ${fault}`);
  switch (fault) {
    case 'lost':
      // the node says when it had to drop updates; a call that never arrived it cannot know of
      if (line.kind === 'notice') toCore.put(JSON.stringify({ type: 'Lost', count: 1 }));
      return;
    case 'twice':
      toCore.put(text);
      later(
        () => {
          toCore.put(text);
        },
        0,
        500,
      );
      return;
    case 'late':
      later(
        () => {
          toCore.put(text);
        },
        20,
        MAX_LATE_MS,
      );
      return;
    case 'overtaken':
      toCore.hold(text);
      return;
    case 'pass':
    case 'answerLost':
    case 'tryAgain':
    case 'noConnection':
    case 'swallowed':
      toCore.put(text);
      return;
    default:
      fault satisfies never;
  }
}

createInterface({ input: process.stdin })
  .on('line', fromCore)
  .on('close', () => {
    node.stdin.end();
  });
createInterface({ input: node.stdout }).on('line', fromNode);
node.once('error', () => process.exit(1));
node.once('close', (code) => {
  save();
  process.exit(report.nodeKilled ? 137 : (code ?? 1));
});
