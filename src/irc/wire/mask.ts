/** Masks of users such as `*!*@*.example.org`: `*` is any text, `?` one character; everything else, backslash too, stands for itself. */

/** UTF-16 units of a mask and of what is compared with it: bounds the product that a comparison may cost. */
export const MAX_MASK = 512;

/** A nick, `user@host` or part of a mask as a whole mask: what is left out is `*`. */
export function fullMask(text: string): string {
  const at = text.lastIndexOf('@');
  const left = at === -1 ? text : text.slice(0, at);
  const host = at === -1 ? '*' : text.slice(at + 1);
  const bang = left.indexOf('!');
  if (bang === -1) return at === -1 ? `${left || '*'}!*@*` : `*!${left || '*'}@${host || '*'}`;
  return `${left.slice(0, bang) || '*'}!${left.slice(bang + 1) || '*'}@${host || '*'}`;
}

/**
 * Whether `text` fits `mask`. Both are compared as they are: fold them first (nicks by the server's CASEMAPPING, hosts by ASCII).
 * Nothing longer than MAX_MASK fits anything. Goes back to the newest `*` only, so the cost is at most the product of the lengths.
 */
export function matchesMask(mask: string, text: string): boolean {
  if (mask.length > MAX_MASK || text.length > MAX_MASK) return false;
  let m = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const wanted = mask[m];
    if (wanted === '*') {
      star = m;
      resume = t;
      m += 1;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[t])) {
      m += 1;
      t += 1;
    } else if (star !== -1) {
      resume += 1;
      m = star + 1;
      t = resume;
    } else return false;
  }
  while (mask[m] === '*') m += 1;
  return m === mask.length;
}
