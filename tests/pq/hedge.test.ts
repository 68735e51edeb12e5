import { expect, it } from 'vitest';
import { hedgedRandom } from '../../src/pq/hedge.ts';
import { counter, random } from './people.ts';

const broken = (length: number): Uint8Array => new Uint8Array(length);
const draws = (seed: Uint8Array, system: (length: number) => Uint8Array, lengths: number[]): string[] => {
  const hedged = hedgedRandom(seed, system);
  return lengths.map((length) => hedged.random(length).toString());
};
const lengths = [32, 32, 16, 64, 1];

it('differs for another seed even if the system gives nothing but zeros, and never repeats itself', () => {
  const one = draws(random(32), broken, lengths);
  const two = draws(random(32), broken, lengths);
  expect(new Set([...one.slice(0, 4), ...two.slice(0, 4)]).size).toBe(8);
  expect(one[0]).not.toBe(new Uint8Array(32).toString());
});

it('differs for other randomness even if the seed is known', () => {
  const seed = random(32);
  expect(draws(seed, counter('a'), lengths)).not.toEqual(draws(seed, counter('b'), lengths));
  expect(draws(seed, counter('a'), lengths)).toEqual(draws(seed, counter('a'), lengths));
});

it('gives every length that is asked for, and another seed for the next time', () => {
  const seed = random(32);
  const { random: hedged, nextSeed } = hedgedRandom(seed, counter('lengths'));
  for (const length of [0, 1, 31, 32, 8_128, 8_129, 20_000]) expect(hedged(length)).toHaveLength(length);
  expect(nextSeed).toHaveLength(32);
  expect(nextSeed).not.toEqual(seed);
  expect(hedgedRandom(nextSeed, broken).nextSeed).not.toEqual(nextSeed);
});

it('says that the runtime may draw its own where the system may', () => {
  const native = Object.assign(counter('native'), { native: true as const });
  expect(hedgedRandom(random(32), native).random.native).toBe(true);
  expect(hedgedRandom(random(32), counter('not')).random.native).toBeUndefined();
});
