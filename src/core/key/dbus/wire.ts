/**
 * The D-Bus wire format (D-Bus Specification 0.43, "Marshaling"), little-endian, as far as the Secret Service needs it. A value is written
 * and read by its signature: structs and arrays are arrays, a dictionary is an array of pairs, `ay` is bytes, a variant names its type.
 */

export interface Variant {
  signature: string;
  value: Value;
}
export type Value = number | boolean | string | Uint8Array | Variant | readonly Value[];

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);

/** Nesting of containers; the specification allows 32 of each. */
const MAX_DEPTH = 16;
const MAX_ARRAY_BYTES = 1_048_576;
const utf8 = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true });

/** What came is not the format, or not the signature. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireError';
  }
}

const alignments: Readonly<Record<string, number>> = {
  y: 1,
  g: 1,
  v: 1,
  n: 2,
  q: 2,
  b: 4,
  i: 4,
  u: 4,
  s: 4,
  o: 4,
  a: 4,
  x: 8,
  t: 8,
  d: 8,
  '(': 8,
  '{': 8,
};
const alignmentOf = (type: string): number => {
  const alignment = alignments[type.charAt(0)];
  if (alignment === undefined) throw new WireError('unknown type');
  return alignment;
};

/** The first complete type of a signature. */
function firstType(signature: string, depth = 0): string {
  const start = signature.charAt(0);
  if (start === '' || depth > MAX_DEPTH) throw new WireError('bad signature');
  if (start === 'a') return `a${firstType(signature.slice(1), depth + 1)}`;
  if (start !== '(' && start !== '{') {
    alignmentOf(start);
    return start;
  }
  const end = start === '(' ? ')' : '}';
  let length = 1;
  while (signature.charAt(length) !== end) length += firstType(signature.slice(length), depth + 1).length;
  return signature.slice(0, length + 1);
}

/** "sa{sv}" → ["s", "a{sv}"]. Throws WireError. */
export function typesOf(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; at += types.at(-1)?.length ?? 1) types.push(firstType(signature.slice(at)));
  return types;
}

export const isVariant = (value: Value | undefined): value is Variant => typeof value === 'object' && 'signature' in value;

/** Bytes of `values`, one for each type of `signature`. The first byte counts as aligned to 8. */
export function write(signature: string, values: readonly Value[]): Uint8Array {
  const bytes: number[] = [];
  const align = (to: number): void => {
    while (bytes.length % to !== 0) bytes.push(0);
  };
  const uint32 = (value: number): void => {
    align(4);
    bytes.push(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255);
  };
  const put = (type: string, value: Value): void => {
    const kind = type.charAt(0);
    if (kind === 'y' && typeof value === 'number') bytes.push(value & 255);
    else if (kind === 'b' && typeof value === 'boolean') uint32(value ? 1 : 0);
    else if ((kind === 'u' || kind === 'i') && typeof value === 'number') uint32(value);
    else if ((kind === 's' || kind === 'o') && typeof value === 'string') {
      const text = utf8.encode(value);
      uint32(text.length);
      for (const byte of text) bytes.push(byte);
      bytes.push(0);
    } else if (kind === 'g' && typeof value === 'string') {
      const text = utf8.encode(value);
      bytes.push(text.length, ...text, 0);
    } else if (kind === 'v' && isVariant(value)) {
      put('g', value.signature);
      put(value.signature, value.value);
    } else if (type === 'ay' && value instanceof Uint8Array) {
      uint32(value.length);
      for (const byte of value) bytes.push(byte);
    } else if (kind === 'a' && isList(value)) {
      const inner = type.slice(1);
      uint32(0);
      const lengthAt = bytes.length - 4;
      align(alignmentOf(inner));
      const start = bytes.length;
      for (const item of value) put(inner, item);
      const length = bytes.length - start;
      for (let index = 0; index < 4; index += 1) bytes[lengthAt + index] = (length >>> (8 * index)) & 255;
    } else if ((kind === '(' || kind === '{') && isList(value)) {
      align(8);
      const inner = typesOf(type.slice(1, -1));
      inner.forEach((each, index) => {
        const item: Value | undefined = value[index];
        if (item === undefined) throw new WireError('a field is missing');
        put(each, item);
      });
    } else throw new WireError(`a value does not fit ${type}`);
  };
  typesOf(signature).forEach((type, index) => {
    const value = values[index];
    if (value === undefined) throw new WireError('a value is missing');
    put(type, value);
  });
  return Uint8Array.from(bytes);
}

/** The values of `signature` in `bytes`, whose first byte counts as aligned to 8. Throws WireError for anything else. */
export function read(signature: string, bytes: Uint8Array): Value[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const align = (to: number): void => {
    at = Math.ceil(at / to) * to;
  };
  const take = (length: number): number => {
    const start = at;
    at += length;
    if (at > bytes.length) throw new WireError('cut off');
    return start;
  };
  const uint32 = (): number => {
    align(4);
    return view.getUint32(take(4), true);
  };
  const text = (length: number): string => {
    const start = take(length + 1);
    try {
      return strict.decode(bytes.subarray(start, start + length));
    } catch {
      throw new WireError('not UTF-8');
    }
  };
  const get = (type: string, depth: number): Value => {
    if (depth > MAX_DEPTH) throw new WireError('nested too deeply');
    align(alignmentOf(type));
    switch (type.charAt(0)) {
      case 'y':
        return view.getUint8(take(1));
      case 'b':
        return uint32() === 1;
      case 'n':
        return view.getInt16(take(2), true);
      case 'q':
        return view.getUint16(take(2), true);
      case 'i':
        return view.getInt32(take(4), true);
      case 'u':
        return uint32();
      case 'x':
      case 't':
        return Number(view.getBigUint64(take(8), true));
      case 'd':
        return view.getFloat64(take(8), true);
      case 's':
      case 'o':
        return text(uint32());
      case 'g':
        return text(view.getUint8(take(1)));
      case 'v': {
        const inner = text(view.getUint8(take(1)));
        if (typesOf(inner).length !== 1) throw new WireError('a variant of several types');
        return { signature: inner, value: get(inner, depth + 1) };
      }
      case 'a': {
        const length = uint32();
        if (length > MAX_ARRAY_BYTES) throw new WireError('an array is too long');
        const inner = type.slice(1);
        align(alignmentOf(inner));
        if (inner === 'y') {
          const start = take(length);
          return bytes.slice(start, start + length);
        }
        const end = at + length;
        if (end > bytes.length) throw new WireError('cut off');
        const items: Value[] = [];
        while (at < end) items.push(get(inner, depth + 1));
        if (at !== end) throw new WireError('an array ends elsewhere');
        return items;
      }
      default:
        return typesOf(type.slice(1, -1)).map((inner) => get(inner, depth + 1));
    }
  };
  return typesOf(signature).map((type) => get(type, 0));
}
