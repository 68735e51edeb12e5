/** The core's program as Electron's utility process runs it, in the process of the test: it can be ended at any time, as a crash does. */
import { EventEmitter } from 'node:events';
import { runCore, type CoreProgramOptions, type ParentPort } from '../../../src/host/electron/coreProgram.ts';
import type { MainPort } from '../../../src/host/electron/mainPort.ts';
import type { CoreProcess } from '../../../src/host/electron/supervisor.ts';

export type Forked = CoreProcess<MainPort> & {
  /** Ends at once: its ports close, its exit is heard. */
  crash(code?: number): void;
  readonly alive: boolean;
  /** What it was told by the main process, without ports. */
  readonly told: unknown[];
};

export function forkInProcess(options: Omit<CoreProgramOptions, 'parent' | 'exit'>): Forked {
  const main = new EventEmitter();
  const core = new EventEmitter();
  const ports: MainPort[] = [];
  const told: unknown[] = [];
  let alive = true;
  const end = (code: number): void => {
    if (!alive) return;
    alive = false;
    for (const port of ports) port.close();
    setImmediate(() => main.emit('exit', code));
  };
  const parent: ParentPort = {
    postMessage: (message) => {
      const copy: unknown = structuredClone(message);
      setImmediate(() => {
        if (alive) main.emit('message', copy);
      });
    },
    on: (name, listener) => core.on(name, listener),
  };
  void runCore({
    ...options,
    parent,
    exit: () => {
      end(0);
    },
  });
  return {
    postMessage: (message, transfer = []) => {
      told.push(message);
      ports.push(...transfer);
      const copy: unknown = structuredClone(message);
      setImmediate(() => {
        if (alive) core.emit('message', { data: copy, ports: transfer });
      });
    },
    on: (name: string, listener: (value: unknown) => void) => main.on(name, listener),
    kill: () => {
      end(143);
      return true;
    },
    crash: (code = 139) => {
      end(code);
      // What the system does for a process that died: its socket is free again. Nobody hears of it.
      core.emit('message', { data: { t: 'stop' }, ports: [] });
    },
    get alive() {
      return alive;
    },
    told,
  };
}
