/** Recognises what a friend may have sent: a route blob, an invite, a `sotto:` link. The core reads it; this only decides what to offer. */
import { MAX_ADDRESS_TEXT } from '../../contract/table.ts';

/** A blob of 200 bytes, the shortest accepted, in base64. */
const MIN_BLOB_TEXT = 267;

/** The address in a pasted text, without line breaks that mail put in, or null. */
export function recogniseAddress(pasted: string): string | null {
  const text = pasted.trim();
  if (text.length > MAX_ADDRESS_TEXT) return null;
  if (/^sotto:\S+$/i.test(text)) return text;
  const joined = text.replace(/\s+/g, '');
  return joined.length >= MIN_BLOB_TEXT && /^[A-Za-z0-9+/_-]+={0,2}$/.test(joined) ? joined : null;
}
