/** The worker thread: one Argon2id, then the end. Whoever started it ends it where the user cancels. */
import { parentPort, workerData } from 'node:worker_threads';
import * as v from 'valibot';
import { argon2id } from '../../pq/argon2.ts';

const Input = v.object({
  message: v.instance(Uint8Array),
  salt: v.instance(Uint8Array),
  memory: v.number(),
  passes: v.number(),
  lanes: v.number(),
  length: v.number(),
});

const input = v.parse(Input, workerData);
parentPort?.postMessage(argon2id(input));
input.message.fill(0);
