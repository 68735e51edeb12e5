/**
 * A host as users start it, with the seams of its constructor: the node's program and the namespace in which it starts come
 * from SOTTO_TEST_NODE (JSON: binary, netns, overrides). `node tests/support/testHost.ts serve|headless --profile DIR`.
 */
import * as v from 'valibot';
import type { CoreOptions } from '../../src/core/core.ts';
import { readArguments } from '../../src/host/arguments.ts';
import { runProcess, type Running } from '../../src/host/ending.ts';
import { runHeadless } from '../../src/host/headless/run.ts';
import { uiDirectory } from '../../src/host/program.ts';
import { runServe } from '../../src/host/serve/run.ts';
import type { JsonObject } from '../../src/overlay/veilid/veilid.ts';

const TestNode = v.object({ binary: v.string(), netns: v.string(), overrides: v.custom<JsonObject>((value) => typeof value === 'object') });

const [kind = '', ...rest] = process.argv.slice(2);
const given = readArguments(rest);
if (typeof given === 'string') throw new Error(given);

const text = process.env['SOTTO_TEST_NODE'];
const node = text === undefined ? null : v.parse(TestNode, JSON.parse(text));
const nodeBuilder: CoreOptions['nodeBuilder'] = node && {
  path: () => Promise.resolve(node.binary),
  check: () => Promise.resolve({ ok: true }),
  build: () => Promise.resolve(node.binary),
};
const core: Partial<Pick<CoreOptions, 'nodeCommand' | 'nodeOverrides'>> = node
  ? {
      nodeCommand: (binary, args) => ['nsenter', [`--net=${node.netns}`, binary, ...args]],
      nodeOverrides: node.overrides,
    }
  : {};
const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const common = { arguments: given, env: process.env, version: '0.0.0-test', nodeBuilder, log, core };

const start = async (): Promise<Running | number> => {
  if (kind === 'headless') return runHeadless({ ...common, input: process.stdin, output: process.stdout });
  const run = await runServe({
    ...common,
    uiDirectory,
    print: (line) => {
      process.stdout.write(`${line}\n`);
    },
  });
  return run.kind === 'second' ? run.code : run;
};
await runProcess(start, log);
