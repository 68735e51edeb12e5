/** Finds links in a formatted line and splits its segments at their edges. */
import { find, registerCustomProtocol } from 'linkifyjs';
import { parseFormatting, type TextStyle } from './formatting.ts';

/** Links are looked for in the first characters of a line only; later ones stay text. */
export const MAX_LINK_SCAN = 8_000;
/** Links shown as links in one line. */
const MAX_LINKS = 64;

const opened = new Set(['http:', 'https:', 'mailto:', 'irc:', 'ircs:']);

for (const scheme of ['irc', 'ircs']) registerCustomProtocol(scheme);
registerCustomProtocol('sotto', true);

export interface Piece {
  text: string;
  style: TextStyle;
  /** `link` opens outside; `address` offers to connect to a person; both carry the whole target. */
  target: { kind: 'link' | 'address'; href: string } | null;
}

interface Found {
  start: number;
  end: number;
  target: { kind: 'link' | 'address'; href: string };
}

/** The schemes we open, or null. */
function target(href: string): Found['target'] | null {
  const url = URL.parse(href);
  if (url === null) return null;
  if (url.protocol === 'sotto:') return { kind: 'address', href };
  if (!opened.has(url.protocol)) return null;
  // A name before the host reads like another host.
  return url.username === '' && url.password === '' ? { kind: 'link', href: url.href } : null;
}

function findLinks(text: string): Found[] {
  const found: Found[] = [];
  for (const link of find(text.slice(0, MAX_LINK_SCAN), { defaultProtocol: 'https' })) {
    const where = target(link.href);
    if (where !== null) found.push({ start: link.start, end: link.end, target: where });
    if (found.length === MAX_LINKS) break;
  }
  return found;
}

/** A line's text (with mIRC codes) as pieces that are drawn one after the other. */
export function pieces(text: string): Piece[] {
  const segments = parseFormatting(text);
  const links = findLinks(segments.map((segment) => segment.text).join(''));
  const result: Piece[] = [];
  let offset = 0;
  let next = 0;
  for (const { text: part, style } of segments) {
    let at = 0;
    while (at < part.length) {
      const link = links[next];
      const position = offset + at;
      const inside = link !== undefined && position >= link.start;
      const until = link === undefined ? part.length : Math.min(part.length, (inside ? link.end : link.start) - offset);
      result.push({ text: part.slice(at, until), style, target: inside ? link.target : null });
      at = until;
      if (link !== undefined && offset + at >= link.end) next += 1;
    }
    offset += part.length;
  }
  return result;
}
