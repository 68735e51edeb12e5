import { IrcError } from '../errors.ts';
import { formattingAfter, formattingPrefix, outsideCodes, plain, type Formatting } from './formatting.ts';

/** Lines one text may become. */
const MAX_PIECES = 500;
/** Bytes of a line below which no text is sent. */
const MIN_BUDGET = 16;

const encoder = new TextEncoder();
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** UTF-16 units given to the segmenter at a time; a longer cluster is cut, so that its cost stays linear. */
const WINDOW = 1_024;

/**
 * Cuts text into pieces of at most `budget` UTF-8 bytes: at the last space that fits, else between graphemes, else (one
 * grapheme longer than a line) between code points. A piece begins with the mIRC formatting that was on at the end of the one before;
 * without that the pieces joined are the text, save one space at each cut made at a space. Leading spaces stay.
 * Linear in the text. Throws IrcError `tooLong` above MAX_PIECES, or where the budget leaves no room.
 */
export function splitText(text: string, budget: number): string[] {
  if (encoder.encode(text).length <= budget) return [text];
  const room = new Uint8Array(Math.max(0, budget));
  const pieces: string[] = [];
  let rest = text.toWellFormed();
  let formatting: Formatting = plain;
  while (rest !== '') {
    if (pieces.length === MAX_PIECES) throw new IrcError('tooLong', `This text would need more than ${MAX_PIECES} IRC lines.`);
    const carried = formattingPrefix(formatting, rest);
    // Where formatting alone fills the line, it is left out: the text matters more.
    const prefix = encoder.encode(carried).length <= budget - MIN_BUDGET ? carried : '';
    // encodeInto stops before the code point that does not fit: `read` counts UTF-16 units.
    const { read } = encoder.encodeInto(rest, room.subarray(prefix.length));
    if (read === 0) throw new IrcError('tooLong', 'There is no room for text in a line to this target.');
    const { end, next } = read >= rest.length ? { end: rest.length, next: rest.length } : cutBefore(rest, read);
    const piece = rest.slice(0, end);
    pieces.push(prefix + piece);
    formatting = formattingAfter(piece, formatting);
    rest = rest.slice(next);
  }
  return pieces;
}

/** Where to cut so that at most `read` units stand before, and where the next piece begins: at a space, which is left out, or at a border of graphemes and formatting codes. */
function cutBefore(rest: string, read: number): { end: number; next: number } {
  const space = rest.lastIndexOf(' ', read);
  if (space > 0 && rest.slice(0, space).trim() !== '') return { end: space, next: space + 1 };
  const border = outsideCodes(rest, graphemeEnd(rest, read));
  const end = border === 0 ? read : border;
  return { end, next: end };
}

/** The last grapheme border at or before `end`; `end` itself where the cluster is longer than the window. */
function graphemeEnd(text: string, end: number): number {
  const from = Math.max(0, end - WINDOW);
  let border = 0;
  for (const { index } of graphemes.segment(text.slice(from, end + WINDOW))) {
    if (from + index > end) break;
    border = from + index;
  }
  return border > from ? border : end;
}
