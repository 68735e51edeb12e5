import { ContractError } from '../../contract/errors.ts';

/** Bytes of a Veilid route blob: seen 712–1,042; the bounds leave room for both sides. */
const MIN_BLOB_BYTES = 200;
const MAX_BLOB_BYTES = 4_096;

/** The link to a public card; the key of its record follows. */
export const CARD_LINK = 'sotto:card/';
/** Keys of records as overlays write them (Veilid: 92 characters). */
const RECORD_KEY = /^[A-Za-z0-9:_-]{8,200}$/;

export type Pasted = { kind: 'invite'; text: string } | { kind: 'address'; bytes: Uint8Array } | { kind: 'card'; key: string };

/** Base64 in either alphabet, padded or not; null when it is not base64. */
function decodeBase64(text: string): Uint8Array | null {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1) return null;
  return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
}

/** Reads what somebody pasted to connect. Only the shape is checked here. Throws `badAddress` with what is wrong. */
export function readPasted(text: string): Pasted {
  const trimmed = text.replace(/\s+/g, '');
  if (trimmed.toLowerCase().startsWith(CARD_LINK)) {
    const key = trimmed.slice(CARD_LINK.length);
    if (RECORD_KEY.test(key)) return { kind: 'card', key };
    throw new ContractError('badAddress', 'This link to a card is damaged. Copy it again as a whole.');
  }
  if (/^sotto:/i.test(trimmed)) return { kind: 'invite', text: trimmed };
  const bytes = decodeBase64(trimmed);
  if (bytes === null)
    throw new ContractError('badAddress', 'This is neither a route nor an invite. A route is one long word of letters, digits, - and _.');
  if (bytes.length < MIN_BLOB_BYTES)
    throw new ContractError('badAddress', 'This route is too short: a part of it is missing. Copy it again as a whole.');
  if (bytes.length > MAX_BLOB_BYTES) throw new ContractError('badAddress', 'This is too long for a route.');
  return { kind: 'address', bytes };
}
