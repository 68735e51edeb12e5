/** Chance that is the same in each run: sfc32 (Chris Doty-Humphrey, PractRand), seeded from a text by FNV-1a. Not for keys. */

export interface Chance {
  /** 0 ≤ result < `below`. */
  integer: (below: number) => number;
  pick: <T>(of: readonly T[]) => T;
  bytes: (length: number) => Uint8Array;
  /** True once in `often` times. */
  once: (often: number) => boolean;
}

function hash(text: string, basis: number): number {
  let state = basis;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x0100_0193);
  return state >>> 0;
}

export function chance(seed: string): Chance {
  let a = hash(seed, 0x811c_9dc5);
  let b = hash(seed, 0x9e37_79b9);
  let c = hash(seed, 0x85eb_ca6b);
  let count = 1;
  const next = (): number => {
    const sum = (a + b + count++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  const integer = (below: number): number => Math.floor((next() / 2 ** 32) * below);
  return {
    integer,
    pick: (of) => {
      const picked = of[integer(of.length)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
    bytes: (length) => Uint8Array.from({ length }, () => integer(256)),
    once: (often) => integer(often) === 0,
  };
}
