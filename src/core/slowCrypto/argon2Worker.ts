/** Argon2id beside the core: it takes seconds and hundreds of megabytes, and nothing else may wait for it. */
import { Worker } from 'node:worker_threads';
import * as v from 'valibot';
import type { Argon2Input } from '../../pq/argon2.ts';

/** Derives the key in a thread of its own. Rejects with the signal's reason as soon as it is aborted, and where memory is short. */
export async function deriveInWorker(input: Omit<Argon2Input, 'secret' | 'associated'>, signal: AbortSignal): Promise<Uint8Array> {
  signal.throwIfAborted();
  const done = Promise.withResolvers<Uint8Array>();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: input, name: 'slow-crypto', stderr: true });
  const abort = (): void => {
    done.reject(signal.reason instanceof Error ? signal.reason : new DOMException('Cancelled.', 'AbortError'));
  };
  signal.addEventListener('abort', abort, { once: true });
  worker.once('message', (key: unknown) => {
    const parsed = v.safeParse(v.instance(Uint8Array), key);
    if (parsed.success) done.resolve(new Uint8Array(parsed.output));
    else done.reject(new Error('the worker answered something else'));
  });
  worker.once('error', done.reject);
  worker.once('exit', () => {
    done.reject(new Error('the worker ended early'));
  });
  try {
    return await done.promise;
  } finally {
    signal.removeEventListener('abort', abort);
    void worker.terminate();
  }
}
