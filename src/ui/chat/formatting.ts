/** mIRC formatting (modern.ircdocs.horse/formatting) to segments of plain text. Pure; the work is linear in the text. */
import { mircColour } from './mircColours.ts';
import { visible } from './visible.ts';

/** Beyond it the rest of a line is shown in the style reached: ten thousand codes cost no more than these. */
export const MAX_SEGMENTS = 256;

export interface TextStyle {
  bold: boolean;
  italic: boolean;
  underline: boolean;
  strike: boolean;
  mono: boolean;
  reverse: boolean;
  /** `#rrggbb`; null is the default. */
  foreground: string | null;
  background: string | null;
}
export interface Segment {
  text: string;
  style: TextStyle;
}

export const plainStyle: TextStyle = {
  bold: false,
  italic: false,
  underline: false,
  strike: false,
  mono: false,
  reverse: false,
  foreground: null,
  background: null,
};

// eslint-disable-next-line no-control-regex -- these are the formatting codes
const code = /[\u0002\u000f\u0011\u0016\u001d-\u001f]|\u0003(?:(\d{1,2})(?:,(\d{1,2}))?)?|\u0004(?:([0-9a-f]{6})(?:,([0-9a-f]{6}))?)?/gi;

function apply(style: TextStyle, found: RegExpExecArray): TextStyle {
  const [whole, foreground, background, hexForeground, hexBackground] = found;
  switch (whole.charAt(0)) {
    case '\u0002':
      return { ...style, bold: !style.bold };
    case '\u001d':
      return { ...style, italic: !style.italic };
    case '\u001f':
      return { ...style, underline: !style.underline };
    case '\u001e':
      return { ...style, strike: !style.strike };
    case '\u0011':
      return { ...style, mono: !style.mono };
    case '\u0016':
      return { ...style, reverse: !style.reverse };
    case '\u0003':
      if (foreground === undefined) return { ...style, foreground: null, background: null };
      return {
        ...style,
        foreground: mircColour(Number(foreground)),
        background: background === undefined ? style.background : mircColour(Number(background)),
      };
    case '\u0004':
      if (hexForeground === undefined) return { ...style, foreground: null, background: null };
      return {
        ...style,
        foreground: `#${hexForeground.toLowerCase()}`,
        background: hexBackground === undefined ? style.background : `#${hexBackground.toLowerCase()}`,
      };
    default:
      return plainStyle;
  }
}

/** Segments are never empty; their texts hold no control character but the line break. */
export function parseFormatting(text: string): Segment[] {
  const segments: Segment[] = [];
  let style = plainStyle;
  let from = 0;
  const push = (until: number): void => {
    const part = visible(text.slice(from, until));
    if (part !== '') segments.push({ text: part, style });
  };
  code.lastIndex = 0;
  for (let found = code.exec(text); found !== null; found = code.exec(text)) {
    if (segments.length >= MAX_SEGMENTS - 1) break;
    push(found.index);
    from = found.index + found[0].length;
    style = apply(style, found);
  }
  const rest = text.slice(from).replace(code, '');
  const last = visible(rest);
  if (last !== '') segments.push({ text: last, style });
  return segments;
}

export const stripFormatting = (text: string): string => visible(text.replace(code, ''));
