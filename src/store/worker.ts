/** The worker thread: opens both files and runs the operations one after another in the order they were asked for. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import * as v from 'valibot';
import { storeError } from './errors.ts';
import { HexKey } from './keyFile.ts';
import { openFiles, type OpenedFiles } from './files.ts';
import type { OperationName } from './operations.ts';
import type { Failure, Reply, Request } from './protocol.ts';

/** Operations that are committed together at most. */
const MAX_TOGETHER = 64;

/**
 * What a busy conversation consists of. Those that wait for their turn at the same time are one transaction and wait for the disk
 * once; each still succeeds or fails on its own, and is answered when all are committed. Everything else is on its own.
 */
const together: ReadonlySet<OperationName> = new Set([
  'queue',
  'commitSeal',
  'outbox',
  'setOutbox',
  'acknowledge',
  'dropPacket',
  'failOutbox',
  'loadPlace',
  'commitReceive',
  'updateContact',
]);

const port = parentPort;
if (!port) throw new Error('this module runs in a worker thread');

const directories = v.parse(
  v.object({
    dataDirectory: v.string(),
    stateDirectory: v.string(),
    keys: v.optional(v.nullable(v.tupleWithRest([HexKey], HexKey)), null),
  }),
  workerData,
);

type Call = Extract<Request, { kind: 'call' }>;
type Answer = Reply | { kind: 'value'; id: number; value: unknown };

const send = (answer: Answer): void => {
  port.postMessage(answer);
};
/** One message wakes the core's thread once. */
const sendAll = (answers: Answer[]): void => {
  port.postMessage({ kind: 'many', answers });
};
const failureOf = (error: unknown): Failure => {
  const { code, message, cause } = storeError(error);
  return { code, message, cause: cause instanceof Error ? cause.message : '' };
};
const failed = ({ id }: Call, error: unknown): Answer => ({ kind: 'failed', id, failure: failureOf(error) });

const serve = (files: OpenedFiles): void => {
  const start = ({ operation: name, args }: Call): unknown => {
    const operation: (...args: never) => unknown = files.operations[name];
    return operation(...args);
  };
  const run = async (call: Call): Promise<void> => {
    try {
      const result = start(call);
      send({ kind: 'value', id: call.id, value: result instanceof Promise ? await result : result });
    } catch (error) {
      send(failed(call, error));
    }
  };
  const runTogether = (calls: readonly Call[]): void => {
    const answers: Answer[] = [];
    const tasks = calls.map((call) => () => {
      try {
        answers.push({ kind: 'value', id: call.id, value: start(call) });
      } catch (error) {
        answers.push(failed(call, error));
      }
    });
    try {
      files.together(tasks);
      sendAll(answers);
    } catch (error) {
      sendAll(calls.map((call) => failed(call, error)));
    }
  };
  const close = (): void => {
    files.close();
    // Replies of what `close` has just committed are sent by promises that are already settled: they go first.
    setImmediate(() => {
      send({ kind: 'closed' });
      port.close();
    });
  };

  /** Only the core's end writes to this port. */
  const waiting = (): Request | null => {
    const received: { message: Request } | undefined = receiveMessageOnPort(port);
    return received?.message ?? null;
  };
  const takeCalls = (first: Call): Request | null => {
    const calls = [first];
    let next: Request | null = null;
    while (calls.length < MAX_TOGETHER) {
      next = waiting();
      if (next?.kind !== 'call' || !together.has(next.operation)) break;
      calls.push(next);
      next = null;
    }
    if (calls.length === 1) void run(first);
    else runTogether(calls);
    return next;
  };
  const take = (request: Request): Request | null => {
    if (request.kind === 'close') {
      close();
      return null;
    }
    if (together.has(request.operation)) return takeCalls(request);
    void run(request);
    return null;
  };
  port.on('message', (request: Request) => {
    for (let next: Request | null = request; next !== null;) next = take(next);
  });
};

try {
  const files = openFiles(directories, () => {
    send({ kind: 'ircDamaged' });
  });
  const { generation, rolledBack, ircDamaged } = files;
  serve(files);
  send({ kind: 'opened', generation, rolledBack, ircDamaged });
} catch (error) {
  send({ kind: 'refused', failure: failureOf(error) });
}
