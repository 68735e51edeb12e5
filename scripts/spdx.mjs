// Licence expressions (SPDX 2.3, annex D), and which of them may be part of a program under GPL-3.0-or-later. Plain JavaScript, no packages.

/** May be combined with GPL-3.0-or-later; the ones we would rather rely on come first. Source: gnu.org/licenses/license-list, and SPDX for what is as permissive. */
const COMPATIBLE = [
  ...['MIT', 'ISC', '0BSD', 'MIT-0', 'BSD-2-Clause', 'BSD-3-Clause', 'Zlib', 'BlueOak-1.0.0', 'BSL-1.0', 'Unlicense', 'CC0-1.0'],
  ...['Unicode-3.0', 'Unicode-DFS-2016', 'CDLA-Permissive-2.0', 'Apache-2.0', 'Apache-2.0 WITH LLVM-exception', 'MPL-2.0'],
  ...['LGPL-2.1-or-later', 'LGPL-3.0-or-later', 'GPL-2.0-or-later', 'GPL-3.0-or-later'],
];
/** Known, and not to be combined with it. */
const INCOMPATIBLE = [
  ...[
    'GPL-2.0-only',
    'GPL-1.0-only',
    'LGPL-2.0-only',
    'AGPL-3.0-only',
    'AGPL-3.0-or-later',
    'OpenSSL',
    'BSD-4-Clause',
    'EPL-1.0',
    'EPL-2.0',
  ],
  ...['CDDL-1.0', 'CDDL-1.1', 'MPL-1.1', 'MPL-2.0-no-copyleft-exception', 'SSPL-1.0', 'BUSL-1.1', 'CC-BY-NC-4.0', 'CC-BY-SA-3.0', 'JSON'],
];

export class LicenseError extends Error {}

/** Lower is better; Infinity for what may not be combined. Throws LicenseError for a name it does not know. */
function rank(name) {
  const place = COMPATIBLE.indexOf(name);
  if (place >= 0) return place;
  if (INCOMPATIBLE.includes(name)) return Infinity;
  throw new LicenseError(`"${name}" is no licence that scripts/spdx.mjs knows`);
}

const MAX_EXPRESSION = 500;

/**
 * The licences that one relies on where `expression` offers a choice, the friendliest first: `MIT OR Apache-2.0` gives ['MIT'], `A AND B` both.
 * cargo's old `MIT/Apache-2.0` is a choice too. Throws LicenseError, with a reason, for what cannot be read, is unknown, or may not be combined.
 */
export function chooseLicenses(expression) {
  if (typeof expression !== 'string' || expression.trim() === '') throw new LicenseError('no licence is named');
  if (expression.length > MAX_EXPRESSION) throw new LicenseError('the licence expression is too long');
  const tokens = expression.replaceAll('/', ' OR ').match(/[()]|[^\s()]+/g);
  let next = 0;
  const single = () => {
    const token = tokens[next++];
    if (token === '(') {
      const inner = either();
      if (tokens[next++] !== ')') throw new LicenseError(`"${expression}" cannot be read`);
      return inner;
    }
    if (token === undefined || ['AND', 'OR', 'WITH', ')'].includes(token)) throw new LicenseError(`"${expression}" cannot be read`);
    const name = tokens[next] === 'WITH' ? `${token} WITH ${tokens[(next += 2) - 1]}` : token;
    return { names: [name], rank: rank(name) };
  };
  const both = () => {
    let left = single();
    while (tokens[next] === 'AND') {
      next += 1;
      const right = single();
      left = { names: [...new Set([...left.names, ...right.names])], rank: Math.max(left.rank, right.rank) };
    }
    return left;
  };
  const either = () => {
    let left = both();
    while (tokens[next] === 'OR') {
      next += 1;
      const right = both();
      if (right.rank < left.rank) left = right;
    }
    return left;
  };
  const chosen = either();
  if (next !== tokens.length) throw new LicenseError(`"${expression}" cannot be read`);
  if (chosen.rank === Infinity) throw new LicenseError(`"${expression}" may not be combined with GPL-3.0-or-later`);
  return chosen.names;
}
