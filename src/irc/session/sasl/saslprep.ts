/**
 * SASLprep (RFC 4013) as far as it matters for what people type: what is mapped to nothing or to a space, NFKC, and the
 * prohibited characters.
 *
 * Left out on purpose: the check of code points that Unicode 3.2 did not know (RFC 3454 table A.1) and the rule for right-to-left text (its
 * §6). Both only forbid and never change a text. A server that enforces them never took such a password, so nobody has one there; one that does
 * not (most) may hold a password with an emoji of after 2002, or with Hebrew and Latin letters, and refusing it here would lock its owner out. The
 * libraries that know the tables (saslprep, @mongodb-js/saslprep) bring 400 ranges and a bit field of 2017 for these two refusals alone.
 */

/** RFC 3454 table B.1. */
// eslint-disable-next-line no-misleading-character-class -- the table names exactly these
const NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/gu;
/** Table C.1.2; U+200B stands above. */
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;
/** Tables C.2.1, C.2.2, C.3 to C.9. */
const PROHIBITED =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class -- the tables name exactly these
  /[\u0000-\u001f\u007f-\u009f\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u206a-\u206f\u0340\u0341\u200e\u200f\u202a-\u202e\ufff9-\uffff\u2ff0-\u2ffb\ufdd0-\ufdef\ue000-\uf8ff\ud800-\udfff\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}\u{f0000}-\u{10ffff}]/u;

/** The prepared text; null where it holds what must not stand in a name or password. */
export function saslprep(text: string): string | null {
  const prepared = text.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  return prepared === '' || PROHIBITED.test(prepared) ? null : prepared;
}

/** A name inside a message with commas (RFC 5802 §5.1): `=` and `,` are written as `=3D` and `=2C`. */
export const saslName = (name: string): string => name.replaceAll('=', '=3D').replaceAll(',', '=2C');
