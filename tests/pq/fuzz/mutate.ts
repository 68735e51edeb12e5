/** Makes a wrong structure of a right one: most changes are made in the tree, so that lengths around them stay right. */
import type { Chance } from './chance.ts';
import { all, array, byteString, copy, integer, item, read, write, type Item } from './tree.ts';

/** Longer inputs say nothing new: every decoder refuses them by their length. */
const MAX_INPUT_BYTES = 60_000;

const BOUNDARIES = [
  0n, 1n, 2n, 3n, 4n, 14n, 15n, 23n, 24n, 31n, 32n, 33n, 63n, 64n, 255n, 256n, 1_024n, 1_025n, 65_535n, 65_536n,
  0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n, 8_640_000_000_000_000n,
  0x1f_ffff_ffff_ffffn, 0x20_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn,
] as const; // prettier-ignore
const LENGTHS = [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 199, 200, 256, 257, 1_567, 1_568, 1_569, 4_096, 4_097, 20_000] as const;

const RAW = [
  [0xf4], [0xf5], [0xf7], [0xf8, 0x20], [0xf8, 0xff], [0xff], [0xfc], // simple values, break, reserved
  [0xf9, 0x3c, 0x00], [0xf9, 0x7e, 0x00], [0xfa, 0x7f, 0xc0, 0, 0], [0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0], // floats
  [0x20], [0x38, 0x1f], [0x3b, 255, 255, 255, 255, 255, 255, 255, 255], // negative integers
  [0x60], [0x61, 0x61], [0x61, 0xff], [0xa0], [0xa1, 0, 0], [0xbf, 0xff], // texts and maps
  [0xc1, 0x00], [0xc2, 0x41, 0xff], [0xd8, 0x40, 0x41, 0x00], [0xd8, 0x1c, 0x80], [0xd8, 0x1d, 0x00], // dates, big numbers, typed arrays, references
  [0xd9, 0xdf, 0xff, 0x00], [0xd9, 0xd9, 0xf7, 0x80], [0xd8, 0x69, 0x80], [0xd9, 0x01, 0x02, 0x80], // records, self-described, sets
  [0x9f, 0xff], [0x5f, 0xff], [0x1c], [0x5c], [0x9c], [0x80], [0x40], [0xf6], [0x00],
] as const; // prettier-ignore

function damageBytes(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.integer(Math.max(1, bytes.length));
  const some = 1 + chance.integer(chance.once(4) ? 64 : 4);
  switch (chance.integer(8)) {
    case 0:
    case 1: {
      const changed = new Uint8Array(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << chance.integer(8));
      return changed;
    }
    case 2: {
      const changed = new Uint8Array(bytes);
      changed.fill(chance.pick([0, 1, 0x20, 0x7f, 0x80, 0xff]), at, at + some);
      return changed;
    }
    case 3:
      return bytes.slice(0, at);
    case 4:
      return bytes.slice(chance.integer(2), bytes.length - chance.integer(2));
    case 5:
      return new Uint8Array(Buffer.concat([bytes, chance.bytes(some)]));
    case 6:
      return new Uint8Array(Buffer.concat([bytes.subarray(0, at), chance.bytes(some), bytes.subarray(at)]));
    default:
      return new Uint8Array(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + some)]));
  }
}

function otherValue(value: bigint, chance: Chance): bigint {
  const around = [value + 1n, value > 0n ? value - 1n : 0n, value ^ (1n << BigInt(chance.integer(54)))];
  return chance.once(3) ? chance.pick(around) : chance.pick(BOUNDARIES);
}

const TEXTS = [
  '',
  'a',
  '\u0000',
  '\ufeff',
  '\u202e',
  '𝒳'.repeat(64),
  '𝒳'.repeat(65),
  'é'.repeat(129),
  '\ud7ff',
  '\r\n',
  '__proto__',
] as const;
/** Bytes that are no UTF-8: overlong, surrogate, beyond U+10FFFF, cut off, lone. */
const NO_TEXTS = [
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0x80],
  [0xff],
  [0xef, 0xbb, 0xbf, 0x61],
] as const;

function otherBytes(chance: Chance): Uint8Array {
  switch (chance.integer(4)) {
    case 0:
      return new TextEncoder().encode(chance.pick(TEXTS));
    case 1:
      return Uint8Array.from(chance.pick(NO_TEXTS));
    case 2:
      return new Uint8Array(chance.pick(LENGTHS)).fill(chance.pick([0, 0x80, 0xff]));
    default:
      return chance.bytes(chance.pick(LENGTHS));
  }
}

function fresh(chance: Chance): Item {
  switch (chance.integer(6)) {
    case 0:
      return integer(chance.pick(BOUNDARIES));
    case 1:
      return byteString(otherBytes(chance));
    case 2:
      return array(...Array.from({ length: chance.pick([0, 1, 2, 3, 17, 300, 1_025]) }, () => integer(BigInt(chance.integer(30)))));
    case 3:
      return item({ major: 7 });
    case 4:
      return deep(chance.pick([1, 2, 3, 4, 5, 6, 40, 20_000]));
    default:
      return item({ major: 7, raw: Uint8Array.from(chance.pick(RAW)) });
  }
}

/** Arrays in arrays, without recursion on the way. */
const deep = (levels: number): Item => item({ major: 4, raw: new Uint8Array(levels + 1).fill(0x81, 0, levels).fill(0x80, levels) });

/** Changes the head of an item: what it says about itself is no longer so, or said differently. */
function damageHead(target: Item, chance: Chance): void {
  switch (chance.integer(6)) {
    case 0:
      target.width = chance.pick([1, 2, 4, 8]);
      break;
    case 1:
      target.indefinite = true;
      break;
    case 2:
      target.declared = chance.pick(BOUNDARIES);
      break;
    case 3:
      target.declared = BigInt(Math.max(0, (target.major === 4 ? target.items.length : target.bytes.length) + chance.pick([-1, 1])));
      break;
    case 4: {
      const inside = { ...target };
      Object.assign(
        target,
        item({ major: 6, value: chance.pick([0n, 1n, 2n, 28n, 29n, 64n, 105n, 258n, 57_343n, 55_799n]), items: [inside] }),
      );
      break;
    }
    default:
      target.major = chance.pick([0, 2, 3, 4, 5, 7]);
  }
}

/** A run of bytes that is numbered by the integer before it, as two runs that say the same; or any bytes as two. */
function cut(one: Item, chance: Chance): Item[] {
  if (one.major === 2) {
    const at = chance.integer(one.bytes.length + 1);
    return [byteString(one.bytes.slice(0, at)), byteString(one.bytes.slice(at))];
  }
  const [last, number] = [one.items.at(-1), one.items.at(-2)];
  if (last?.major !== 2 || number?.major !== 0) return [one, copy(one)];
  const count = 1 + chance.integer(3);
  const at = count * chance.pick([1, 8, 16, 32]);
  const part = (bytes: Uint8Array, value: bigint): Item => array(...one.items.slice(0, -2).map(copy), integer(value), byteString(bytes));
  return [part(last.bytes.slice(0, at), number.value), part(last.bytes.slice(at), number.value + BigInt(count))];
}

/** Changes the items of an array, one of its own or one of another structure. */
function damageItems({ items }: Item, donor: readonly Item[], chance: Chance): void {
  const at = chance.integer(Math.max(1, items.length));
  const other = chance.integer(Math.max(1, items.length));
  const [one, two] = [items[at], items[other]];
  switch (chance.integer(7)) {
    case 0:
      if (one && two) [items[at], items[other]] = [two, one];
      break;
    case 1:
      items.splice(at, 1);
      break;
    case 2:
      if (one) items.splice(at, 0, ...Array.from({ length: chance.pick([1, 1, 2, 257, 1_030]) }, () => copy(one)));
      break;
    case 3:
      items.splice(at, 0, fresh(chance));
      break;
    case 4:
      if (one && two) items[at] = copy(two);
      break;
    case 5:
      if (one) items.splice(at, 1, ...cut(one, chance));
      break;
    default:
      if (donor.length > 0) items[at] = copy(chance.pick(donor));
  }
}

function damageItem(target: Item, donor: readonly Item[], chance: Chance): void {
  if (chance.once(8)) damageHead(target, chance);
  else if (chance.once(10)) Object.assign(target, chance.once(2) || donor.length === 0 ? fresh(chance) : copy(chance.pick(donor)));
  else if (chance.once(40)) Object.assign(target, array({ ...target }));
  else if (target.major === 0) target.value = otherValue(target.value, chance);
  else if (target.major === 2) {
    target.inner = null;
    target.bytes = chance.once(4) ? otherBytes(chance) : damageBytes(target.bytes, chance);
  } else if (target.major === 4) damageItems(target, donor, chance);
  else Object.assign(target, fresh(chance));
}

/** A byte string that holds a tree is written anew from it, so `bytes` is only what it was. */
function damageTree(tree: Item, donor: readonly Item[], chance: Chance): Uint8Array {
  const changed = copy(tree);
  for (let times = chance.once(3) ? 1 + chance.integer(4) : 1; times > 0; times--) damageItem(chance.pick(all(changed)), donor, chance);
  return write(changed);
}

function splice(bytes: Uint8Array, other: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.integer(bytes.length + 1);
  const from = chance.once(2) ? at : chance.integer(other.length + 1);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at), other.subarray(from)]));
}

/** One wrong input, made of the genuine ones in `corpus`. Now and then it is a genuine one. */
export function mutate(corpus: readonly Uint8Array[], chance: Chance): Uint8Array {
  const bytes = chance.pick(corpus);
  const other = chance.pick(corpus);
  if (chance.once(200)) return bytes;
  const tree = chance.once(5) ? null : read(bytes);
  const changed = tree
    ? damageTree(tree, all(read(other) ?? tree), chance)
    : chance.once(4)
      ? splice(bytes, other, chance)
      : damageBytes(bytes, chance);
  return changed.length > MAX_INPUT_BYTES ? changed.slice(0, MAX_INPUT_BYTES) : changed;
}
