/** Runs properties: how many, with which seed, and what a failure says. */
import fc from 'fast-check';

/** Schedules of all properties together, in CI and wherever SOTTO_SCHEDULES does not say another number. */
const SCHEDULES = 1_000;
/** These are the same in every run, so that a push fails by its own doing; where the number is given others are drawn each time. */
const SEED = 1;
const PROGRESS = 1_000;
/** So many schedules reach everything a property says it reaches. */
const ENOUGH = 50;
/** So long may the thread be kept from everything else. */
const BREATH_MS = 1_000;

export interface Property<T> {
  name: string;
  /** Its part of the schedules, in thousandths. */
  share: number;
  schedule: fc.Arbitrary<T>;
  /** Throws where a promise is broken. What happened on the way is counted. */
  holds: (schedule: T, tally: (counts: Readonly<Record<string, number>>) => void) => void;
  /** What has to happen in some schedule: a property that never gets there proves nothing. */
  reaches: readonly string[];
}

const { env, stderr } = process;
const numberIn = (name: string): number | undefined => {
  const value = env[name];
  return value === undefined || value === '' ? undefined : Number(value);
};

const schedules = (): number => numberIn('SOTTO_SCHEDULES') ?? SCHEDULES;

/** Rejects with the seed, the path and the smallest schedule that breaks it. */
export async function run<T>({ name, share, schedule, holds, reaches }: Property<T>): Promise<void> {
  const numRuns = Math.max(1, Math.ceil((schedules() * share) / 1_000));
  const began = performance.now();
  let breath = began;
  let done = 0;
  const totals = new Map<string, number>();
  const tally = (counts: Readonly<Record<string, number>>): void => {
    for (const [what, count] of Object.entries(counts)) totals.set(what, (totals.get(what) ?? 0) + count);
  };
  const property = fc.asyncProperty(schedule, async (value) => {
    holds(value, tally);
    done += 1;
    const now = performance.now();
    if (done % PROGRESS === 0) stderr.write(`${name}: ${done} of ${numRuns} schedules, ${((now - began) / 1_000).toFixed(0)} s\n`);
    if (now - breath < BREATH_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    breath = performance.now();
  });
  const isLong = numberIn('SOTTO_SCHEDULES') !== undefined;
  const [seed, path] = [numberIn('SOTTO_SEED') ?? (isLong ? undefined : SEED), env['SOTTO_PATH']];
  const result = await fc.check(property, { numRuns, ...(seed === undefined ? {} : { seed }), ...(path ? { path } : {}) });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  if (!result.failed) {
    const counts = [...totals].filter(([, count]) => count > 0).map(([what, count]) => `${what} ${count}`);
    stderr.write(`${name}: ${result.numRuns} schedules, ${seconds} s (${counts.join(', ')})\n`);
    const missing = reaches.filter((what) => !totals.get(what));
    if (missing.length > 0 && result.numRuns >= ENOUGH) throw new Error(`${name}: no schedule reached ${missing.join(', ')}`);
    return;
  }
  const again = `SOTTO_SEED=${result.seed} SOTTO_PATH=${result.counterexamplePath ?? ''} npx vitest run --project pq tests/pq/schedules.test.ts -t '${name}'`;
  const { errorInstance: cause } = result;
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new Error(`${name}\n${why}\nafter ${result.numRuns} schedules; replay with\n${again}\n${fc.stringify(result.counterexample)}`, {
    cause,
  });
}
