/** DM/1 alone, with ML-KEM by node:crypto where it has it and by noble, each beside its most expensive primitive and the design's figures. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { quantile, round, type Figure } from './figures.ts';

const run = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const MAX_OUTPUT = 16 * 1_048_576;

/** Aims in ms, of the issue; and what the design's prototype took on its machine (noble ML-KEM, undisturbed), and its arithmetic floor. */
const AIMS: Record<string, { noble?: number; native?: number; design?: string }> = {
  'seal, same chain': { noble: 0.2, native: 0.2, design: 'prototype 0.10 ms' },
  'open, same chain': { noble: 0.2, native: 0.2, design: 'prototype 0.10 ms' },
  'open with a full turn': { noble: 5, native: 1, design: 'prototype 1.99 ms noble, 0.57 ms native; C floor 0.13 ms' },
  'open with a turn, key ready': { noble: 5, native: 1 },
  'initiate + seal': { native: 3, design: 'prototype 2.24 ms noble' },
  'accept + open': { native: 5, design: 'prototype 3.70 ms noble' },
  'open the first answer': { design: 'prototype 2.82 ms noble' },
  'safety number': { native: 50 },
  'open after 1024 skipped': { native: 30, design: 'prototype about 7 ms' },
};

const Measured = v.object({
  times: v.record(v.string(), v.array(v.number())),
  facts: v.object({
    native: v.boolean(),
    hello: v.number(),
    early: v.optional(v.number()),
    late: v.optional(v.number()),
    grown: v.optional(v.number()),
  }),
});
type Measured = v.InferOutput<typeof Measured>;

async function measured(...args: string[]): Promise<Measured> {
  const { stdout } = await run(process.execPath, ['--expose-gc', ...args], { maxBuffer: MAX_OUTPUT });
  return v.parse(Measured, JSON.parse(stdout));
}

function figures({ times }: Measured, kem: 'native' | 'noble'): Figure[] {
  const floor = round(quantile(times['floor'] ?? [], 0.5));
  return Object.entries(times)
    .filter(([name]) => name !== 'floor')
    .map(([name, samples]) => {
      const { [kem]: aim, design } = AIMS[name] ?? {};
      return {
        name: `DM/1 ${name}, ML-KEM ${kem}, median (p95 ${String(round(quantile(samples, 0.95)))})`,
        value: round(quantile(samples, 0.5)),
        unit: 'ms',
        ...(aim === undefined ? {} : { aim: `<= ${String(aim)}` }),
        beside: [`one ML-KEM key pair ${String(floor)} ms`, ...(design === undefined ? [] : [design])].join('; '),
      };
    });
}

export async function benchCrypto(): Promise<Figure[]> {
  const noble = await measured('--import', here('withoutNativeKem.ts'), here('cryptoTimes.ts'));
  const asIs = await measured(here('cryptoTimes.ts'), 'long');
  const { facts } = asIs;
  const bytes = (name: string, value: number, more: Partial<Figure> = {}): Figure => ({ name, value, unit: 'bytes', ...more });
  return [
    ...figures(noble, 'noble'),
    ...(facts.native ? figures(asIs, 'native') : []),
    bytes('DM/1 session record while the hello is repeated', facts.hello, { aim: '<= 16384' }),
    bytes('DM/1 session record after 100,000 messages', facts.late ?? Number.NaN, { beside: `after 1,000: ${String(facts.early)}` }),
    bytes('DM/1 memory grown by 99,000 messages', facts.grown ?? Number.NaN),
  ];
}
