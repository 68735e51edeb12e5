/** Public keys that are none. */

/** X25519: every point of small order, with and without the bit that RFC 7748 §5 masks. Sources: RFC 7748 §6.1, the curve's order 8. */
const SMALL = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];
const point = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const masked = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 31 ? byte | 0x80 : byte));
export const smallPoints: readonly Uint8Array[] = [...SMALL.map(point), ...SMALL.map(point).map(masked)];

const Q = 3_329;
/** An ML-KEM-1024 key with coefficient number `index` (12 bits each, FIPS 203 §4.2.1) equal to q: it fails the modulus check of §7.2. */
export function unreduced(key: Uint8Array, index: number): Uint8Array {
  const changed = new Uint8Array(key);
  const at = 3 * (index >> 1);
  if (index % 2 === 0) {
    changed[at] = Q & 0xff;
    changed[at + 1] = ((changed[at + 1] ?? 0) & 0xf0) | (Q >> 8);
  } else {
    changed[at + 1] = ((changed[at + 1] ?? 0) & 0x0f) | ((Q & 0xf) << 4);
    changed[at + 2] = Q >> 4;
  }
  return changed;
}
/** The first, an odd one, and the last of the 1,024. */
export const badCoefficients = [0, 511, 1_023];
