/**
 * CBOR as a tree that can be written wrongly. `read` takes what DM/1 takes and nothing else is needed: it is for genuine
 * structures. `write` writes whatever the tree says, wrong lengths and forbidden types included.
 */

export interface Item {
  /** RFC 8949 §3.1; 7 is null here, other simple values and floats are `raw`. */
  major: 0 | 2 | 3 | 4 | 5 | 6 | 7;
  /** Of an integer, or the tag's number. */
  value: bigint;
  bytes: Uint8Array;
  items: Item[];
  /** Written instead of the right count or length. */
  declared: bigint | null;
  /** Argument bytes of the head when it is not the shortest: 1, 2, 4, 8; 0 for the shortest. */
  width: number;
  /** Written as of indefinite length. */
  indefinite: boolean;
  /** Written instead of everything. */
  raw: Uint8Array | null;
  /** A byte string that holds CBOR itself. */
  inner: Item | null;
}

export const item = (part: Partial<Item> & Pick<Item, 'major'>): Item => ({
  value: 0n,
  bytes: new Uint8Array(0),
  items: [],
  declared: null,
  width: 0,
  indefinite: false,
  raw: null,
  inner: null,
  ...part,
});
export const integer = (value: bigint): Item => item({ major: 0, value });
export const byteString = (bytes: Uint8Array): Item => item({ major: 2, bytes });
export const array = (...items: Item[]): Item => item({ major: 4, items });

const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

function head(major: number, value: bigint, width: number): Uint8Array {
  const smallest = value < 24n ? 0 : value < 0x100n ? 1 : value < 0x1_0000n ? 2 : value < 0x1_0000_0000n ? 4 : 8;
  const taken = Math.max(width, smallest);
  if (taken === 0) return Uint8Array.of((major << 5) | Number(value));
  const bytes = new Uint8Array(1 + taken);
  bytes[0] = (major << 5) | (24 + Math.log2(taken));
  for (let at = 0; at < taken; at++) bytes[taken - at] = Number((value >> BigInt(8 * at)) & 0xffn);
  return bytes;
}

export function write(tree: Item): Uint8Array {
  const { major, items, declared, width, raw, indefinite } = tree;
  if (raw) return raw;
  if (major === 0) return head(0, tree.value, width);
  if (major === 7) return Uint8Array.of(0xf6);
  const bytes = tree.inner ? write(tree.inner) : tree.bytes;
  const content = major === 2 || major === 3 ? [bytes] : items.map(write);
  if (major === 6) return concat([head(6, tree.value, width), ...content]);
  const count = major === 2 || major === 3 ? bytes.length : major === 5 ? Math.floor(items.length / 2) : items.length;
  if (!indefinite) return concat([head(major, declared ?? BigInt(count), width), ...content]);
  const chunks = major === 2 || major === 3 ? [head(major, BigInt(count), 0), ...content] : content;
  return concat([Uint8Array.of((major << 5) | 31), ...chunks, Uint8Array.of(0xff)]);
}

function argument(bytes: Uint8Array, at: number): { value: number; end: number } | null {
  const info = (bytes[at] ?? 31) & 31;
  if (info < 24) return { value: info, end: at + 1 };
  const width = info <= 27 ? 2 ** (info - 24) : 0;
  const end = at + 1 + width;
  if (width === 0 || end > bytes.length) return null;
  return { value: bytes.subarray(at + 1, end).reduce((sum, byte) => sum * 256 + byte, 0), end };
}

/** Genuine structures are not deeper; what was mutated before may be. */
const MAX_DEPTH = 12;

function readAt(bytes: Uint8Array, at: number, depth: number): { item: Item; end: number } | null {
  if (depth > MAX_DEPTH) return null;
  if (bytes[at] === 0xf6) return { item: item({ major: 7 }), end: at + 1 };
  const found = argument(bytes, at);
  if (!found) return null;
  const { value, end } = found;
  switch ((bytes[at] ?? 0) >> 5) {
    case 0:
      return { item: integer(BigInt(value)), end };
    case 2: {
      if (end + value > bytes.length) return null;
      const content = bytes.slice(end, end + value);
      return {
        item: { ...byteString(content), inner: content[0] !== undefined && content[0] >> 5 === 4 ? read(content, depth + 1) : null },
        end: end + value,
      };
    }
    case 4: {
      const items: Item[] = [];
      let next = end;
      for (let index = 0; index < value; index++) {
        const part = readAt(bytes, next, depth + 1);
        if (!part) return null;
        items.push(part.item);
        next = part.end;
      }
      return { item: array(...items), end: next };
    }
    default:
      return null;
  }
}

/** Null for what is not one array, integer, byte string or null from beginning to end. Byte strings that hold an array are trees too. */
export function read(bytes: Uint8Array, depth = 0): Item | null {
  const found = readAt(bytes, 0, depth);
  return found?.end === bytes.length ? found.item : null;
}

/** Every item of a tree, the tree itself first. */
export const all = (tree: Item): Item[] => [tree, ...tree.items.flatMap(all), ...(tree.inner ? all(tree.inner) : [])];

export const copy = (tree: Item): Item => ({ ...tree, items: tree.items.map(copy), inner: tree.inner && copy(tree.inner) });
