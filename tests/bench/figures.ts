export interface Figure {
  name: string;
  value: number;
  unit: string;
  aim?: string;
  /** The floor or peer of the same run. */
  beside?: string;
}

export const round = (value: number): number => (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100);

/** The q-quantile of unsorted samples. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Milliseconds of each of `times` runs of `task`, after `warm` runs that do not count. */
export async function timed(times: number, warm: number, task: (index: number) => unknown): Promise<number[]> {
  const samples: number[] = [];
  for (let index = -warm; index < times; index += 1) {
    const begin = performance.now();
    await task(index);
    if (index >= 0) samples.push(performance.now() - begin);
  }
  return samples;
}
