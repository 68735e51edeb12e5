/** What the network says, as it may be kept and shown: no text may hide in another, turn it round, or grow over its neighbours. */

/** Control characters other than mIRC formatting (bold 02, colour 03, hex colour 04, reset 0f, mono 11, reverse 16, italic 1d, strike 1e, underline 1f). */
// eslint-disable-next-line no-control-regex -- control characters are what is removed
const CONTROLS = /[\u0000\u0001\u0005-\u000e\u0010\u0012-\u0015\u0017-\u001c\u007f-\u009f]/g;
// eslint-disable-next-line no-control-regex -- control characters are what is removed
const ALL_CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;
/** mIRC colours with their numbers, hex colours, and the other formatting characters. */
// eslint-disable-next-line no-control-regex -- control characters are what is removed
const FORMATTING = /\u0003(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\u0004(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\u0000-\u001f\u007f-\u009f]/g;
// eslint-disable-next-line no-control-regex -- all of ASCII is meant
const ASCII_ONLY = /^[\u0000-\u007f]*$/;

const PRINTABLE = /^[\u0020-\u007e]*$/;

/** Embeddings, overrides and isolates: they turn the text around them. Marks (200e, 200f) do not. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;
const LINE_SEPARATORS = /[\u2028\u2029]/g;
/** Combining marks that may stand on one character; beyond it they grow over the lines around. Vietnamese and Thai need two, few need more. */
const PILED_MARKS = /(\p{M}{6})\p{M}+/gu;
const PILED_MARKS_IN_NAME = /(\p{M}{3})\p{M}+/gu;
/** Characters that show nothing, or turn text: two names that look the same must not differ by them. */
/* eslint-disable no-misleading-character-class -- each stands for itself */
const HIDDEN =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
/* eslint-enable no-misleading-character-class */
const HIDDEN_SIGN = '\ufffd';
/** Scripts from Hebrew on use joiners and selectors inside words; Latin, Greek and Cyrillic do not. */
const FIRST_JOINED_SCRIPT = 0x0590;

/** Longest name kept, in UTF-16 units; the contract's names have the same limit. */
const MAX_NAME = 256;

/** Text of the network as it may be shown and stored: formatting stays, other control characters go. */
export function cleanText(text: string): string {
  if (PRINTABLE.test(text)) return text;
  const plain = text.replace(CONTROLS, '');
  if (ASCII_ONLY.test(plain)) return plain;
  return plain.replace(TURNING, '').replace(LINE_SEPARATORS, ' ').replace(PILED_MARKS, '$1').toWellFormed();
}

/** Text that stands in one line among others' names, such as a status: no formatting either. */
export const cleanLine = (text: string): string =>
  cleanText(text.replace(FORMATTING, '')).replace(HIDDEN, (sign, at: number, whole: string) => (isJoined(sign, at, whole) ? sign : ''));

/** Emoji and scripts that are joined need some of what is hidden elsewhere. */
const isJoined = (sign: string, at: number, whole: string): boolean =>
  (sign === '\u200c' || sign === '\u200d' || sign === '\ufe0f') &&
  at > 0 &&
  whole.charCodeAt(at - 1) >= FIRST_JOINED_SCRIPT &&
  whole.charCodeAt(at - 1) !== 0x200b;

/**
 * A nick, channel, account or host: no control characters at all, at most MAX_NAME long. What hides is made visible (U+FFFD) instead of
 * taken away, so that no name becomes another one by it. The result does not keep the line it was cut from in memory (V8 would, for
 * slices of 13 units or more).
 */
export function cleanName(text: string): string {
  if (text.length <= MAX_NAME && PRINTABLE.test(text)) return ` ${text}`.slice(1);
  const plain = ` ${text.slice(0, MAX_NAME).replace(ALL_CONTROLS, '')}`.slice(1);
  if (ASCII_ONLY.test(plain)) return plain;
  return plain
    .replace(HIDDEN, (sign, at: number, whole: string) => (isJoined(sign, at, whole) ? sign : HIDDEN_SIGN))
    .replace(PILED_MARKS_IN_NAME, '$1')
    .toWellFormed();
}
