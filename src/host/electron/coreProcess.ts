/** The process of the core: Electron's utility process with nothing it does not need (E13). */
import type { ForkOptions } from 'electron';
import { coreEnvironment } from './coreEnvironment.ts';
import { createLogRing, type LogRing } from './logRing.ts';
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

/** Starts it; what it prints goes to `onLine`, and the last of it stays in the ring. */
export function forkCore<P>({ fork, file, args, env, onLine }: ForkCoreOptions<P>): { process: ForkedProcess<P>; ring: LogRing } {
  const ring = createLogRing(onLine);
  const process = fork(file, args, {
    serviceName: 'Sotto core',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: coreEnvironment(env),
    execArgv: [],
  });
  process.stdout?.on('data', ring.take);
  process.stderr?.on('data', ring.take);
  return { process, ring };
}
