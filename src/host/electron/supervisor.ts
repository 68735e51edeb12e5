/** Keeps the core's process alive (E13): starts it, hands connections to it, starts it again with back-off, gives up when it keeps dying. */
import * as v from 'valibot';
import { assertNever } from '../../contract/chat.ts';
import { FromCore, type ToCore } from './coreMessages.ts';
import { createHeartbeat, type HeartbeatLimits } from './heartbeat.ts';

/** Waits before a new start; the last one repeats. */
export const BACK_OFF_MS: readonly number[] = [250, 1_000, 3_000, 10_000];
/** Ends without being asked, within CRASH_WINDOW_MS, after which it is not started again by itself. */
export const MAX_CRASHES = 5;
export const CRASH_WINDOW_MS = 600_000;
/** Connections that wait for a core that is being started again. */
export const MAX_WAITING = 16;
/** A core that was asked to end has this long: an IRC server gets its QUIT, the store its last commit. */
export const STOP_MS = 10_000;
/** A core that hangs has this long to heed a SIGTERM. */
export const KILL_MS = 3_000;

/** The main process as the owner of a connection; pages have ids from 1. */
export const MAIN = 0;

export type CoreState =
  | { kind: 'starting' }
  | { kind: 'running' }
  /** It ended by itself and is started again soon. */
  | { kind: 'waiting'; crashes: number }
  /** It is not started again by itself. The sentence says why. */
  | { kind: 'stopped'; sentence: string };

export class CoreStoppedError extends Error {
  readonly code = 'coreStopped';
  constructor(sentence: string) {
    super(sentence);
    this.name = 'CoreStoppedError';
  }
}

/** What is used of Electron's UtilityProcess. `P` is a MessagePortMain. */
export type CoreProcess<P> = Emits<'message'> &
  Emits<'exit'> & {
    postMessage(message: ToCore, transfer?: P[]): void;
    kill(): boolean;
    readonly pid?: number | undefined;
  };

interface Emits<E extends string> {
  on(event: E, listener: (value: unknown) => void): unknown;
}

export interface SupervisorOptions<P> {
  fork: () => CoreProcess<P>;
  makeChannel: () => { port1: P; port2: P };
  onState: (state: CoreState) => void;
  onQuit: () => void;
  onShow: () => void;
  /** The core asks the keyring; `answer` goes back to the process that asked. */
  onSeal: (request: Extract<FromCore, { t: 'seal' }>, answer: (message: ToCore) => void) => void;
  /** The core has not answered for so many seconds. `wait` or `restart` is what can be done. */
  onSilent: (seconds: number) => void;
  /** It answers again, or is gone. */
  onSilenceOver: () => void;
  /** SIGKILL, for one that SIGTERM does not end. */
  forceKill: (pid: number) => void;
  log: (line: string) => void;
  /** For tests: other limits than heartbeat.ts has. */
  heartbeat?: HeartbeatLimits;
}

export interface Supervisor<P> {
  readonly state: CoreState;
  /** Starts the core; where it runs already, nothing happens. Forgets earlier crashes. */
  start(): void;
  /**
   * A new connection to the core for `owner` (a page's id, or MAIN), whose earlier one ends with it. Waits while the core is started again. Rejects with CoreStoppedError when it is not
   * going to be, or too many wait.
   */
  connect(owner: number): Promise<P>;
  /** After `onSilent`: the person waits. They are asked again later. */
  wait: () => void;
  /** After `onSilent`: ends the core, whatever it does, and starts the next one. */
  restart: () => void;
  /** The computer woke up. */
  awake: () => void;
  /** Ends the core, in order if it does so within STOP_MS. */
  stop(): Promise<void>;
}

interface Waiting<P> {
  owner: number;
  resolve: (port: P) => void;
  reject: (error: Error) => void;
}

export function createSupervisor<P>(options: SupervisorOptions<P>): Supervisor<P> {
  const { fork, makeChannel, onState, log } = options;
  let state: CoreState = { kind: 'stopped', sentence: 'Sotto’s core has not been started.' };
  let child: CoreProcess<P> | null = null;
  let crashes: number[] = [];
  const waiting: Waiting<P>[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended: (() => void) | null = null;
  /** It is being killed because it hangs; a person who asked for that gets the next one at once. */
  let hung: 'asked' | 'unasked' | null = null;
  let looking: ReturnType<typeof setInterval> | undefined;

  const become = (next: CoreState): void => {
    state = next;
    onState(next);
  };
  const hand = (core: CoreProcess<P>, owner: number): P => {
    const { port1, port2 } = makeChannel();
    core.postMessage({ t: 'port', owner }, [port1]);
    return port2;
  };
  const giveUp = (sentence: string): void => {
    become({ kind: 'stopped', sentence });
    for (const { reject } of waiting.splice(0)) reject(new CoreStoppedError(sentence));
  };

  const seconds = (ms: number): number => Math.round(ms / 1_000);
  const heart = createHeartbeat({
    now: () => performance.now(),
    ask: () => {
      child?.postMessage({ t: 'beat' });
    },
    onSilent: (ms) => {
      log(`the core has not answered for ${seconds(ms)} s`);
      options.onSilent(seconds(ms));
    },
    onOver: options.onSilenceOver,
    onUnasked: (ms) => {
      log(`nobody said what to do about the core, which has not answered for ${seconds(ms)} s: it is restarted`);
      killHung('unasked');
    },
    ...(options.heartbeat ? { limits: options.heartbeat } : {}),
  });
  const killHung = (why: 'asked' | 'unasked'): void => {
    const core = child;
    if (core === null || hung !== null) return;
    hung = why;
    heart.end();
    core.kill();
    setTimeout(() => {
      if (child === core && core.pid !== undefined) options.forceKill(core.pid);
    }, KILL_MS);
  };

  const launch = (): void => {
    const mine = fork();
    child = mine;
    hung = null;
    become({ kind: 'starting' });
    heart.begin();
    clearInterval(looking);
    looking = setInterval(heart.look, heart.every);
    mine.on('message', (message) => {
      if (child !== mine) return;
      heart.heard();
      const parsed = v.safeParse(FromCore, message);
      if (parsed.success) hear(mine, parsed.output);
      else log('the core said something that is not understood');
    });
    mine.on('exit', (code) => {
      if (child === mine) gone(Number(code));
    });
    for (const { owner, resolve } of waiting.splice(0)) resolve(hand(mine, owner));
  };
  const hear = (core: CoreProcess<P>, message: FromCore): void => {
    switch (message.t) {
      case 'beat':
        return;
      case 'started':
        become({ kind: 'running' });
        return;
      case 'failed':
        // It has ended everything it had and waits for this.
        child = null;
        rest();
        core.kill();
        if (ended === null) giveUp(message.sentence);
        else ended();
        return;
      case 'quit':
        options.onQuit();
        return;
      case 'show':
        options.onShow();
        return;
      case 'seal':
        options.onSeal(message, (answer) => {
          if (child === core) core.postMessage(answer);
        });
        return;
      default:
        assertNever(message);
    }
  };
  const rest = (): void => {
    clearInterval(looking);
    heart.end();
  };
  const gone = (code: number): void => {
    child = null;
    rest();
    if (ended !== null) {
      ended();
      return;
    }
    const now = performance.now();
    crashes = [...crashes.filter((time) => time > now - CRASH_WINDOW_MS), now];
    const count = `(${crashes.length} of ${MAX_CRASHES})`;
    log(hung === null ? `the core ended by itself with code ${code} ${count}` : `the core did not answer and was ended ${count}`);
    const isAsked = hung === 'asked';
    if (crashes.length >= MAX_CRASHES && !isAsked) {
      giveUp(`Sotto’s core ended by itself or hung ${MAX_CRASHES} times in a short while. Everything it had accepted is stored.`);
      return;
    }
    become({ kind: 'waiting', crashes: crashes.length });
    timer = setTimeout(launch, isAsked ? 0 : BACK_OFF_MS[Math.min(crashes.length, BACK_OFF_MS.length) - 1]);
  };

  return {
    get state() {
      return state;
    },
    start: () => {
      if (child !== null || ended !== null) return;
      clearTimeout(timer);
      crashes = [];
      launch();
    },
    connect: (owner) => {
      if (child !== null) return Promise.resolve(hand(child, owner));
      if (state.kind === 'stopped') return Promise.reject(new CoreStoppedError(state.sentence));
      if (waiting.length >= MAX_WAITING) return Promise.reject(new CoreStoppedError('Sotto’s core is being started again.'));
      return new Promise((resolve, reject) => {
        waiting.push({ owner, resolve, reject });
      });
    },
    wait: heart.wait,
    restart: () => {
      killHung('asked');
    },
    awake: () => {
      if (child !== null && hung === null) heart.begin();
    },
    stop: async () => {
      clearTimeout(timer);
      rest();
      const core = child;
      const exit = Promise.withResolvers<undefined>();
      ended = () => {
        exit.resolve(undefined);
      };
      if (core !== null) {
        core.postMessage({ t: 'stop' });
        const limit = setTimeout(() => {
          log('the core did not end in time and is stopped now');
          core.kill();
          if (core.pid !== undefined) options.forceKill(core.pid);
          exit.resolve(undefined);
        }, STOP_MS);
        await exit.promise;
        clearTimeout(limit);
      }
      child = null;
      giveUp('Sotto is ending.');
    },
  };
}
