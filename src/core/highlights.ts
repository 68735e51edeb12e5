const isWordCharacter = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}_[\]\\`^{}|-]/u.test(character);

/**
 * True when `text` names `nick` as a whole word, in any case. Word characters are letters, digits and the characters
 * that may stand in a nick (RFC 2812 §2.3.1), so "bob_" does not highlight "bob".
 */
export function namesNick(text: string, nick: string): boolean {
  if (nick === '') return false;
  const haystack = text.toLowerCase();
  const needle = nick.toLowerCase();
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + 1)) {
    if (!isWordCharacter(haystack[at - 1]) && !isWordCharacter(haystack[at + needle.length])) return true;
  }
  return false;
}
