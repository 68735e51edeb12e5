/**
 * The recovery key as text: 256 random bits and a checksum in Crockford's base 32 (no I, L, O, U; what is typed as one of them is read
 * as 1 or 0), 56 characters in fourteen groups of four. 35 bytes: the key and the first three of SHA-256("sotto/recovery" ‖ key).
 */
import { concat, sha256 } from '../../pq/primitives.ts';
import { SECRET_BYTES } from './seal.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHECK_BYTES = 3;
const CHARACTERS = 56;
const GROUP = 4;

const checkOf = (key: Uint8Array): Uint8Array => sha256(concat(new TextEncoder().encode('sotto/recovery'), key)).subarray(0, CHECK_BYTES);

/** `key`: 32 bytes. */
export function recoveryText(key: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of concat(key, checkOf(key))) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((value >> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return (text.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
}

/** The key; null where a character is missing, strange or was mistyped. Case, spaces and dashes do not count. */
export function readRecoveryText(text: string): Uint8Array | null {
  const typed = text
    .toUpperCase()
    .replace(/[\s\-–—_.]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  if (typed.length !== CHARACTERS) return null;
  const bytes = new Uint8Array(SECRET_BYTES + CHECK_BYTES);
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const character of typed) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return null;
    value = (value << 5) | digit;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (value >> bits) & 255;
    }
    value &= (1 << bits) - 1;
  }
  const key = bytes.slice(0, SECRET_BYTES);
  const check = checkOf(key);
  return check.every((byte, index) => byte === bytes[SECRET_BYTES + index]) ? key : null;
}
