/** How bytes travel in AUTHENTICATE (IRCv3 sasl-3.1): base64 in pieces of 400 characters; "+" is nothing, and ends what is a multiple of 400. */

const CHUNK = 400;
/** Characters of base64 one challenge may have; SCRAM's are below 1,000. */
export const MAX_CHALLENGE = 16 * CHUNK;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/** Null where it is no canonical base64. */
export const fromBase64 = (text: string): Uint8Array | null =>
  BASE64.test(text) ? Uint8Array.from(atob(text), (character) => character.charCodeAt(0)) : null;

/** The parameters of the AUTHENTICATE lines that carry `bytes`. */
export function toChunks(bytes: Uint8Array): string[] {
  const chunks = toBase64(bytes).match(/.{1,400}/g) ?? [];
  return chunks.length === 0 || chunks.at(-1)?.length === CHUNK ? [...chunks, '+'] : chunks;
}

export interface Challenge {
  /** Takes one parameter of AUTHENTICATE. Null: more is to come; 'broken': too long, or no base64. */
  push(text: string): Uint8Array | 'broken' | null;
}

export function createChallenge(): Challenge {
  let gathered = '';
  return {
    push: (text) => {
      const piece = text === '+' ? '' : text;
      if (piece.length > CHUNK || gathered.length + piece.length > MAX_CHALLENGE) {
        gathered = '';
        return 'broken';
      }
      gathered += piece;
      if (piece.length === CHUNK) return null;
      const whole = gathered;
      gathered = '';
      return fromBase64(whole) ?? 'broken';
    },
  };
}
