/** The randomness of private messages: the system's, mixed with a stored secret seed, so that either of them is enough (B.11). */
import { randomBytes } from 'node:crypto';
import { hedgedRandom } from '../../pq/hedge.ts';
import type { RandomSource } from '../../pq/types.ts';
import type { Store } from '../../store/store.ts';

const SEED = 'random-seed';
const SEED_BYTES = 32;

const system: RandomSource = Object.assign((length: number): Uint8Array => new Uint8Array(randomBytes(length)), { native: true as const });

/** One source for one run. The seed of the next run is stored before anything is drawn. */
export async function loadRandom(store: Store): Promise<RandomSource> {
  const seed = (await store.getSecret(SEED)) ?? system(SEED_BYTES);
  const { random, nextSeed } = hedgedRandom(seed, system);
  await store.putSecret(SEED, nextSeed);
  seed.fill(0);
  return random;
}
