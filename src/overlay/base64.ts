/** Bytes as text. Veilid writes base64url without padding; people paste either alphabet, with padding, spaces and line ends. */

/** Characters of one `fromCharCode` call, well under every engine's argument limit. */
const CHUNK = 8_192;

export function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Reads standard base64 and base64url, with or without padding, white space anywhere; null when it is neither or longer than `maxBytes`. */
export function fromBase64(text: string, maxBytes: number): Uint8Array | null {
  // half of the text may be line ends before it is looked at
  if (text.length > maxBytes * 3 + 16) return null;
  const plain = text
    .replace(/\s+/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1) return null;
  const binary = atob(plain);
  if (binary.length > maxBytes) return null;
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
