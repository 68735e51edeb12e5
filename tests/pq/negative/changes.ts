/** Changes of one field of a genuine structure: what the tables of these tests are made of. */
import { expect, it } from 'vitest';
import { PqError, type PqErrorCode } from '../../../src/pq/errors.ts';
import { byteString, copy, integer, item, read, write, type Item } from '../fuzz/tree.ts';
import { flip } from '../people.ts';

/** Where a field is: items of arrays, and of the array a byte string holds. */
type Path = readonly number[];
export type Outcome = PqErrorCode | 'accepted';

export interface Field {
  name: string;
  at: Path;
  /** One bit of it is another; for an integer: another value within its limits. Left out: it cannot be told. */
  flipped?: Outcome;
  /** The same field of another session or person. Left out: the field is the same there. */
  swapped?: Outcome;
  /** Too short, too long, or of another type. */
  shaped?: Outcome;
  /** Values of an integer. */
  values?: readonly (readonly [bigint, Outcome])[];
  /** Lengths that are refused, beside those one byte shorter and longer. */
  lengths?: readonly number[];
  /** Lengths on either side are fine: only what is in it, or around it, is checked. */
  anyLength?: boolean;
}

const tree = (bytes: Uint8Array): Item => {
  const found = read(bytes);
  if (!found) throw new Error('not one of our structures');
  return found;
};

function at(of: Item, path: Path): Item {
  return path.reduce((parent, index) => {
    const child = (parent.inner ?? parent).items[index];
    if (!child) throw new Error('no such field');
    return child;
  }, of);
}

/** `bytes` with another item at `path`. */
export function withItem(bytes: Uint8Array, path: Path, changed: Item): Uint8Array {
  const whole = copy(tree(bytes));
  Object.assign(at(whole, path), changed);
  return write(whole);
}

export const fieldOf = (bytes: Uint8Array, path: Path): Uint8Array => {
  const { inner, bytes: content } = at(tree(bytes), path);
  return inner ? write(inner) : content;
};
export const withBytes = (bytes: Uint8Array, path: Path, content: Uint8Array): Uint8Array => withItem(bytes, path, byteString(content));
export const withInteger = (bytes: Uint8Array, path: Path, value: bigint): Uint8Array => withItem(bytes, path, integer(value));

interface Changed {
  title: string;
  input: Uint8Array;
  outcome: Outcome;
}

function changesOf(bytes: Uint8Array, other: Uint8Array, field: Field): Changed[] {
  const { at: path, flipped, swapped, shaped = 'malformed', values = [], lengths = [], anyLength = false } = field;
  const changes: Changed[] = [];
  const add = (title: string, input: Uint8Array, outcome: Outcome | undefined): void => {
    if (outcome) changes.push({ title, input, outcome });
  };
  add('null', withItem(bytes, path, item({ major: 7 })), shaped);
  add('an array', withItem(bytes, path, item({ major: 4 })), shaped);
  if (swapped) add('swapped', withItem(bytes, path, at(tree(other), path)), swapped);
  for (const [value, outcome] of values) add(`the number ${value}`, withInteger(bytes, path, value), outcome);
  if (at(tree(bytes), path).major !== 2) {
    add('bytes', withBytes(bytes, path, Uint8Array.of(1)), shaped);
    return changes;
  }
  const genuine = fieldOf(bytes, path);
  add('a number', withInteger(bytes, path, 7n), shaped);
  if (genuine.length > 0) {
    for (const place of [0, genuine.length >> 1, genuine.length - 1])
      add(`byte ${place}`, withBytes(bytes, path, flip(genuine, place, place % 8)), flipped);
    if (!anyLength) add('truncated', withBytes(bytes, path, genuine.slice(0, -1)), shaped);
    if (!anyLength) add('truncated at the front', withBytes(bytes, path, genuine.slice(1)), shaped);
  }
  if (!anyLength) add('extended', withBytes(bytes, path, Uint8Array.of(...genuine, 0)), shaped);
  for (const length of lengths) add(`${length} bytes`, withBytes(bytes, path, new Uint8Array(length).fill(0x61)), shaped);
  return changes;
}

export interface Structure {
  name: string;
  genuine: Uint8Array;
  /** The same of another session or person. */
  other: Uint8Array;
  fields: readonly Field[];
  /** Throws `PqError` for what is refused. */
  open: (input: Uint8Array) => unknown;
  /** Repairs what an attacker could: the length of a packet, a checksum. */
  repair?: (input: Uint8Array) => Uint8Array;
  /** Bytes of all state that is involved. */
  state?: () => Uint8Array;
}

/** The code of what `task` throws. Another error than `PqError` is thrown on. */
export function outcomeOf(task: () => unknown): Outcome {
  try {
    task();
    return 'accepted';
  } catch (error) {
    if (error instanceof PqError) return error.code;
    throw error;
  }
}

/** A test per field, and one for the array around them. */
export function describeFields({ name, genuine, other, fields, open, repair = (input) => input, state }: Structure): void {
  const before = state?.();
  const expectUntouched = (): void => {
    if (state) expect(state()).toEqual(before);
    expect(outcomeOf(() => open(genuine))).toBe('accepted');
  };
  it.each(fields)(`${name}: $name is not taken when it is changed`, (field) => {
    const changes = changesOf(genuine, other, field);
    expect(changes.length).toBeGreaterThan(0);
    for (const { title, input, outcome } of changes) expect([title, outcomeOf(() => open(repair(input)))]).toEqual([title, outcome]);
    expectUntouched();
  });
  it(`${name}: a field less, a field more and a byte more are refused`, () => {
    const whole = tree(genuine);
    const inputs = [
      write({ ...whole, items: whole.items.slice(0, -1) }),
      write({ ...whole, items: whole.items.slice(1) }),
      write({ ...whole, items: [...whole.items, item({ major: 7 })] }),
      write({ ...whole, items: [...whole.items, byteString(new Uint8Array(0))] }),
    ];
    for (const input of inputs) expect(outcomeOf(() => open(repair(input)))).not.toBe('accepted');
    for (const input of [genuine.slice(0, -1), Uint8Array.of(...genuine, 0), new Uint8Array(0)])
      expect(outcomeOf(() => open(input))).not.toBe('accepted');
    expectUntouched();
  });
}
