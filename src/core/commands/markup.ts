/** Text with marks, as Halloy writes them, to mIRC formatting; and back to plain text. */

const PAIRS: readonly (readonly [mark: RegExp, code: string])[] = [
  [/\*\*\*(?=\S)(.+?)\*\*\*/gu, '\u0002\u001d'],
  [/\*\*(?=\S)(.+?)\*\*/gu, '\u0002'],
  [/__(?=\S)(.+?)__/gu, '\u001f'],
  [/(?<![\p{L}\p{N}*])\*(?=\S)([^*]+?)\*(?![\p{L}\p{N}*])/gu, '\u001d'],
  [/(?<![\p{L}\p{N}_])_(?=\S)([^_]+?)_(?![\p{L}\p{N}_])/gu, '\u001d'],
  [/~~(?=\S)(.+?)~~/gu, '\u001e'],
];
const CODES: Readonly<Record<string, string>> = { b: '\u0002', i: '\u001d', u: '\u001f', s: '\u001e', m: '\u0011', r: '\u000f' };
/** Same colour before and behind: a spoiler. */
const SPOILER = '\u000301,01';

const outside = (text: string): string => {
  const paired = PAIRS.reduce((now, [mark, code]) => now.replace(mark, `${code}$1${Array.from(code).reverse().join('')}`), text);
  return paired
    .replace(/\|\|(.+?)\|\|/gu, `${SPOILER}$1\u0003`)
    .replace(/\$c(\d{1,2}(?:,\d{1,2})?)?/g, (_all, colours: string | undefined) => `\u0003${colours ?? ''}`)
    .replace(/\$([biusmr])/g, (_all, letter: string) => CODES[letter] ?? '');
};

/** `**bold**`, `*italic*`, `__underline__`, `~~strike~~`, `` `code` `` , `||spoiler||`, `$b $i $u $s $m $r` and `$c4,1`. Nothing inside backticks changes. */
export const withFormatting = (text: string): string =>
  text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? `\u0011${part.slice(1, -1)}\u0011` : outside(part)))
    .join('');
