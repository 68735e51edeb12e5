import { IrcError } from '../errors.ts';

/** Lines one text may become. */
const MAX_PIECES = 500;

const encoder = new TextEncoder();
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** UTF-16 units given to the segmenter at a time; a longer cluster is cut, so that its cost stays linear. */
const WINDOW = 1_024;

/**
 * Cuts text into pieces of at most `budget` UTF-8 bytes: at the last space that fits, else between graphemes, else (one
 * grapheme longer than a line) between code points. The pieces joined are the text, save one space at each cut made at a space.
 * Leading spaces stay. Throws IrcError `tooLong` above MAX_PIECES.
 */
export function splitText(text: string, budget: number): string[] {
  if (encoder.encode(text).length <= budget) return [text];
  const pieces: string[] = [];
  let rest = text.toWellFormed();
  while (rest !== '') {
    if (pieces.length === MAX_PIECES) throw new IrcError('tooLong', `This text would need more than ${MAX_PIECES} IRC lines.`);
    // encodeInto stops before the code point that does not fit: `read` counts UTF-16 units.
    const { read } = encoder.encodeInto(rest, new Uint8Array(budget));
    if (read >= rest.length) {
      pieces.push(rest);
      break;
    }
    if (read === 0) throw new IrcError('tooLong', 'There is no room for text in a line to this target.');
    const space = rest.lastIndexOf(' ', read);
    if (space > 0 && rest.slice(0, space).trim() !== '') {
      pieces.push(rest.slice(0, space));
      rest = rest.slice(space + 1);
    } else {
      const cut = graphemeEnd(rest, read);
      pieces.push(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
  }
  return pieces;
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
