import { expect, test } from 'vitest';
import { createBucket, createBuckets, pauseAfter, poissonPause, soonAfter } from '../../src/core/dm/pacing.ts';
import { readPasted } from '../../src/core/dm/pasted.ts';
import { createSerialQueue } from '../../src/core/dm/queue.ts';

test('pauses grow from five seconds to ten minutes', () => {
  expect(pauseAfter(1, 0)).toBe(5_000);
  expect(pauseAfter(2, 0)).toBe(10_000);
  expect(pauseAfter(500, 0)).toBe(600_000);
  expect(pauseAfter(1, 0.999)).toBeGreaterThan(3_700);
});

test('where our own node is not ready it is tried again from one second on, at least every minute', () => {
  expect([1, 2, 3, 7, 500].map(soonAfter)).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
});

test('pauses of a Poisson process have its mean, and an end', () => {
  const steps = 10_000;
  const pauses = Array.from({ length: steps }, (_, index) => poissonPause(30_000, (index + 0.5) / steps));
  const mean = pauses.reduce((sum, pause) => sum + pause, 0) / steps;
  expect(Math.abs(mean - 30_000)).toBeLessThan(300);
  // Memoryless: half of them are shorter than ln 2 of the mean.
  expect(pauses.filter((pause) => pause < 30_000 * Math.LN2).length / steps).toBeCloseTo(0.5, 2);
  expect(poissonPause(30_000, 1 - 1e-16)).toBe(600_000);
});

test('a bucket gives its burst and then its rate', () => {
  const bucket = createBucket(4, 1);
  expect([1, 1, 1, 1, 1].map(() => bucket.take(1_000))).toEqual([true, true, true, true, false]);
  expect(bucket.take(1_500)).toBe(false);
  expect(bucket.take(2_100)).toBe(true);
});

test('each route has its own budget, and forgotten routes are bounded', () => {
  const take = createBuckets(1, 1, 2);
  expect(take('a', 1)).toBe(true);
  expect(take('a', 1)).toBe(false);
  expect(take('b', 1)).toBe(true);
  expect(take('c', 1)).toBe(true);
  expect(take('a', 1)).toBe(true);
});

test('steps of one key never interleave, and a failed one does not stop the next', async () => {
  const queue = createSerialQueue();
  const run = <T>(key: string, task: () => Promise<T>): Promise<T> => queue.run(key, task);
  const order: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const first = run('k', async () => {
    await gate.promise;
    order.push('first');
    throw new Error('fails');
  });
  const second = run('k', () => {
    order.push('second');
    return Promise.resolve();
  });
  const other = run('other', () => {
    order.push('other');
    return Promise.resolve();
  });
  await other;
  gate.resolve(undefined);
  await expect(first).rejects.toThrow('fails');
  await second;
  expect(order).toEqual(['other', 'first', 'second']);
});

test('a pasted route is read in both base64 alphabets, with line breaks and padding', () => {
  const bytes = Uint8Array.from({ length: 712 }, (_, index) => (index * 7 + 251) % 256);
  const standard = btoa(String.fromCharCode(...bytes));
  const url = standard.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  expect(standard).not.toBe(url);
  for (const text of [standard, url, ` ${url.slice(0, 80)}\n${url.slice(80)}\n`]) {
    expect(readPasted(text)).toEqual({ kind: 'address', bytes });
  }
});

test('what is no route says what is wrong', () => {
  expect(() => readPasted('hello there, friend')).toThrow(/neither a route nor an invite/);
  expect(() => readPasted('AAAA')).toThrow(/too short/);
  expect(() => readPasted('A'.repeat(6_000))).toThrow(/too long/);
  expect(readPasted('sotto:abc')).toEqual({ kind: 'invite', text: 'sotto:abc' });
});
