/** Randomness of the vectors: made from a seed while generating, written down draw by draw, and handed in again when they are read. */
import { createHash } from 'node:crypto';
import type { RandomSource } from '../../../src/pq/types.ts';
import { bytesAt, hex, listAt, numberAt, textAt, type Json } from './json.ts';

/** SHAKE256("sotto/dm/1 vectors " ‖ seed ‖ " " ‖ index in decimal). Readers need it not: every draw stands in the files. */
export const drawn = (seed: string, index: number, length: number): Uint8Array =>
  new Uint8Array(createHash('shake256', { outputLength: length }).update(`sotto/dm/1 vectors ${seed} ${index}`).digest());

export interface Draws {
  random: RandomSource;
  /** Bytes of one purpose. */
  of: (purpose: string) => Uint8Array;
  json: () => Json;
}

/** A source that must be asked once for each purpose, in this order. */
export function draws(seed: string, purposes: readonly string[]): Draws {
  const taken: { purpose: string; bytes: Uint8Array }[] = [];
  return {
    random: (length) => {
      const purpose = purposes[taken.length];
      if (purpose === undefined) throw new Error(`${seed}: more is drawn than ${purposes.join(', ')}`);
      const bytes = drawn(seed, taken.length, length);
      taken.push({ purpose, bytes: new Uint8Array(bytes) });
      return bytes;
    },
    of: (purpose) => {
      const found = taken.find((draw) => draw.purpose === purpose);
      if (!found) throw new Error(`${seed}: ${purpose} was not drawn`);
      return new Uint8Array(found.bytes);
    },
    json: () => {
      if (taken.length !== purposes.length) throw new Error(`${seed}: drawn ${taken.length} of ${purposes.length}`);
      return taken.map(({ purpose, bytes }) => ({ purpose, length: bytes.length, bytes: hex(bytes) }));
    },
  };
}

/** Hands out the draws of a file. `finished` throws if some are left. */
export function replay(list: Json): { random: RandomSource; finished: () => void } {
  const items = [...listAt(list)];
  const random: RandomSource = (length) => {
    const next = items.shift();
    if (next === undefined || numberAt(next, 'length') !== length) {
      throw new Error(`${length} bytes are drawn, the file has ${next === undefined ? 'no more' : textAt(next, 'purpose')}`);
    }
    return bytesAt(next, 'bytes');
  };
  const finished = (): void => {
    if (items.length > 0) throw new Error(`${items.length} draws are left`);
  };
  return { random, finished };
}
