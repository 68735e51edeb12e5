/** The process of the core: Electron's utility process with nothing it does not need (E13). */
import type { ForkOptions } from 'electron';
import { coreEnvironment } from './coreEnvironment.ts';
import { printedLines } from './printedLines.ts';
import type { CoreProcess } from './supervisor.ts';

/** What is used of a forked process besides `CoreProcess`. */
export type ForkedProcess<P> = CoreProcess<P> & {
  readonly stdout: Pipe | null;
  readonly stderr: Pipe | null;
};
interface Pipe {
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
}

export interface ForkCoreOptions<P> {
  /** `utilityProcess.fork`. */
  fork: (file: string, args: string[], options: ForkOptions) => ForkedProcess<P>;
  /** The entry of the core. */
  file: string;
  args: string[];
  env: Readonly<Record<string, string | undefined>>;
  onLine: (line: string) => void;
}

/** Starts it; what it prints goes to `onLine`. */
export function forkCore<P>({ fork, file, args, env, onLine }: ForkCoreOptions<P>): ForkedProcess<P> {
  const process = fork(file, args, {
    serviceName: 'Sotto core',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: coreEnvironment(env),
    execArgv: [],
  });
  process.stdout?.on('data', printedLines(onLine));
  process.stderr?.on('data', printedLines(onLine));
  return process;
}
