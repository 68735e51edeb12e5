import type { HostArguments } from '../arguments.ts';
import { runProcess } from '../ending.ts';
import { hostNodeBuilder } from '../nodeBuilder.ts';
import { programVersion } from '../program.ts';
import { runHeadless } from './run.ts';

export function headlessProgram(given: HostArguments): Promise<never> {
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const start = () =>
    runHeadless({
      arguments: given,
      env: process.env,
      version: programVersion(),
      input: process.stdin,
      output: process.stdout,
      nodeBuilder: hostNodeBuilder(),
      log,
    });
  return runProcess(start, log);
}
