/** The core's end of the worker: calls waiting for their replies, bounded, and what happens when the worker ends. */
import type { Worker } from 'node:worker_threads';
import { StoreError, limit } from './errors.ts';
import { MAX_WAITING_CALLS } from './limits.ts';
import type { Arguments, OperationName, Result } from './operations.ts';
import type { Failure, Reply } from './protocol.ts';

interface Waiting {
  resolve: (value: never) => void;
  reject: (error: StoreError) => void;
}

export interface Opening {
  generation: number;
  rolledBack: boolean;
  ircDamaged: boolean;
}

export interface Connection {
  /** Resolves when both files are open. */
  readonly opened: Promise<Opening>;
  /** The arguments are copied when this turn of the event loop ends: until the promise settles they stay as they are. */
  call: <N extends OperationName>(operation: N, ...args: Arguments<N>) => Promise<Result<N>>;
  /** Waits for what was called before; later calls reject with 'closed'. */
  close: () => Promise<void>;
}

const closedError = (cause?: Error): StoreError =>
  cause
    ? new StoreError('closed', 'The store has stopped unexpectedly. Restart Sotto.', { cause })
    : new StoreError('closed', 'The store is closed.');

const errorOf = ({ code, message, cause }: Failure): StoreError => new StoreError(code, message, { cause: new Error(cause) });

/** `onCrash` is called once, when the worker ends without having been asked to. */
export function connect(worker: Worker, onIrcDamaged: () => void, onCrash: (error: Error) => void): Connection {
  const waiting = new Map<number, Waiting>();
  const opened = Promise.withResolvers<Opening>();
  const closed = Promise.withResolvers<undefined>();
  let state: 'open' | 'closing' | 'closed' = 'open';
  let nextId = 1;

  /** Calls made in one turn of the event loop travel together: the worker is woken once, and commits them together where it may. */
  let unsent: { id: number; operation: OperationName; args: unknown[] }[] = [];
  const flush = (): void => {
    if (unsent.length === 0) return;
    const calls = unsent;
    unsent = [];
    worker.postMessage({ kind: 'calls', calls });
  };

  const take = (id: number): Waiting | undefined => {
    const entry = waiting.get(id);
    waiting.delete(id);
    // The worker keeps the process alive only while somebody waits for it.
    if (waiting.size === 0 && state === 'open') worker.unref();
    return entry;
  };
  const end = (error: StoreError): void => {
    state = 'closed';
    opened.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    closed.resolve(undefined);
  };
  const receive = (reply: Reply): void => {
    switch (reply.kind) {
      case 'opened':
        opened.resolve(reply);
        if (waiting.size === 0) worker.unref();
        return;
      case 'refused':
        end(errorOf(reply.failure));
        return;
      case 'value':
        take(reply.id)?.resolve(reply.value);
        return;
      case 'failed':
        take(reply.id)?.reject(errorOf(reply.failure));
        return;
      case 'many':
        reply.answers.forEach(receive);
        return;
      case 'ircDamaged':
        onIrcDamaged();
        return;
      case 'closed':
        end(closedError());
    }
  };
  const crash = (cause: Error): void => {
    if (state === 'closed') return;
    end(closedError(cause));
    onCrash(cause);
  };
  worker.on('message', receive);
  worker.on('error', crash);
  worker.on('exit', () => {
    crash(new Error('the worker ended'));
  });
  opened.promise.catch(() => undefined);

  return {
    opened: opened.promise,
    call: (operation, ...args) => {
      if (state !== 'open') return Promise.reject(closedError());
      if (waiting.size >= MAX_WAITING_CALLS) return Promise.reject(limit('The store has too much to do at the moment.'));
      return new Promise((resolve, reject) => {
        const id = nextId++;
        if (unsent.length === 0) setImmediate(flush);
        unsent.push({ id, operation, args });
        waiting.set(id, { resolve, reject });
        worker.ref();
      });
    },
    close: async () => {
      if (state === 'open') {
        state = 'closing';
        worker.ref();
        flush();
        worker.postMessage({ kind: 'close' });
      }
      await closed.promise;
    },
  };
}
