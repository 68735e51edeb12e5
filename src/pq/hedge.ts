/**
 * Randomness that holds if either the system's generator or a stored secret seed is good (B.11). Each draw mixes the system's
 * bytes into the seed and takes the result from both: HKDF-Extract with the seed as salt, HKDF-Expand with a label (RFC 5869).
 */
import { derive, label, uint32 } from './labels.ts';
import { KEY_BYTES, concat, hkdf, hmac, wipe } from './primitives.ts';
import type { RandomSource } from './types.ts';

/** HKDF gives at most 255 blocks; longer draws are made of several. */
const MAX_BLOCK = 8_160;

export interface Hedged {
  random: RandomSource;
  /** What the seed is to be replaced with, durably, before `random` is used for the first time: no seed serves twice. */
  nextSeed: Uint8Array;
}

/** `seed`: 32 secret bytes. The source keeps a state of its own, which is never stored. */
export function hedgedRandom(seed: Uint8Array, system: RandomSource): Hedged {
  const fresh = system(KEY_BYTES);
  const mixed = hmac(seed, concat(label('rng start'), fresh));
  const nextSeed = derive(mixed, 'rng seed', KEY_BYTES);
  const state = derive(mixed, 'rng state', KEY_BYTES);
  wipe(mixed, fresh);

  const block = (length: number): Uint8Array => {
    const input = system(Math.max(length, KEY_BYTES));
    const okm = hkdf(input, state, label('rng', uint32(length)), length + KEY_BYTES);
    state.set(okm.subarray(length));
    const drawn = okm.slice(0, length);
    wipe(okm, input);
    return drawn;
  };
  const longest = MAX_BLOCK - KEY_BYTES;
  const draw = (length: number): Uint8Array => {
    const parts: Uint8Array[] = [];
    for (let left = length; left > 0; left -= longest) parts.push(block(Math.min(left, longest)));
    const [first = new Uint8Array(0)] = parts;
    return parts.length <= 1 ? first : concat(...parts);
  };
  return { random: Object.assign(draw, system.native === true ? { native: true as const } : {}), nextSeed };
}
