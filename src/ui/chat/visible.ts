/** Control characters become pictures, never themselves; line breaks stay. Directional overrides are dropped: they only mislead. */

// eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g;

const picture = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x09) return ' ';
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  if (code < 0xa0) return '\ufffd';
  return '';
};

export const visible = (text: string): string => text.replace(unsafe, picture);

/** A name on one line. */
export const visibleName = (text: string): string => visible(text).replaceAll('\n', '\u240a');

/** For names inside a sentence that is one string: their direction stays theirs. */
export const isolated = (name: string): string => `\u2068${name}\u2069`;
