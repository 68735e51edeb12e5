/**
 * Runs a decoder on inputs made from a seed and checks what holds for every decoder of DM/1, whatever comes:
 * it ends, soon, with a value or a `PqError`; what it accepts is canonical; it leaves its input alone and keeps no view of it;
 * results are not much larger than inputs; no message of an error tells what was in the input.
 */
import { setImmediate } from 'node:timers/promises';
import { createContext, runInContext, runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { PqError } from '../../../src/pq/errors.ts';
import { chance, type Chance } from './chance.ts';
import { mutate } from './mutate.ts';

export interface Target {
  name: string;
  /** Genuine structures. */
  corpus: readonly Uint8Array[];
  /** Share of the time; 1 where it is left out. */
  weight?: number;
  /** Makes a changed one fit again where a length or checksum around it would stop it before it is looked at. */
  fit?: (input: Uint8Array, chance: Chance) => Uint8Array;
  /**
   * Decodes, and encodes again what was accepted (null: there is nothing to compare). Throws what the decoder throws.
   * `value` is weighed: all bytes in it together.
   */
  run: (input: Uint8Array) => { value: unknown; again: Uint8Array | null };
}

/** No input may take that long twice in a row. */
const SLOW_MS = 250;
/** A decoder that has not come back after this long does not end. */
const HANG_MS = 20_000;
/** Bytes of a result, for each byte of the input and at least. */
const RESULT_FACTOR = 4;
const RESULT_FLOOR = 65_536;
/** What a run may keep, beside its corpus. */
const GROWTH_BYTES = 64 * 1_048_576;
/** Texts of errors a target may have: more means that they depend on the input. */
const MAX_MESSAGES = 16;
/** Accepted inputs that are changed further. */
const MAX_CORPUS = 96;
/** Inputs between two looks at the clock and the heap. */
const SLICE_MS = 100;

export interface Report {
  executions: number;
  accepted: number;
  /** By code. */
  refused: Map<string, number>;
  slow: number;
}

class Found extends Error {}

/** The size of all byte strings and texts in a value, by the memory they hold. A view of `input` is a finding. */
function weigh(value: unknown, input: Uint8Array): number {
  if (value instanceof Uint8Array) {
    if (value.buffer === input.buffer && value.length > 0) throw new Found('the result is a view of the input');
    return value.buffer.byteLength + 16;
  }
  if (typeof value === 'string') return 2 * value.length + 16;
  if (typeof value !== 'object' || value === null) return 16;
  return Object.values(value).reduce((sum: number, part) => sum + weigh(part, input), 16);
}

function checkError(error: unknown, messages: Set<string>): string {
  if (!(error instanceof PqError))
    throw new Found(`it threw something else: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (/[0-9a-f]{6}|\d{3}|[^\x20-\x7e]/i.test(at.message)) throw new Found(`an error that shows data: ${at.message}`);
    messages.add(at.message);
  }
  if (messages.size > MAX_MESSAGES) throw new Found('the texts of errors depend on the input');
  return error.code;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** One input. Returns whether it was accepted, or the code it was refused with; throws what is wrong with the decoder. */
export function check(target: Target, input: Uint8Array, messages = new Set<string>()): 'accepted' | { code: string } {
  const given = new Uint8Array(input);
  let result: ReturnType<Target['run']>;
  try {
    result = target.run(given);
  } catch (error) {
    if (error instanceof Found) throw error;
    const code = checkError(error, messages);
    if (!same(given, input)) throw new Found('the input was changed');
    return { code };
  }
  if (!same(given, input)) throw new Found('the input was changed');
  const { again } = result;
  if (again && !same(again, input)) {
    const at = again.findIndex((byte, index) => byte !== input[index]);
    throw new Found(`accepted, but encoding it gives ${again.length} bytes that differ from ${at < 0 ? again.length : at} on`);
  }
  const size = weigh(result.value, given);
  if (size > RESULT_FACTOR * input.length + RESULT_FLOOR) throw new Found(`a result of ${size} bytes from ${input.length}`);
  return 'accepted';
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** How to see it again. */
const failure = (target: Target, seed: string, execution: number, input: Uint8Array, found: unknown): Error =>
  new Error(
    `${target.name}: ${found instanceof Error ? found.message : String(found)}\n` +
      `seed ${seed}, execution ${execution}, ${input.length} bytes\n` +
      `replay: SOTTO_FUZZ_TARGET=${target.name} SOTTO_FUZZ_INPUT=${hex(input)}`,
    { cause: found },
  );

/** Collects garbage first; what native objects hold is let go by tasks after it. */
async function memory(): Promise<number> {
  setFlagsFromString('--expose-gc');
  for (let times = 0; times < 3; times++) {
    runInNewContext('gc()');
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Fuzzes for `ms`, or `executions` inputs where given. Input number i depends on seed and target only. */
export async function fuzz(
  target: Target,
  { seed, ms, executions = Infinity }: { seed: string; ms: number; executions?: number },
): Promise<Report> {
  const report: Report = { executions: 0, accepted: 0, refused: new Map(), slow: 0 };
  const messages = new Set<string>();
  const corpus = [...target.corpus];
  const source = chance(`${seed} ${target.name}`);
  let input: Uint8Array = new Uint8Array(0);

  const timed = (): { took: number; outcome: ReturnType<typeof check> } => {
    const begin = performance.now();
    const outcome = check(target, input, messages);
    return { took: performance.now() - begin, outcome };
  };
  const one = (): void => {
    const changed = mutate(corpus, source);
    input = target.fit && !source.once(8) ? target.fit(changed, source) : changed;
    report.executions++;
    const { took, outcome } = timed();
    if (took > SLOW_MS) {
      report.slow++;
      if (timed().took > SLOW_MS) throw new Found(`it takes more than ${SLOW_MS} ms`);
    }
    if (outcome !== 'accepted') return void report.refused.set(outcome.code, (report.refused.get(outcome.code) ?? 0) + 1);
    report.accepted++;
    if (corpus.length < MAX_CORPUS) corpus.push(input);
    else corpus[target.corpus.length + source.integer(MAX_CORPUS - target.corpus.length)] = input;
  };
  const end = performance.now() + ms;
  const slice = (): void => {
    const until = Math.min(end, performance.now() + SLICE_MS);
    do one();
    while (performance.now() < until && report.executions < executions);
  };

  // A loop without end is stopped from outside: only V8's own timeout reaches into synchronous code.
  const room = createContext({ slice });
  const before = await memory();
  try {
    do {
      runInContext('slice()', room, { timeout: HANG_MS });
      await setImmediate();
    } while (performance.now() < end && report.executions < executions);
    const grown = (await memory()) - before;
    if (grown > GROWTH_BYTES) throw new Found(`${Math.round(grown / 1_048_576)} MiB were kept after ${report.executions} inputs`);
  } catch (error) {
    throw failure(target, seed, report.executions, input, error);
  }
  return report;
}
