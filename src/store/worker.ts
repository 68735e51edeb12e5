/** The worker thread: opens both files and runs the operations one after another in the order they were asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import * as v from 'valibot';
import { storeError } from './errors.ts';
import { openFiles, type OpenedFiles } from './files.ts';
import type { Failure, Reply, Request } from './protocol.ts';

const port = parentPort;
if (!port) throw new Error('this module runs in a worker thread');

const directories = v.parse(v.object({ dataDirectory: v.string(), stateDirectory: v.string() }), workerData);

const send = (reply: Reply | { kind: 'value'; id: number; value: unknown }): void => {
  port.postMessage(reply);
};
const failureOf = (error: unknown): Failure => {
  const { code, message, cause } = storeError(error);
  return { code, message, cause: cause instanceof Error ? cause.message : '' };
};

const serve = (files: OpenedFiles): void => {
  const run = async (request: Extract<Request, { kind: 'call' }>): Promise<void> => {
    const { id } = request;
    try {
      const operation: (...args: never) => unknown = files.operations[request.operation];
      const result = operation(...request.args);
      send({ kind: 'value', id, value: result instanceof Promise ? await result : result });
    } catch (error) {
      send({ kind: 'failed', id, failure: failureOf(error) });
    }
  };
  port.on('message', (request: Request) => {
    if (request.kind === 'call') {
      void run(request);
      return;
    }
    files.close();
    // Replies of what `close` has just committed are sent by promises that are already settled: they go first.
    setImmediate(() => {
      send({ kind: 'closed' });
      port.close();
    });
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
