/** The worker thread: opens both files and runs the operations one after another in the order they were asked for. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import * as v from 'valibot';
import { storeError } from './errors.ts';
import { HexKey } from './keyFile.ts';
import { openFiles, type OpenedFiles } from './files.ts';
import type { OperationName } from './operations.ts';
import type { Call, Failure, Reply, Request } from './protocol.ts';

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

  const calls: Call[] = [];
  let isClosing = false;
  const take = (request: Request): void => {
    if (request.kind === 'close') isClosing = true;
    else calls.push(...request.calls);
  };
  /** Whether another request had come meanwhile. Only the core's end writes to this port. */
  const takeNext = (): boolean => {
    const received: { message: Request } | undefined = receiveMessageOnPort(port);
    if (received !== undefined) take(received.message);
    return received !== undefined;
  };
  const isTogether = (call: Call | undefined): boolean => call !== undefined && together.has(call.operation);
  const step = (): void => {
    let count = 0;
    while (count < MAX_TOGETHER && (count < calls.length || takeNext()) && isTogether(calls[count])) count += 1;
    const [first, ...others] = calls.splice(0, Math.max(1, count));
    if (first === undefined) return;
    if (others.length > 0) runTogether([first, ...others]);
    else void run(first);
  };
  port.on('message', (request: Request) => {
    take(request);
    while (calls.length > 0) step();
    if (isClosing) close();
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
