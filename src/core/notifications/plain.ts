/** Text of strangers as a notification may carry it. */

/** UTF-16 units that are looked at. */
const MAX_RAW = 4_096;
// eslint-disable-next-line no-control-regex -- these are the formatting codes (modern.ircdocs.horse/formatting)
const formatting = /[\u0002\u000f\u0011\u0016\u001d-\u001f]|\u0003(?:\d{1,2}(?:,\d{1,2})?)?|\u0004(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?/gi;
/** Turn the direction of what stands around them, or cannot be seen. Joiners stay: emoji and scripts need them. */
const misleading = /[\p{Bidi_Control}\u200b\u2060-\u2064\ufeff\u{e0000}-\u{e007f}\ufff9-\ufffb]/gu;
const space = /[\p{Cc}\p{Zs}\p{Zl}\p{Zp}]+/gu;
/** A stack of accents reaches over the lines above it. */
const MAX_MARKS = 4;
const stacked = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu');

/** One line without formatting, control and direction characters, at most `max` characters (code points). Markup in it is text. */
export function plain(text: string, max: number): string {
  const line = text
    .slice(0, MAX_RAW)
    .toWellFormed()
    .replace(formatting, '')
    .replace(misleading, '')
    .replace(stacked, '$1')
    .replace(space, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}
