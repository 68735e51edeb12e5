/**
 * mIRC formatting (modern.ircdocs.horse/formatting): what is switched on at the end of a text, so that the next line can begin with it.
 * Bold 02, colour 03, hex colour 04, reset 0f, monospace 11, reverse 16, italic 1d, strike 1e, underline 1f.
 */

/** One code with its parameters: at most two digits, or six hex digits, for each of foreground and background. */
// eslint-disable-next-line no-control-regex -- control characters are what is meant
const CODES = /[\u0002\u000f\u0011\u0016\u001d\u001e\u001f]|\u0003(?:\d{1,2}(?:,\d{1,2})?)?|\u0004(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?/g;
const TOGGLES = '\u0002\u001d\u001f\u001e\u0011\u0016';
/** UTF-16 units of the longest code: a hex colour with a background. */
export const MAX_CODE_LENGTH = 14;

export interface Formatting {
  /** The toggles that are on. */
  toggles: string;
  /** The colour code in force with both digits, '' for none. */
  colour: string;
}

export const plain: Formatting = { toggles: '', colour: '' };

const colourOf = (code: string): string => {
  if (code.length === 1) return '';
  if (code.startsWith('\u0004')) return code;
  // With one digit a text that begins with a digit would change the colour.
  return `\u0003${code
    .slice(1)
    .split(',')
    .map((digits) => digits.padStart(2, '0'))
    .join(',')}`;
};

/** What is on after `text`, begun with `from`. Linear in the text. */
export function formattingAfter(text: string, from: Formatting): Formatting {
  let { toggles, colour } = from;
  for (const [code] of text.matchAll(CODES)) {
    const kind = code.charAt(0);
    if (kind === '\u000f') [toggles, colour] = ['', ''];
    else if (kind === '\u0003' || kind === '\u0004') {
      // A new foreground leaves the background as it was, where both are of one kind.
      const background = /,.*$/.exec(colour)?.[0] ?? '';
      const next = colourOf(code);
      colour = next === '' || next.includes(',') || colour.charAt(0) !== kind ? next : next + background;
    } else if (TOGGLES.includes(kind)) toggles = toggles.includes(kind) ? toggles.replace(kind, '') : toggles + kind;
  }
  return { toggles, colour };
}

/** The codes that switch this on, before `rest`. */
export function formattingPrefix({ toggles, colour }: Formatting, rest: string): string {
  if (colour === '') return toggles;
  // Comma and digit after a colour would be its background: a pair of toggles parts them.
  return toggles + colour + (/^,[0-9a-fA-F]/.test(rest) ? '\u0002\u0002' : '');
}

/** The start of the code that a cut at `at` would part, else `at`. */
export function outsideCodes(text: string, at: number): number {
  const from = Math.max(0, at - MAX_CODE_LENGTH);
  for (const match of text.slice(from, at + MAX_CODE_LENGTH).matchAll(CODES)) {
    const start = from + match.index;
    if (start < at && at < start + match[0].length) return start;
  }
  return at;
}
