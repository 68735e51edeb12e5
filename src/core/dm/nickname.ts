/** Longest nickname taken from a card, in code points. */
export const MAX_NICKNAME_LENGTH = 32;

/**
 * A nickname from a stranger's card, made fit to be shown: compatibility-normalised, without controls, formatting,
 * direction marks, private-use and unassigned characters, at most 32 code points and two combining marks in a row.
 */
export function sanitizeNickname(text: string): string {
  const clean = text
    .normalize('NFKC')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/\p{Zs}+/gu, ' ')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim();
  return Array.from(clean).slice(0, MAX_NICKNAME_LENGTH).join('').trim();
}
