/** The user's own commands: `hug = "/me hugs $1"`, with Halloy's placeholders. */
import { ContractError } from '../contract/errors.ts';

/** UTF-16 units that an alias may become. */
const MAX_EXPANDED = 4_000;

export interface AliasValues {
  nick: string | null;
  channel: string | null;
  server: string | null;
}

const missing = (name: string, what: string): ContractError => new ContractError('badInput', `/${name} needs ${what}.`);

/**
 * The text of an alias with its placeholders filled in: `$1` to `$9` words, `$1-` all words from that one on, `$1?` a word that may be missing,
 * `$nick`, `$channel`, `$server`; `$$` is a dollar. One pass: what is filled in is not looked at again. Throws `badInput`, `tooLong`.
 */
export function expandAlias(name: string, text: string, args: string, values: AliasValues): string {
  const words = args.split(' ').filter((word) => word !== '');
  const expanded = text.replace(/\$(?:(\$)|([1-9])([-?]?)|(nick|channel|server)\b)/g, (...match: (string | undefined)[]) => {
    const [, dollar, digit, how, word] = match;
    if (dollar !== undefined) return '$';
    if (digit !== undefined) {
      const index = Number(digit) - 1;
      const value = how === '-' ? words.slice(index).join(' ') : words[index];
      if (value === undefined || (value === '' && how === '-')) {
        if (how === '?') return '';
        throw missing(name, words.length === 0 ? 'something behind it' : `at least ${index + 1} words`);
      }
      return value;
    }
    if (word === 'nick' || word === 'channel' || word === 'server') {
      const value = values[word];
      if (value === null) throw missing(name, word === 'channel' ? 'to be typed in a channel' : 'a server');
      return value;
    }
    return '';
  });
  if (expanded.length > MAX_EXPANDED) throw new ContractError('tooLong', `/${name} becomes too long that way.`);
  return expanded.trimEnd();
}
