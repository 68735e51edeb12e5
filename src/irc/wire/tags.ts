/** The tag section of a line (IRCv3 message-tags). */

/** UTF-16 units of a tag section with its `@` and its space: 8,191 bytes are what a client has to take. */
export const MAX_TAG_SECTION = 8_191;

const none: ReadonlyMap<string, string> = new Map();
const ESCAPE = /\\(.?)/gs;
const meanings: Readonly<Record<string, string>> = { ':': ';', s: ' ', r: '\r', n: '\n' };

const unescape = (value: string): string =>
  value.includes('\\') ? value.replace(ESCAPE, (_all, character: string) => meanings[character] ?? character) : value;

/**
 * `a=b;c` → tags. Keys are compared as they stand; the last of several with one key counts; a tag without value is ''.
 * Linear in the length of the section.
 */
export function parseTags(section: string): ReadonlyMap<string, string> {
  if (section === '') return none;
  const tags = new Map<string, string>();
  let at = 0;
  while (at < section.length) {
    let end = section.indexOf(';', at);
    if (end === -1) end = section.length;
    const equals = section.indexOf('=', at);
    const isBare = equals === -1 || equals >= end;
    const key = section.slice(at, isBare ? end : equals);
    if (key !== '') tags.set(key, isBare ? '' : unescape(section.slice(equals + 1, end)));
    at = end + 1;
  }
  return tags;
}
