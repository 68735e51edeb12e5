import type { HostArguments } from '../arguments.ts';
import { startDemo } from '../demo/demo.ts';
import { runProcess, type Running } from '../ending.ts';
import { hostNodeBuilder } from '../nodeBuilder.ts';
import { programVersion, uiDirectory } from '../program.ts';
import { runServe, type ServeOptions } from './run.ts';

export function serveProgram(given: HostArguments): Promise<never> {
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  if (process.getuid?.() === 0) log('Sotto runs as root. It works, but a chat program should not have these rights.');
  const options: ServeOptions = {
    arguments: given,
    env: process.env,
    version: programVersion(),
    uiDirectory,
    nodeBuilder: hostNodeBuilder(),
    print: (line) => {
      process.stdout.write(`${line}\n`);
    },
    log,
  };
  const start = async (): Promise<Running | number> => {
    const run = await (given.demo ? startDemo(options) : runServe(options));
    return run.kind === 'second' ? run.code : run;
  };
  return runProcess(start, log);
}
