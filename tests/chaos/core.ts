/** A whole headless Sotto whose node stands behind the proxy and whose store may end it: `node core.ts SPEC --profile DIR`. */
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { CoreOptions } from '../../src/core/core.ts';
import { readArguments } from '../../src/host/arguments.ts';
import { runProcess } from '../../src/host/ending.ts';
import { runHeadless } from '../../src/host/headless/run.ts';
import { openStoreToDie } from './kills.ts';
import { CoreSpec } from './spec.ts';

const proxyEntry = fileURLToPath(new URL('./proxy.ts', import.meta.url));

const [text = '', ...rest] = process.argv.slice(2);
const spec = v.parse(CoreSpec, JSON.parse(text));
const given = readArguments(rest);
if (typeof given === 'string') throw new Error(given);

const nodeBuilder: CoreOptions['nodeBuilder'] = {
  path: () => Promise.resolve(spec.binary),
  check: () => Promise.resolve({ ok: true }),
  build: () => Promise.resolve(spec.binary),
};
const nodeCommand: NonNullable<CoreOptions['nodeCommand']> = (binary, args) => {
  const entered: [string, string[]] = ['nsenter', [`--net=${spec.netns}`, binary, ...args]];
  return spec.proxy === null ? entered : [process.execPath, [proxyEntry, JSON.stringify(spec.proxy), entered[0], ...entered[1]]];
};
const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
await runProcess(
  () =>
    runHeadless({
      arguments: given,
      env: process.env,
      version: '0.0.0-test',
      input: process.stdin,
      output: process.stdout,
      nodeBuilder,
      log,
      core: {
        nodeCommand,
        nodeOverrides: spec.overrides,
        ...(spec.kill === null ? {} : { openStore: openStoreToDie(spec.kill) }),
      },
    }),
  log,
);
